"""Bootstrap intervals of variances over groups, of sums of gaps, and of changes of a gap.

Gaps themselves have a test of their own (gap_test.py).

Why not the quantiles of the resampled figure, the percentile bootstrap: the difference of the
best and the worst of many noisy groups is larger than the truth before it is resampled and larger
again afterwards. With 14 groups of 150 and equal truth its 95% interval never holds the truth
(benchmarks/auditing/interval_coverage.py). Here a test is inverted. Take the groups as observed, draw
them together or apart around their mean by a factor c, and resample: the interval holds those c
whose resampled figure is, in 95% of the draws, not too far from the one observed (2.5% on
each side). At c = 0 all groups are equal, so the interval begins at 0 where that cannot be
refused. Groups can also be alike by luck, more so than equal ones mostly are, and few factors c
would explain that: the interval would shrink to nothing. For its far end a figure therefore
counts as no closer to equality than the nearest quarter of those that equal groups give.
"""

from collections.abc import Callable

import numpy as np

from facedebias.auditing.statistics.disparities import Disparity

Interval = tuple[float, float]  # low, high

_TAIL = 0.025  # probability that each end of an interval leaves out
_NUM_HALVINGS = 12
_LUCK = 0.25  # share of the figures of equal groups that count as luck


def resample(
    hits: np.ndarray, sizes: np.ndarray, num_draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws shares of the same numbers of rows.

    They are drawn around (k + 1/2) / (n + 1): 5 of 5 resampled as they are would be 5 of 5 for
    ever, an interval of no width.

    Args:
        hits: `(num_groups,)`, rows of which something is true.
        sizes: `(num_groups,)`, rows asked, above 0; rounded if rows are weighted.
        num_draws: how many.
        rng: of the draws.

    Returns:
        By how much drawn shares miss, float64 `(num_draws, num_groups)`, and the shares they were
        drawn around, `(num_groups,)`.
    """
    centres = (hits + 0.5) / (sizes + 1)
    rows = np.maximum(np.rint(sizes), 1).astype(int)
    return rng.binomial(rows, centres, (num_draws, len(rows))) / rows - centres, centres


def interval(
    disparity: Disparity,
    values: np.ndarray,
    errors: np.ndarray,
    centres: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """The 95% interval of a figure between groups.

    The shape that is drawn together or apart is itself uncertain: every draw takes another
    one, the observed deviations with another draw's errors on them, brought to the same
    spread. For rates the errors are scaled with sqrt(m (1 - m)), as they grow or shrink
    with the rate m that a group gets.

    Args:
        disparity: a variance, a difference or a sum of differences.
        values: float `(num_metrics, num_groups)`, observed; at least two groups.
        errors: float `(num_metrics, num_draws, num_groups)`.
        centres: float `(num_metrics, num_groups)`, rates at which the errors were drawn; None
            if the metrics are no rates.
        sizes: float `(num_metrics, num_groups)`, rows behind each rate.
        limits: smallest and largest value that the metrics can take.

    Returns:
        Low and high ends; they hold the observed figure.
    """
    family = Family(disparity, values, errors, centres, sizes, limits)
    observed = float(disparity.figure(values))
    reached = max(observed, family.quantile(0.0, _LUCK))
    near, far = solve(family, observed, 1 - _TAIL), _far(family, reached)
    ends = family.truth(near), family.truth(far)
    return min(*ends, observed), max(*ends, observed)


def tail_share(drawn: np.ndarray, observed: float, is_low_extreme: bool) -> float:
    """(1 + draws at least as extreme) / (1 + draws): never 0, as chance never is.

    B. Phipson, G. Smyth, Permutation P-values Should Never Be Zero, 2010.
    """
    slack = 1e-12  # the same share as different fractions differs in the last bit
    with np.errstate(invalid="ignore"):
        beyond = drawn <= observed + slack if is_low_extreme else drawn >= observed - slack
    return float((1 + np.sum(beyond)) / (1 + np.size(drawn)))


class Family:
    """The groups as observed, drawn together or apart by a factor."""

    def __init__(
        self,
        disparity: Disparity,
        values: np.ndarray,
        errors: np.ndarray,
        centres: np.ndarray | None,
        sizes: np.ndarray | None,
        limits: tuple[float, float],
    ):
        self._disparity, self._sizes, self._limits = disparity, sizes, limits
        # Draws beside each other in memory: a maximum over few groups is then several times faster.
        errors = np.moveaxis(np.ascontiguousarray(np.moveaxis(errors, -1, 0)), 0, -1)
        self._errors = errors
        self._mean = values.mean(-1)[:, None, None]
        self._scale = None
        if centres is not None:
            scale = np.sqrt(centres * (1 - centres))[:, None]
            self._scale = np.where(scale > 0, scale, 1.0)  # certain rates have no errors to scale
        deviations = values[:, None] - self._mean
        if np.abs(deviations).max() < 1e-9:  # all alike: no shape to follow but an even one
            deviations = np.broadcast_to(np.linspace(-0.05, 0.05, values.shape[-1]), deviations.shape)
        self._deviations = deviations
        noisy = deviations + np.roll(errors, 1, axis=1)
        noisy = noisy - noisy.mean(-1, keepdims=True)
        wanted, spread = (disparity.spread(shape)[:, None] for shape in (deviations, noisy))
        self._noisy = noisy * np.divide(wanted, spread, out=np.ones_like(spread), where=spread > 0)
        # As far apart as there is room, or as errors could make believe.
        self._span = float(np.ptp(deviations, -1).max())
        most = min(limits[1] - limits[0], self._span + 4 * float(np.abs(errors).max()))
        self.most = most / self._span

    def truth(self, factor: float) -> float:
        """The figure of the groups drawn apart by a factor."""
        if factor == 0.0:
            return self._disparity.no_disparity
        places = self._mean + factor * self._deviations
        return float(self._disparity.figure(np.clip(places, *self._limits))[0])

    def factor(self, difference: float) -> float:
        """The factor that draws the groups this far apart, largest less smallest."""
        return difference / self._span

    def quantile(self, factor: float, tail: float) -> float:
        """A quantile of the resampled figure."""
        return quantile(self.drawn(factor), tail)

    def drawn(self, factor: float) -> np.ndarray:
        """The resampled figure of the groups drawn apart by a factor, float `(num_draws,)`."""
        places = np.clip(self._mean + factor * self._noisy, *self._limits)
        errors = self._errors
        if self._scale is not None and self._sizes is not None:
            # Never less than half a row in n would give.
            least = (0.5 / (self._sizes + 1))[:, None]
            inside = np.clip(places, least, 1 - least)
            errors = errors * (np.sqrt(inside * (1 - inside)) / self._scale)
        return np.asarray(self._disparity.figure(np.clip(places + errors, *self._limits)))


def quantile(values: np.ndarray, share: float) -> float:
    """`np.quantile`, which takes longer than all else here, without its checks."""
    place = share * (len(values) - 1)
    below = min(int(place), len(values) - 2) if len(values) > 1 else 0
    above = min(below + 1, len(values) - 1)
    parted = np.partition(values, (below, above))
    return float(parted[below] + (place - below) * (parted[above] - parted[below]))


def solve(family: Family, observed: float, tail: float) -> float:
    """The smallest factor at which a quantile of the resampled figure reaches the observed one."""
    if family.quantile(0.0, tail) >= observed:
        return 0.0
    return _last(family, lambda factor: family.quantile(factor, tail) < observed)


def _far(family: Family, observed: float) -> float:
    """The largest factor that the observed figure is not too small for."""
    return _last(family, lambda factor: family.quantile(factor, _TAIL) <= observed)


def _last(family: Family, holds: Callable[[float], bool]) -> float:
    """The factor up to which something holds, by halving."""
    low, high = 0.0, family.most
    for _ in range(_NUM_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2
