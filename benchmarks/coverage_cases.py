"""Simulated audits with a known truth, for benchmarks/interval_coverage.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
from sklearn.metrics import roc_auc_score

from facedebias.audit import comparison, intervals, power
from facedebias.audit.between import BetweenGroups, Resampling
from facedebias.audit.disparities import DISPARITIES
from facedebias.audit.metrics import RATES, Counts

FIGURES = (
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "equalized_odds_difference",
    "true_positive_rate_variance",
    "false_positive_rate_difference",
    "predictive_parity_difference",
)
SIZES = ((2, 200), (2, 1000), (4, 300), (14, 150), (14, 1000), (4, 5))
SLACK = 1e-9  # a difference of equal rates is off by a rounding error
_TAILS = [0.025, 0.975]


@dataclass(frozen=True)
class Case:
    """Groups of `num_rows` positives and as many negatives each.

    Attributes:
        truth: what the rates are like.
        num_rows: of each label, in each group.
        tpr: float `(num_groups,)`, true.
        fpr: float `(num_groups,)`, true.
    """

    truth: str
    num_rows: int
    tpr: np.ndarray
    fpr: np.ndarray

    @property
    def name(self) -> str:
        """As in the result file."""
        return f"{len(self.tpr)} groups of {self.num_rows:,}, {self.truth}"

    @property
    def is_equal(self) -> bool:
        """Whether there is no gap."""
        return bool(np.ptp(self.tpr) == 0 and np.ptp(self.fpr) == 0)

    def expected(self) -> Counts:
        """Counts as they are on average."""
        return _counts(self.num_rows * self.tpr, self.num_rows * self.fpr, self.num_rows)

    def draw(self, rng: np.random.Generator) -> Counts:
        """Counts of one sample."""
        tp, fp = (rng.binomial(self.num_rows, rate) for rate in (self.tpr, self.fpr))
        return _counts(tp, fp, self.num_rows)


def _counts(tp: np.ndarray, fp: np.ndarray, num_rows: int) -> Counts:
    return Counts(tp, num_rows - tp, fp, num_rows - fp)


def cases() -> list[Case]:
    """All of them; the false positive rate mirrors the true one except where the gap is known."""
    found = []
    for num_groups, num_rows in SIZES:
        one_low = np.full(num_groups, 0.97)
        one_low[0] = 0.85
        truths = {
            "equal": np.full(num_groups, 0.95),
            "spread": np.linspace(0.9, 0.98, num_groups),
            "one low": one_low,
        }
        found += [Case(name, num_rows, tpr, 1 - tpr) for name, tpr in truths.items()]
    return [Case("known gap", 500, np.array([0.95, 0.85]), np.array([0.05, 0.1])), *found]


def between_groups(case: Case, num_simulations: int, num_draws: int, seed: Sequence[int]) -> dict:
    """Figures between groups as the audit computes them, the percentile bootstrap beside them."""
    rng, names = np.random.default_rng(seed), tuple(map(str, range(len(case.tpr))))
    found: dict[str, list] = {name: [] for name in FIGURES}
    for number in range(num_simulations):
        counts = case.draw(rng)
        # What could be detected is not asked here, and takes longer than the rest.
        with mock.patch.object(power, "detectable_gap", return_value=None):
            figures = BetweenGroups(names, counts, None, Resampling(num_draws, number)).figures(FIGURES)
        usual = _percentiles(counts, num_draws, rng)
        for name, figure in figures.items():
            if figure.interval is not None:  # a group of 5 may lack what a rate is asked of
                found[name].append((*figure.interval, figure.p_value, *usual[name]))
    expected = case.expected()
    return {name: _summary(name, np.array(rows), expected) for name, rows in found.items()}


def _summary(name: str, rows: np.ndarray, expected: Counts) -> dict[str, float | int]:
    disparity = DISPARITIES[name]
    truth = float(disparity.figure(np.stack([RATES[metric](expected) for metric in disparity.metrics])))
    low, high, p_values, usual_low, usual_high = rows.T
    return {
        "truth": truth,
        "num_defined": len(rows),
        "coverage": _share_inside(low, truth, high),
        "coverage_percentile": _share_inside(usual_low, truth, usual_high),
        "rejected": float(np.mean(p_values <= 0.05)),
        "median_low": float(np.median(low)),
        "median_high": float(np.median(high)),
    }


def _share_inside(low: np.ndarray, truth: float, high: np.ndarray) -> float:
    return float(np.mean((low <= truth + SLACK) & (truth - SLACK <= high)))


def _percentiles(counts: Counts, num_draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The usual bootstrap: quantiles of the figure over resampled rows, where it is defined."""
    cells = zip(counts.total, counts.stacked(), strict=True)
    tables = Counts.unstack(np.stack([rng.multinomial(n, cell / n, num_draws) for n, cell in cells], 1))
    found = {}
    for name in FIGURES:
        disparity = DISPARITIES[name]
        values = disparity.figure(np.stack([RATES[metric](tables) for metric in disparity.metrics]))
        found[name] = np.nanquantile(values, _TAILS)
    return found


def closed_forms(case: Case, num_simulations: int, seed: Sequence[int]) -> dict[str, dict[str, float]]:
    """Wilson's interval of a group, and those of the mean and the worst over groups."""
    rng, sizes = np.random.default_rng(seed), np.full(len(case.tpr), case.num_rows)
    hits = rng.binomial(sizes, case.tpr, (num_simulations, len(sizes)))
    of_groups = intervals.wilson(hits, sizes)
    of_mean = np.transpose([intervals.mean_of_groups(row, sizes) for row in hits])
    of_worst = np.transpose([intervals.lowest(row, sizes) for row in hits])
    truths: dict[str, tuple[Any, Any]] = {
        "group": (case.tpr, of_groups),
        "mean": (case.tpr.mean(), of_mean),
        "worst": (case.tpr.min(), of_worst),
    }
    return {name: {"coverage": _share_inside(ends[0], t, ends[1])} for name, (t, ends) in truths.items()}


def area(num_rows: int, truth: float, num_simulations: int, seed: Sequence[int]) -> dict[str, float]:
    """The area under the curve of normal scores that lie `shift` apart: Phi(shift / sqrt 2)."""
    rng, shift = np.random.default_rng(seed), 2**0.5 * intervals.NormalDist().inv_cdf(truth)
    labels = np.arange(2 * num_rows) < num_rows
    ends: list[Any] = []
    for _ in range(num_simulations):
        value = roc_auc_score(labels, rng.normal(shift * labels, 1.0))
        ends.append(intervals.auc(float(value), num_rows, num_rows))
    low, high = np.transpose(ends)
    return {"coverage": _share_inside(low, truth, high)}


PAIRED_GROUPS, PAIRED_ROWS, CORRELATION = (2, 4, 14), 300, 0.5


def pairs(num_groups: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """True positive rates under two models."""
    equal, low, other, half = (np.full(num_groups, 0.95) for _ in range(4))
    low[0], other[-1], half[0] = 0.85, 0.85, 0.9
    return {
        "no gaps": (equal, equal),
        "same gap": (low, low),
        "same gap, other group": (low, other),
        "gap halved": (low, half),
    }


def compared(
    before: np.ndarray, after: np.ndarray, num_simulations: int, num_draws: int, seed: Sequence[int]
) -> dict[str, float]:
    """The change of the gap between two models whose answers are correlated."""
    rng, num_groups = np.random.default_rng(seed), len(before)
    spread = np.sqrt(before * (1 - before) * after * (1 - after))
    both = np.minimum(before * after + CORRELATION * spread, np.minimum(before, after))
    codes = np.repeat(np.arange(num_groups), PAIRED_ROWS)
    names, labels = tuple(map(str, range(num_groups))), np.ones(len(codes), bool)
    ends: list[Any] = []
    p_values = []
    for number in range(num_simulations):
        draw = rng.random(len(codes))
        first = draw < before[codes]
        second = (draw < both[codes]) | ((draw >= before[codes]) & (draw < (before + after - both)[codes]))
        found = comparison.compare(
            ("before", "after"),
            labels,
            (first, second),
            codes,
            names,
            names,
            (num_draws, number),
            ("true_positive_rate",),
        ).rates["true_positive_rate"]
        ends.append(found.interval)
        p_values.append(found.p_value)
    low, high = np.transpose(ends)
    truth = float(np.ptp(after) - np.ptp(before))
    return {
        "truth": truth,
        "coverage": _share_inside(low, truth, high),
        "rejected": float(np.mean(np.array(p_values) <= 0.05)),
        "median_width": float(np.median(high - low)),
    }
