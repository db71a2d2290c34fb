"""95% intervals in closed form: of a share, a mean of shares, the worst share, an AUC.

What is estimated is the figure that unlimited rows of each group would give at the same
threshold; that the threshold was itself set on finitely many rows is left out. They need no
draws, are never of zero width and hold the estimate. Intervals of figures between groups are
drawn (bootstrap.py). How often all of them hold the truth: benchmarks/auditing/interval_coverage.py.

`hits` and `sizes` are `(num_groups,)`: rows of which something is true, and rows asked. They are
int, or float where rows are weighted and count as many as they are worth.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy import optimize

Interval = tuple[float, float]  # low, high

_TAIL = 0.025  # probability that each end of an interval leaves out
_NEAR = 1e-12  # to 0 and 1, but not quite


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval; None where there is none."""

    value: float
    interval: Interval | None


def wilson(hits: np.ndarray, sizes: np.ndarray, tail: float = _TAIL) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of a share.

    (r + z^2 / 2n -+ z sqrt(r (1 - r) / n + z^2 / 4n^2)) / (1 + z^2 / n), where z is the normal
    quantile of 1 - tail. 5 of 5 gives 0.566 to 1.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.

    Args:
        hits: int or float `(...)`, from 0 to `sizes`.
        sizes: int or float `(...)`; where it is 0, the interval is NaN.
        tail: probability left out on each side.

    Returns:
        Low and high ends, float64 `(...)`, in [0, 1].
    """
    hits, sizes = np.asarray(hits), np.asarray(sizes)
    rows = np.where(sizes > 0, sizes, np.nan)
    z, share = _normal_quantile(1 - tail), hits / rows
    scale = 1 + z**2 / rows
    centre = (share + z**2 / (2 * rows)) / scale
    half = z / scale * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    # At 0 and 1 the end is exact, but for rounding, which would leave the estimate outside.
    low, high = np.where(hits == 0, 0.0, centre - half), np.where(hits == sizes, 1.0, centre + half)
    return np.where(sizes > 0, low, np.nan), np.where(sizes > 0, high, np.nan)


def mean_of_groups(hits: np.ndarray, sizes: np.ndarray) -> Interval:
    """Interval of the unweighted mean over groups: mean -+ z sqrt(sum_g v_g) / G.

    v_g = q (1 - q) / n with q = (k + 1/2) / (n + 1), the mean of the Jeffreys posterior, which
    is never 0 or 1, so that a group without errors does not pass for a certainty.
    """
    hits, sizes = np.asarray(hits), np.asarray(sizes)
    smoothed = (hits + 0.5) / (sizes + 1)
    error = math.sqrt(np.sum(smoothed * (1 - smoothed) / sizes)) / len(sizes)
    mean, half = float(np.mean(hits / sizes)), _normal_quantile(1 - _TAIL) * error
    return max(0.0, mean - half), min(1.0, mean + half)


def lowest(hits: np.ndarray, sizes: np.ndarray) -> Interval:
    """Interval of the share of the group that is lowest in truth, whichever it is.

    Low end: min_g of the groups' Wilson low ends. It lies below that of the truly lowest
    group, so it fails only if that one does, and needs no correction for the number of groups.
    High end: min_g of Wilson high ends that hold together, each with the tail
    1 - (1 - 0.025)^(1/G) (Z. Sidak, Rectangular Confidence Regions for the Means of
    Multivariate Normal Distributions, JASA 1967).
    """
    low, _ = wilson(hits, sizes)
    _, high = wilson(hits, sizes, 1 - (1 - _TAIL) ** (1 / len(sizes)))
    return float(low.min()), float(high.min())


def highest(hits: np.ndarray, sizes: np.ndarray) -> Interval:
    """Interval of the share of the group that is highest in truth: `lowest` of the complement."""
    low, high = lowest(np.asarray(sizes) - hits, sizes)
    return 1 - high, 1 - low


def auc(value: float, num_positives: float, num_negatives: float) -> Interval:
    """Interval of an area under the ROC curve from the numbers of rows alone.

    Those areas t with |t - value| <= z sqrt(V(t)), where

        V(t) = t (1 - t) [1 + (N - 1) ((1 - t) / (2 - t) + t / (1 + t))] / (m n),  N = (m + n) / 2

    R. G. Newcombe, Confidence Intervals for an Effect Size Measure Based on the Mann-Whitney
    Statistic, Statistics in Medicine 2006, method 5.
    """
    mean = (num_positives + num_negatives) / 2

    def distance(t: float, sign: float) -> float:
        shape = 1 + (mean - 1) * ((1 - t) / (2 - t) + t / (1 + t))
        spread = math.sqrt(t * (1 - t) * shape / (num_positives * num_negatives))
        return sign * (t - value) - _normal_quantile(1 - _TAIL) * spread

    # At 0 and 1 themselves V is 0, so that they solve the equation too; the other root is meant.
    inside = min(max(value, _NEAR), 1 - _NEAR)
    low = 0.0 if value <= 0 else optimize.brentq(lambda t: distance(t, -1.0), 0.0, inside)
    high = 1.0 if value >= 1 else optimize.brentq(lambda t: distance(t, 1.0), inside, 1.0)
    return float(low), float(high)


def _normal_quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)
