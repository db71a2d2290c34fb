"""Interval of the difference of two shares of the same rows."""

import math
from collections.abc import Callable
from statistics import NormalDist

from facedebias.auditing.statistics.intervals import Interval

_NUM_HALVINGS = 50  # of -1 to 1: 2e-15
_TAIL = 0.025


def paired_difference(only_first: float, only_second: float, size: float) -> Interval:
    """Score interval of the second share less the first, where both are of the same rows.

    With b rows that count under the first alone, c under the second alone, and n rows, it holds those d
    with |c - b - n d| <= z sqrt(n (2 q + d (1 - d))). There q is the most likely share of rows that count
    under the first alone, if the difference is d. Unlike Wald's it is never of zero width, and it keeps
    within -1 and 1.

    T. Tango, Equivalence Test and Confidence Interval for the Difference in Proportions for the Paired-Sample
    Design, Statistics in Medicine 1998.

    Args:
        only_first: b, at least 0.
        only_second: c, at least 0.
        size: n, at least b + c and above 0.

    Returns:
        Low and high end of the 95% interval, in [-1, 1].
    """
    limit = NormalDist().inv_cdf(1 - _TAIL)

    def score(difference: float) -> float:
        return _score(only_first, only_second, size, difference)

    observed = (only_second - only_first) / size
    return (
        _crossing(lambda d: score(d) <= limit, -1.0, observed),
        _crossing(lambda d: score(d) < -limit, observed, 1.0),
    )


def _score(only_first: float, only_second: float, size: float, difference: float) -> float:
    """How many standard errors the observed difference is above an assumed one; falls as that grows."""
    # Tango's equations (6) and (7), for the share of the rows that only the first has.
    middle = -only_second - only_first + (2 * size - only_second + only_first) * difference
    last = -only_first * difference * (1 - difference)
    root = math.sqrt(max(middle**2 - 8 * size * last, 0.0))
    likely = (root - middle) / (4 * size)
    variance = size * (2 * likely + difference * (1 - difference))
    distance = only_second - only_first - size * difference
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def _crossing(is_beyond: Callable[[float], bool], low: float, high: float) -> float:
    """Where a test begins to hold between two numbers; it holds at the upper end or just there."""
    for _ in range(_NUM_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return (low + high) / 2
