"""Simulates audits with a known truth, and counts how often intervals hold it and tests reject."""

import itertools
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any
from unittest import mock

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score

from benchmarks.auditing.coverage_cases import CORRELATION, PAIRED_ROWS, Case
from facedebias.auditing import comparison
from facedebias.auditing.statistics import bootstrap, intervals, power, significance
from facedebias.auditing.statistics.between import BetweenGroups, Resampling
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.gaps.estimates import Shares
from facedebias.auditing.statistics.gaps.gap_test import GapTest
from facedebias.auditing.statistics.metrics import RATES, Counts

FIGURES = (
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "equalized_odds_difference",
    "true_positive_rate_variance",
    "false_positive_rate_difference",
    "predictive_parity_difference",
)
RECALL_GAP = FIGURES[0]
SLACK = 1e-9  # a difference of equal rates is off by a rounding error
_TAILS = [0.025, 0.975]
_LEVEL = 0.05


def between_groups(case: Case, num_simulations: int, num_draws: int, seed: Sequence[int]) -> dict[str, Any]:
    """Figures between groups as the audit computes them, other ways to get them beside them."""
    rng, names = np.random.default_rng(seed), tuple(map(str, range(len(case.tpr))))
    found: dict[str, list[Any]] = {name: [] for name in FIGURES}
    for number in range(num_simulations):
        counts = case.draw(rng)
        # What could be detected is asked elsewhere (`detected`).
        with mock.patch.object(power, "detectable_gap", return_value=None):
            figures = BetweenGroups(names, counts, None, 1, Resampling(num_draws, number)).figures(FIGURES)
        usual = _percentiles(counts, num_draws, rng)
        others = other_tests(counts.tp, counts.tp + counts.fn, num_draws, rng)
        raw = _raw_interval(counts, num_draws, rng)
        for name, figure in figures.items():
            if figure.interval is not None:  # a group of 5 may lack what a rate is asked of
                found[name].append((*figure.interval, figure.p_value, *usual[name], *raw, *others))
    expected = case.expected()
    return {name: _summary(name, np.array(rows), expected) for name, rows in found.items()}


def _summary(name: str, rows: np.ndarray, expected: Counts) -> dict[str, float | int]:
    disparity = DISPARITIES[name]
    truth = float(disparity.figure(np.stack([RATES[metric](expected) for metric in disparity.metrics])))
    low, high, p_values, usual_low, usual_high, raw_low, raw_high, *others = rows.T
    found = {
        "truth": truth,
        "num_defined": len(rows),
        "coverage": _share_inside(low, truth, high),
        "coverage_percentile": _share_inside(usual_low, truth, usual_high),
        "rejected": float(np.mean(p_values < _LEVEL)),
        "median_low": float(np.median(low)),
        "median_high": float(np.median(high)),
    }
    if name == RECALL_GAP:
        found["coverage_raw"] = _share_inside(raw_low, truth, raw_high)
        for test, p in zip(("raw", "fisher_holm", "z_holm"), others, strict=True):
            found[f"rejected_{test}"] = float(np.mean(p < _LEVEL))
    return found


def other_tests(
    hits: np.ndarray, sizes: np.ndarray, num_draws: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """p-values of "no gap" by other ways.

    Returns:
        Of the raw difference of best and worst by permutation; the smallest of Fisher's exact
        tests of every two groups, and of their chi-squared tests, both after Holm.
    """
    permuted = significance.permute(hits, sizes, num_draws, rng) / sizes
    raw = bootstrap.tail_share(np.ptp(permuted, axis=1), float(np.ptp(hits / sizes)), False)
    exact, squared = [], []
    for i, j in itertools.combinations(range(len(hits)), 2):
        together, rows = int(hits[i] + hits[j]), int(sizes[i] + sizes[j])
        exact.append(significance.fisher(int(hits[i]), int(sizes[i]), together, rows))
        variance = together / rows * (1 - together / rows) * (1 / sizes[i] + 1 / sizes[j])
        z = abs(hits[i] / sizes[i] - hits[j] / sizes[j]) / max(variance, 1e-12) ** 0.5
        squared.append(2 * stats.norm.sf(z))
    return raw, min(1.0, min(exact) * len(exact)), min(1.0, min(squared) * len(squared))


def _raw_interval(counts: Counts, num_draws: int, rng: np.random.Generator) -> bootstrap.Interval:
    """That of the recall gap before: groups drawn apart, the raw difference of best and worst resampled."""
    sizes, hits = RATES["true_positive_rate"].asked(counts)
    errors, centres = bootstrap.resample(hits, sizes, num_draws, rng)
    values = (hits / sizes)[None]
    return bootstrap.interval(DISPARITIES[RECALL_GAP], values, errors[None], centres[None], sizes[None])


def detected(
    sizes: Sequence[int], rate: float, num_simulations: int, num_draws: int, seed: Any
) -> dict[str, Any]:
    """How often a gap as large as is called detectable is found, in the smallest group."""
    rng, rows = np.random.default_rng(seed), np.asarray(sizes)
    gap = power.detectable_gap(rate, rows)
    if gap is None:
        return {"detectable": None, "found": None}
    low, tpr = int(np.argmin(rows)), np.full(len(rows), rate + gap * rows.min() / rows.sum())
    tpr[low] -= gap
    p_values = []
    for number in range(num_simulations):
        shares = Shares(rng.binomial(rows, tpr), rows)
        p_values.append(GapTest([shares], num_draws, number).p_of_no_gap())
    return {"detectable": gap, "found": float(np.mean(np.array(p_values) < _LEVEL))}


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
    rng, sizes = np.random.default_rng(seed), case.sizes
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
    rng, shift = np.random.default_rng(seed), 2**0.5 * NormalDist().inv_cdf(truth)
    labels = np.arange(2 * num_rows) < num_rows
    ends: list[Any] = []
    for _ in range(num_simulations):
        value = roc_auc_score(labels, rng.normal(shift * labels, 1.0))
        ends.append(intervals.auc(float(value), num_rows, num_rows))
    low, high = np.transpose(ends)
    return {"coverage": _share_inside(low, truth, high)}


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
            {"true_positive_rate": names},
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
