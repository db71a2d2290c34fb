"""Places of groups that fit the data best with a given gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from facedebias.auditing.statistics.gaps import nearest
from facedebias.auditing.statistics.gaps.estimates import LOGARITHMIC, PLAIN, Scores, Shares
from tests.auditing.tables import drawn_alike

GROUPS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=2, max_size=8)
SCALES = st.sampled_from([PLAIN, LOGARITHMIC])


def shares(cells, scale=PLAIN):
    """From hits and misses of each group."""
    hits, misses = np.array(cells).T
    return Shares(hits, hits + misses + 1, scale)


def both_deviances(estimates, low, gap):
    pair = np.array([0, 1])
    return estimates.deviance(np.array([low, low + gap]), pair).sum()


@drawn_alike
@given(GROUPS, SCALES, st.floats(0.01, 0.99))
def test_groups_within_a_gap_lie_exactly_that_far_apart(cells, scale, part):
    estimates = shares(cells, scale)
    gap = part * np.ptp(estimates.places)
    if gap > 1e-3:
        places = nearest.within(estimates, gap)
        assert np.ptp(places) == pytest.approx(gap)
        assert estimates.limits[0] - 1e-9 <= places.min() <= places.max() <= estimates.limits[1] + 1e-9


@drawn_alike
@given(GROUPS, SCALES, st.floats(0.01, 0.99))
def test_groups_drawn_apart_reach_the_gap(cells, scale, part):
    estimates = shares(cells, scale)
    span, most = np.ptp(estimates.places), estimates.limits[1] - estimates.limits[0]
    gap = span + part * (most - span)
    places, cost = nearest.apart(estimates, gap)
    assert np.ptp(places) == pytest.approx(gap)
    assert estimates.limits[0] - 1e-9 <= places.min() <= places.max() <= estimates.limits[1] + 1e-9
    assert cost >= 0


def least_deviance(estimates, gap):
    """Of two groups of which the second lies higher by the gap, found by SciPy."""
    least, most = estimates.limits
    return optimize.minimize_scalar(
        lambda low: both_deviances(estimates, low, gap),
        bounds=(least, most - gap),
        method="bounded",
        options={"xatol": 1e-10},
    ).fun


@pytest.mark.parametrize("scale", [PLAIN, LOGARITHMIC])
@pytest.mark.parametrize("cells", [[(90, 10), (80, 20)], [(50, 50), (440, 60)], [(8, 0), (900, 100)]])
@pytest.mark.parametrize("wider", [0.05, 0.2])
def test_two_groups_drawn_apart_cost_as_little_as_they_can(cells, wider, scale):
    estimates = shares(cells, scale)
    gap = float(np.ptp(estimates.places)) + wider
    _, cost = nearest.apart(estimates, gap)
    orders = estimates, shares(cells[::-1], scale)
    # On the logarithmic scale the step that is repeated leads near the best place, not onto it.
    assert cost == pytest.approx(
        min(least_deviance(order, gap) for order in orders), rel=0.01 if scale is PLAIN else 0.05
    )


@pytest.mark.parametrize("cells", [[(90, 10), (60, 40)], [(30, 70), (440, 60)]])
def test_two_groups_moved_together_fit_as_well_as_they_can(cells):
    estimates = shares(sorted(cells))  # the lower one first
    gap = float(np.ptp(estimates.places)) / 2
    places = nearest.within(estimates, gap)
    cost = estimates.deviance(places, np.array([0, 1])).sum()
    assert cost == pytest.approx(least_deviance(estimates, gap), rel=0.01)


def test_groups_that_may_be_the_highest_share_its_place():
    # Three groups near 90%, one at 60%: with a gap of 20 points all three may well lie at its top.
    estimates = shares([(90, 10), (89, 11), (91, 9), (60, 40)])
    places = nearest.within(estimates, 0.2)
    assert places[:3] == pytest.approx([places[0]] * 3)
    assert places[3] == pytest.approx(places[0] - 0.2)


def test_groups_between_stay_where_they_are():
    estimates = shares([(9000, 1000), (7500, 2500), (6000, 4000)])
    assert nearest.within(estimates, 0.28)[1] == estimates.places[1]
    places, _ = nearest.apart(estimates, 0.32)
    assert places[1] == estimates.places[1]


def test_the_pair_that_costs_least_is_drawn_apart():
    # The group of five is drawn down and the others stay: they are known too well to move.
    estimates = shares([(9000, 1000), (9100, 900), (4, 1)])
    places, _ = nearest.apart(estimates, 0.4)
    assert places[:2] == pytest.approx(estimates.places[:2], abs=0.002)
    assert places[2] == pytest.approx(estimates.places[1] - 0.4, abs=0.002)


def test_the_cheapest_of_many_pairs_is_among_those_tried():
    # Fifteen groups have 210 ordered pairs, of which twelve are tried.
    rng = np.random.default_rng(0)
    cells = [(k, 200 - k) for k in rng.binomial(200, 0.8, 15)]
    estimates = shares(cells)
    gap = float(np.ptp(estimates.places)) + 0.05
    _, cost = nearest.apart(estimates, gap)
    pairs = [[cells[i], cells[j]] for i in range(15) for j in range(15) if i != j]
    # Each pair by itself, on the limits of two groups, which are the same.
    assert cost == pytest.approx(min(nearest.apart(shares(pair), gap)[1] for pair in pairs), rel=1e-3)


def test_scores_without_limits_move_by_how_well_they_are_known():
    # Standard errors of 1 and 2: a gap that is 5 too wide moves the groups by 1 and by 4.
    errors = np.random.default_rng(0).normal(0, [1.0, 2.0], (4000, 2))
    errors /= errors.std(0) / [1.0, 2.0]
    estimates = Scores(np.array([10.0, 0.0]), errors, np.array([4000, 1000]), (-np.inf, np.inf), False)
    places, cost = nearest.apart(estimates, 15.0)
    assert places == pytest.approx([11, -4], abs=1e-6)
    assert cost == pytest.approx(1 + 4)
    assert nearest.within(estimates, 5.0) == pytest.approx([9, 4], abs=1e-3)


def test_groups_that_may_share_the_highest_place_are_put_there():
    # 96.3, 95.7 and 95.0% of 150 differ by less than half a standard error; 84.7% lies far below.
    shares = Shares(np.array([145, 144, 143, 127]), np.array([150, 150, 150, 150]))
    places = nearest.within(shares, 0.1)
    assert np.ptp(places[:3]) == 0
    assert places[0] - places[3] == pytest.approx(0.1)
    # A group in the middle, five standard errors from either end, stays where it is.
    shares = Shares(np.array([9500, 9000, 8500]), np.array([10_000, 10_000, 10_000]))
    places = nearest.within(shares, 0.09)
    assert places[1] == pytest.approx(shares.places[1])
