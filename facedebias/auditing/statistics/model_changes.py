"""Interval and test of how much a gap changed between two models asked about the same rows.

A resampled gap is larger than the gap resampled, the more so the smaller that is and the more
groups there are. What that adds to the gaps of two models does not cancel out and is not what it
would add at the truth, so neither the quantiles of the resampled change nor its errors around
the observed one will do: with four groups that are equal under both models the latter refuse
"no change" in one of five samples (benchmarks/auditing/interval_coverage.py). As in bootstrap.py a test is
inverted: both models' groups are drawn apart until their gaps differ by d, around the level of
both gaps, and the interval holds those d whose resampled change is not too far from the observed.
"""

import numpy as np

from facedebias.auditing.statistics import bootstrap
from facedebias.auditing.statistics.bootstrap import Family, Interval
from facedebias.auditing.statistics.disparities import Disparity

_TAIL = 0.025  # probability that each end of the interval leaves out
_NUM_HALVINGS = 13  # of -1 to 1: 0.02 points


def change_of_gap(
    disparity: Disparity, values: np.ndarray, errors: np.ndarray, centres: np.ndarray, sizes: np.ndarray
) -> tuple[Interval, float]:
    """The 95% interval of the change of a difference between groups, and p of "no change".

    Args:
        disparity: a difference of one rate.
        values: float `(2, num_groups)`, the rate under the first and the second model.
        errors: float `(2, num_draws, num_groups)`, of both in the same resampled rows.
        centres: float `(2, num_groups)`, rates at which the errors were drawn.
        sizes: `(2, num_groups)`, rows behind each rate, float where they are weighted.

    Returns:
        Low and high ends, which hold the observed change, and the p-value.
    """
    pair = _Pair(disparity, values, errors, centres, sizes)
    low, high = (pair.solve(tail) for tail in (1 - _TAIL, _TAIL))
    unchanged = pair.changes(0.0)
    share = min(bootstrap.tail_share(unchanged, pair.observed, side) for side in (True, False))
    return (min(low, pair.observed), max(high, pair.observed)), min(1.0, 2 * share)


class _Pair:
    """Two models' groups, drawn apart to any change of the gap."""

    def __init__(
        self,
        disparity: Disparity,
        values: np.ndarray,
        errors: np.ndarray,
        centres: np.ndarray,
        sizes: np.ndarray,
    ):
        self._families = [
            Family(disparity, value[None], error[None], centre[None], size[None], (0.0, 1.0))
            for value, error, centre, size in zip(values, errors, centres, sizes, strict=True)
        ]
        gaps = [float(disparity.figure(value[None])) for value in values]
        self.observed = gaps[1] - gaps[0]
        # Where the median of the resampled gap is the one observed: without chance's part.
        medians = [
            family.truth(bootstrap.solve(family, gap, 0.5))
            for family, gap in zip(self._families, gaps, strict=True)
        ]
        self._level = float(np.mean(medians))

    def changes(self, change: float) -> np.ndarray:
        """Resampled changes of the gap where it is one in truth, float `(num_draws,)`."""
        # Neither gap is below 0: a change of more than twice the level raises the level.
        level = max(self._level, abs(change) / 2)
        before, after = (
            family.drawn(family.factor(level + part))
            for family, part in zip(self._families, (-change / 2, change / 2), strict=True)
        )
        return after - before

    def solve(self, tail: float) -> float:
        """The change at which a quantile of the resampled changes reaches the observed one."""
        low, high = -1.0, 1.0
        for _ in range(_NUM_HALVINGS):
            middle = (low + high) / 2
            is_below = bootstrap.quantile(self.changes(middle), tail) < self.observed
            low, high = (middle, high) if is_below else (low, middle)
        return (low + high) / 2
