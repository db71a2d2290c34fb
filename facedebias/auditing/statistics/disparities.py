"""Figures between groups: differences, ratios, variances; docs/metrics.md has sources.

Each is a function of the values of one or two metrics in every group. Best and worst are the
largest and smallest values, so that a difference is never negative and a ratio never above 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.statistics.metrics import METRICS, PERCENT_SQUARED

# Values `(num_metrics, ..., num_groups)` -> figure `(...)`.
Figure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Disparity:
    """A figure over groups.

    Attributes:
        name: as in `results.json` and docs/metrics.md.
        label: as people read it.
        metrics: whose values it takes.
        figure: computes it.
        spread: how far apart the groups are, of first degree: twice the deviations have
            twice the spread. What intervals are found along.
        no_disparity: its value when all groups are equal.
    """

    name: str
    label: str
    metrics: tuple[str, ...]
    figure: Figure
    spread: Figure
    no_disparity: float

    @property
    def is_ratio(self) -> bool:
        """Whether smaller values mean more disparity."""
        return self.no_disparity == 1.0


def difference(values: np.ndarray) -> np.ndarray:
    """max_g m_g - min_g m_g of the first metric."""
    return np.max(values[0], -1) - np.min(values[0], -1)


def ratio(values: np.ndarray) -> np.ndarray:
    """min_g m_g / max_g m_g of the first metric; NaN if all are 0 or one is negative."""
    lowest = np.min(values[0], -1)
    # Scores that are no probabilities may be negative: -1 / 2 and -2 / -1 compare nothing.
    return _divide(np.where(lowest < 0, np.nan, lowest), np.max(values[0], -1))


def variance(values: np.ndarray) -> np.ndarray:
    """(100^2 / G) sum_g (m_g - mean)^2 of the first metric: population convention, in %^2."""
    return np.var(values[0], -1) * PERCENT_SQUARED


def largest_difference(values: np.ndarray) -> np.ndarray:
    """The largest of the metrics' differences."""
    return np.max([difference(metric[None]) for metric in values], 0)


def sum_of_differences(values: np.ndarray) -> np.ndarray:
    """The sum of the metrics' differences."""
    return np.sum([difference(metric[None]) for metric in values], 0)


def smallest_ratio(values: np.ndarray) -> np.ndarray:
    """The smallest of the metrics' ratios."""
    return np.min([ratio(metric[None]) for metric in values], 0)


def is_spread(disparity: Disparity) -> bool:
    """Whether a figure is of more than two groups of one metric: a variance, a sum of differences."""
    return disparity.figure in {variance, sum_of_differences}


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    above, below = np.asarray(above, float), np.asarray(below, float)
    # 0 / 0 is two groups alike, but a ratio of nothing; Fairlearn leaves it undefined too.
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def _deviation(values: np.ndarray) -> np.ndarray:
    return np.std(values[0], -1)


def _named() -> list[Disparity]:
    """The three figures of each metric, under the name that the field has for them."""
    known_as = {
        "selection_rate": ("demographic_parity", "Demographic parity"),
        "true_positive_rate": ("equal_opportunity", "Equal opportunity"),
        "positive_predictive_value": ("predictive_parity", "Predictive parity"),
    }
    found = []
    for name, metric in METRICS.items():
        stem, label = known_as.get(name, (name, metric.label))
        found += [
            Disparity(f"{stem}_difference", f"{label}: difference", (name,), difference, difference, 0.0),
            Disparity(f"{stem}_ratio", f"{label}: ratio", (name,), ratio, difference, 1.0),
            Disparity(
                f"{name}_variance", f"{metric.label}: variance, %²", (name,), variance, _deviation, 0.0
            ),
        ]
    return found


_ODDS = ("true_positive_rate", "false_positive_rate")
DISPARITIES = {
    disparity.name: disparity
    for disparity in (
        *_named(),
        Disparity(
            "equalized_odds_difference",
            "Equalized odds: larger of the TPR and FPR differences",
            _ODDS,
            largest_difference,
            largest_difference,
            0.0,
        ),
        Disparity(
            "equalized_odds_sum_difference",
            "Equalized odds: sum of the TPR and FPR differences",
            _ODDS,
            sum_of_differences,
            sum_of_differences,
            0.0,
        ),
        Disparity(
            "equalized_odds_ratio",
            "Equalized odds: smaller of the TPR and FPR ratios",
            _ODDS,
            smallest_ratio,
            sum_of_differences,
            1.0,
        ),
    )
}
