"""Compares methods that were trained with several seeds each and scored on the same pictures.

Two things make a figure uncertain: which seeds were run, and which pictures are in the test.

- Seeds are paired: the same seed holds out the same rows and starts from the same weights where
  the networks are alike. Their share of the squared standard error of a mean over n seeds
  is s^2 / n, s the deviation over the seeds run, of the paired differences where two are compared.
- Pictures are the same for all: their share is the variance of the mean over the seeds in pictures
  drawn anew (bootstrap), the same draws for all methods. Part of it is in s^2 already: that by which
  the same pictures move one seed otherwise than another. It is the variance of the seeds' draws
  around their mean, / (n (n - 1)), and is taken off.

Intervals and p-values are Student's t, which a percentile bootstrap of so few seeds falls short of;
degrees of freedom by Satterthwaite (An Approximate Distribution of Estimates of Variance
Components, Biometrics Bulletin 1946), seeds having n - 1 and pictures, with thousands of them, no
limit. Drawing anew shifts a worst group or a variance over groups; only its spread is used here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from facedebias.auditing.statistics.gaps.gap_test import LEVEL
from facedebias.auditing.statistics.power import POWER, chance_variance, detectable_gap
from facedebias.auditing.statistics.significance import holm
from studies.debiasing.judging.recall_metrics import EXCESS, SEXES, WHITE_MINUS_BLACK, Measured, Test

_SIGNED = (EXCESS, SEXES, WHITE_MINUS_BLACK)  # figures that may be below 0


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its standard error and the degrees of freedom of that."""

    mean: float
    error: float
    freedom: float

    @classmethod
    def of(cls, values: np.ndarray, drawn: np.ndarray) -> "Estimate":
        """From the values of the seeds, and the same in pictures drawn anew.

        Args:
            values: float64 `(num_seeds,)`, at least two.
            drawn: float64 `(num_draws, num_seeds)`.
        """
        num_seeds = len(values)
        by_seeds = float(np.var(values, ddof=1)) / num_seeds
        means = drawn.mean(axis=1)
        apart = float(np.var(drawn - means[:, None], axis=0, ddof=1).sum())
        by_pictures = float(np.var(means, ddof=1)) - apart / (num_seeds * (num_seeds - 1))
        square = by_seeds + max(by_pictures, 0.0)
        freedom = (num_seeds - 1) * (square / by_seeds) ** 2 if by_seeds else np.inf
        return cls(float(np.mean(values)), float(np.sqrt(square)), freedom)

    def interval(self) -> list[float]:
        """The 95% interval."""
        reach = float(stats.t.ppf(1 - LEVEL / 2, self.freedom)) * self.error
        return [self.mean - reach, self.mean + reach]

    def p_value(self) -> float:
        """Two-sided, of "the true value is 0"."""
        if not self.error:
            return float(self.mean == 0)
        return float(2 * stats.t.sf(abs(self.mean) / self.error, self.freedom))

    def detectable(self, num_tests: int = 1) -> float:
        """The value that a study of this size finds in 80% of cases, in the first of Holm's steps."""
        quantiles = stats.t.ppf([1 - LEVEL / 2 / num_tests, POWER], self.freedom)
        return float(quantiles.sum() * self.error)


def summarize(test: Test, measured: Measured) -> dict[str, Any]:
    """A method's figures: mean over seeds, deviation (n - 1), 95% interval over seeds and pictures.

    There is, besides, what the variance and the worst group would be on average if all groups had the
    same recall (`chance_variance`, `chance_worst`); the `detectable_gap` between groups of one model; and the
    groups' `sizes`.
    """
    entries = {name: _entry(name, values, measured.drawn[name]) for name, values in measured.values.items()}
    overall = float(np.average(measured.recalls.mean(axis=0), weights=test.sizes))
    return {
        **{name: entry for name, entry in entries.items() if name not in test.names},
        "chance_variance": chance_variance(overall, test.sizes),
        "chance_worst": chance_worst(overall, test.sizes),
        "detectable_gap": detectable_gap(overall, test.sizes),
        "sizes": dict(zip(test.names, map(int, test.sizes), strict=True)),
        "groups": {name: entries[name] for name in test.names},
    }


def chance_worst(rate: float, sizes: np.ndarray) -> float:
    """The lowest share of several groups, on average, if the rate is the same for all.

    The mean of the least of independent binomial shares, as the area above its distribution.

    Args:
        rate: of all rows together.
        sizes: int `(num_groups,)`, rows of each group.
    """
    steps = np.unique(np.concatenate([np.arange(size + 1) / size for size in sizes]))
    # P(every share is at least the step): of those whose count is at least size * step.
    counts = np.ceil(np.outer(sizes, steps[1:]) - 1e-9)
    reached = stats.binom.sf(counts - 1, np.asarray(sizes)[:, None], rate).prod(axis=0)
    return float(np.sum(np.diff(steps) * reached))


def _entry(name: str, values: np.ndarray, drawn: np.ndarray) -> dict[str, Any]:
    low, high = Estimate.of(values, drawn).interval()
    return {
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)),
        "seeds": [float(value) for value in values],
        "interval": [
            low if name in _SIGNED else max(low, 0.0),
            high if name in ("variance", *_SIGNED) else min(high, 1.0),
        ],
    }


def differences(method: Measured, reference: Measured) -> dict[str, dict[str, Any]]:
    """What a method has more than the reference, for each figure, group, union and contrast.

    `difference` of the means over seeds, its 95% `interval`, two-sided `p_value`, and
    `detectable`: the difference that a study of this size finds in 80% of cases.
    """
    found = {}
    for name, values in method.values.items():
        paired = values - reference.values[name]
        estimate = Estimate.of(paired, method.drawn[name] - reference.drawn[name])
        found[name] = {
            "difference": estimate.mean,
            "interval": estimate.interval(),
            "p_value": estimate.p_value(),
            "detectable": estimate.detectable(),
            "standard_error": estimate.error,
            "freedom": estimate.freedom if np.isfinite(estimate.freedom) else None,
        }
    return found


def correct(comparisons: Mapping[str, dict[str, dict[str, Any]]], names: Collection[str]) -> None:
    """Adds `holm` to differences: p-values corrected for all methods compared in a figure.

    `detectable_holm` is what 80% of such studies find even as the first of Holm's steps.

    Args:
        comparisons: method -> what `differences` found; changed in place.
        names: figures; each is a family of its own.
    """
    for name in names:
        family = [found[name] for found in comparisons.values()]
        corrected = holm(np.array([one["p_value"] for one in family]))
        for one, value in zip(family, corrected, strict=True):
            freedom = np.inf if one["freedom"] is None else one["freedom"]
            estimate = Estimate(one["difference"], one["standard_error"], freedom)
            one["holm"] = float(value)
            one["detectable_holm"] = estimate.detectable(len(family))
