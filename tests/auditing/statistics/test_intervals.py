import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from facedebias.auditing.statistics import intervals
from tests.auditing.tables import drawn_alike

FIGURES = {
    "mean": (intervals.mean_of_groups, np.mean),
    "lowest": (intervals.lowest, np.min),
    "highest": (intervals.highest, np.max),
}


@st.composite
def shares(draw):
    sizes = draw(st.lists(st.integers(1, 400), min_size=1, max_size=20))
    return np.array([draw(st.integers(0, size)) for size in sizes]), np.array(sizes)


def test_five_of_five():
    # z^2 = 3.8415; (1 + z^2/10 - z sqrt(z^2/100)) / (1 + z^2/5) = 1 / 1.7683 = 0.5655.
    low, high = intervals.wilson(np.array(5), np.array(5))
    assert low == pytest.approx(1 / (1 + 1.959964**2 / 5), abs=1e-6)
    assert round(float(low), 3) == 0.566
    assert high == 1


@pytest.mark.parametrize(("hits", "size"), [(0, 5), (3, 5), (143, 150), (150, 150), (90, 9000), (1, 1)])
def test_wilson_equals_scipy_and_statsmodels(hits, size):
    found = np.array(intervals.wilson(hits, size))
    expected = binomtest(hits, size).proportion_ci(method="wilson")
    assert found == pytest.approx([expected.low, expected.high], abs=1e-12)
    assert found == pytest.approx(proportion_confint(hits, size, method="wilson"), abs=1e-12)


def test_no_rows_have_no_interval():
    low, high = intervals.wilson(np.array([0, 1]), np.array([0, 2]))
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


def test_mean_of_groups_by_hand():
    # q = 9.5 / 11 and 8.5 / 11; v = q (1 - q) / 10 = .011777 and .017562; sqrt(sum) / 2 = .085639.
    low, high = intervals.mean_of_groups(np.array([9, 8]), np.array([10, 10]))
    assert low == pytest.approx(0.85 - 1.959964 * 0.085639, abs=1e-5)
    assert high == 1.0  # 0.85 + 0.168 is beyond 1


def test_lowest_takes_the_lowest_ends():
    hits, sizes = np.array([9, 16]), np.array([10, 20])
    lows, _ = intervals.wilson(hits, sizes)
    _, highs = intervals.wilson(hits, sizes, 1 - 0.975**0.5)
    assert intervals.lowest(hits, sizes) == (min(lows), min(highs))


def test_highest_takes_the_highest_ends():
    hits, sizes = np.array([1, 4]), np.array([10, 20])
    lows, _ = intervals.wilson(hits, sizes, 1 - 0.975**0.5)
    _, highs = intervals.wilson(hits, sizes)
    assert intervals.highest(hits, sizes) == pytest.approx((max(lows), max(highs)))


def test_one_group_is_its_own_worst():
    wilson = [float(end) for end in intervals.wilson(np.array(7), np.array(9))]
    assert intervals.lowest(np.array([7]), np.array([9])) == pytest.approx(wilson)
    assert intervals.highest(np.array([7]), np.array([9])) == pytest.approx(wilson)


@pytest.mark.parametrize("name", FIGURES)
@drawn_alike
@given(shares())
def test_intervals_hold_the_estimate_and_have_width(name, drawn):
    hits, sizes = drawn
    interval, figure = FIGURES[name]
    low, high = interval(hits, sizes)
    assert 0 <= low <= figure(hits / sizes) + 1e-9
    assert figure(hits / sizes) - 1e-9 <= high <= 1
    assert high - low > 1e-6


@pytest.mark.parametrize("name", FIGURES)
def test_four_groups_of_five_all_right_are_no_certainty(name):
    low, high = FIGURES[name][0](np.full(4, 5), np.full(4, 5))
    assert high - low > 0.1


def test_coverage_of_small_equal_and_unequal_groups():
    # 600 data sets; a coverage of 95% varies by 0.9% (one standard deviation).
    rng, sizes = np.random.default_rng(0), np.array([150] * 6)
    for rates in (np.full(6, 0.95), np.linspace(0.88, 0.98, 6)):
        data = rng.binomial(sizes, rates, (600, 6))
        for interval, figure in FIGURES.values():
            ends = np.array([interval(hits, sizes) for hits in data])
            inside = (ends[:, 0] <= figure(rates) + 1e-9) & (figure(rates) - 1e-9 <= ends[:, 1])
            assert inside.mean() >= 0.92


def auc_deviations(t, value, num_positives, num_negatives):
    """|t - value| / sqrt(V(t)), written anew from the text: Hanley and McNeil's variance with
    both m - 1 and n - 1 replaced by N - 1, N = (m + n) / 2."""
    q1, q2 = t / (2 - t), 2 * t**2 / (1 + t)  # chances that two positives, two negatives agree
    excess = ((num_positives + num_negatives) / 2 - 1) * (q1 - t**2 + q2 - t**2)
    return abs(t - value) / math.sqrt((t * (1 - t) + excess) / (num_positives * num_negatives))


@pytest.mark.parametrize("value", [0.02, 0.5, 0.7, 0.9, 0.999, 1.0, 0.0])
@pytest.mark.parametrize(("num_positives", "num_negatives"), [(1, 1), (5, 40), (300, 300)])
def test_auc_ends_are_1_96_standard_errors_away_as_seen_from_there(value, num_positives, num_negatives):
    low, high = intervals.auc(value, num_positives, num_negatives)
    assert low <= value <= high
    for end in (low, high):
        if 0 < end < 1:
            assert auc_deviations(end, value, num_positives, num_negatives) == pytest.approx(1.959964, 1e-4)
    assert (low == 0, high == 1) == (value == 0, value == 1)


@pytest.mark.parametrize("value", [0.6, 0.85, 0.97])
def test_auc_interval_holds_what_a_grid_search_finds(value):
    grid = np.linspace(1e-6, 1 - 1e-6, 200_001)
    near = [t for t in grid if auc_deviations(t, value, 40, 60) <= 1.959964]
    assert intervals.auc(value, 40, 60) == pytest.approx((min(near), max(near)), abs=1e-5)


def test_perfect_auc_of_few_rows_is_no_certainty():
    # At 1 there is no variance, but the areas that would give 1 quite often lie below it:
    # 1 - t = z sqrt(V(t)). With one row of each kind V(t) = t (1 - t), so 1 - t = z^2 t and
    # t = 1 / (1 + z^2) = 1 / 4.8415 = 0.20655.
    assert intervals.auc(1.0, 1, 1) == pytest.approx((1 / (1 + 1.959964**2), 1.0), abs=1e-6)
    assert intervals.auc(0.0, 1, 1) == pytest.approx((0.0, 1 - 1 / (1 + 1.959964**2)), abs=1e-6)
    # With 1,000 of each the bracket is near 1 + 999 / 2, and 1 - t near 3.8415 x 500.5 / 1,000,000.
    assert intervals.auc(1.0, 1000, 1000) == pytest.approx((1 - 0.00192, 1.0), abs=1e-5)


@drawn_alike
@given(st.floats(0, 1), st.integers(1, 500), st.integers(1, 500))
def test_auc_interval_holds_the_estimate_has_width_and_mirrors(value, num_positives, num_negatives):
    low, high = intervals.auc(value, num_positives, num_negatives)
    assert 0 <= low <= value <= high <= 1
    assert high - low > 1e-4
    mirrored = intervals.auc(1 - value, num_negatives, num_positives)
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-6)


def test_coverage_of_auc():
    # Normal scores sqrt(2) x 1.0364 apart have P(positive > negative) = Phi(1.0364) = 0.85.
    rng, inside = np.random.default_rng(0), []
    for _ in range(400):
        positives, negatives = rng.normal(1.0364 * math.sqrt(2), 1, 50), rng.normal(0, 1, 80)
        value = float(np.mean(positives[:, None] > negatives))
        low, high = intervals.auc(value, 50, 80)
        inside.append(low <= 0.85 <= high)
    assert 0.92 <= np.mean(inside) <= 0.985
