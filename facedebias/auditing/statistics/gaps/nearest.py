"""The values of groups that fit the data best among those that lie a given gap apart."""

from collections.abc import Callable

import numpy as np

from facedebias.auditing.statistics.gaps.estimates import Estimates

# Groups this many standard errors from an end of the gap may lie at it as well.
_NEAR = 2.0
_NUM_HALVINGS = 16
_NUM_STEPS = 5
_MOST_PAIRS = 12


def within(estimates: Estimates, gap: float) -> np.ndarray:
    """The best places if the estimates lie further apart than the gap.

    Groups are moved into a window as wide as the gap, where it fits best. Those that could well lie at
    one of its ends are put there: the more groups share the highest place, the larger the highest
    estimate is by chance, and it must not be taken for a gap.

    D. Andrews, G. Soares, Inference for Parameters Defined by Moment Inequalities Using Generalized
    Moment Selection, Econometrica 2010.

    Returns:
        float `(num_groups,)`.
    """
    own = estimates.places
    low = _solve(lambda end: _pull(estimates, np.clip(own, end, end + gap)), own.min(), own.max() - gap)
    clipped = np.clip(own, low, low + gap)
    errors = estimates.errors(clipped)
    above, below = low + gap - clipped, clipped - low
    at_top = (above < _NEAR * errors) & (above <= below)
    at_bottom = (below < _NEAR * errors) & (below < above)

    def placed(end: float) -> np.ndarray:
        inside = np.clip(own, end, end + gap)
        return np.where(at_top, end + gap, np.where(at_bottom, end, inside))

    least, most = _ends(estimates, gap)
    return placed(_solve(lambda end: _pull(estimates, placed(end)), least, max(least, most - gap)))


def apart(estimates: Estimates, gap: float) -> tuple[np.ndarray, float]:
    """The best places if the estimates lie closer together than the gap, and what they cost.

    The pair of groups that costs least is drawn apart; the others stay, between the two.

    Returns:
        float `(num_groups,)`, and the deviance of the pair.
    """
    own = estimates.places
    top, bottom = _candidates(estimates, gap)
    least, most = _ends(estimates, gap)
    ends = own[bottom]
    for _ in range(_NUM_STEPS):
        low, high = np.clip(ends, least, most), np.clip(ends + gap, least, most)
        # Each of the two is pulled to its estimate by how well it is known at its new place.
        pulls = estimates.errors(low, bottom) ** -2, estimates.errors(high, top) ** -2
        ends = (pulls[0] * own[bottom] + pulls[1] * (own[top] - gap)) / (pulls[0] + pulls[1])
        ends = np.clip(ends, least, max(least, most - gap))
    high = np.clip(ends + gap, least, most)
    costs = estimates.deviance(ends, bottom) + estimates.deviance(high, top)
    best = int(np.argmin(costs))
    places = np.clip(own, ends[best], high[best])
    places[top[best]], places[bottom[best]] = high[best], ends[best]
    return places, float(costs[best])


def _ends(estimates: Estimates, gap: float) -> tuple[float, float]:
    """The lowest and the highest place that groups may take; scores need have no limits."""
    own, (least, most) = estimates.places, estimates.limits
    return max(least, float(own.min()) - gap), min(most, float(own.max()) + gap)


def _candidates(estimates: Estimates, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Ordered pairs of groups that are likely the cheapest to draw apart."""
    own, variances = estimates.places, estimates.errors(estimates.places) ** 2
    lacking = gap - (own[:, None] - own)
    costs = lacking**2 / (variances[:, None] + variances)
    np.fill_diagonal(costs, np.inf)
    num_pairs = len(own) * (len(own) - 1)
    if num_pairs <= _MOST_PAIRS:
        order = np.flatnonzero(np.isfinite(costs))
    else:
        order = np.argpartition(costs, _MOST_PAIRS, axis=None)[:_MOST_PAIRS]
    top, bottom = np.unravel_index(order, costs.shape)
    return top, bottom


def _pull(estimates: Estimates, places: np.ndarray) -> float:
    pulls = np.where(places == estimates.places, 0.0, estimates.pull(places))
    return float(np.sum(pulls))


def _solve(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising slope is 0, between two ends."""
    for _ in range(_NUM_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return (low + high) / 2
