import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import power_proportions_2indep

from facedebias.auditing.statistics.gaps.estimates import Shares
from facedebias.auditing.statistics.gaps.gap_test import LEVEL, GapTest
from facedebias.auditing.statistics.power import chance_variance, detectable_gap
from tests.auditing.tables import drawn_alike


def test_chance_variance_by_hand():
    # Two groups of 100 at 90%: each share varies by .09 / 100 = .0009, 9%^2; the variance
    # of two of them around their mean has half of that.
    assert chance_variance(0.9, np.array([100, 100])) == pytest.approx(4.5)


@pytest.mark.parametrize(("rate", "sizes"), [(0.95, [150] * 14), (0.5, [30, 300, 90])])
def test_chance_variance_is_the_mean_of_simulated_ones(rate, sizes):
    shares = np.random.default_rng(0).binomial(sizes, rate, (40_000, len(sizes))) / sizes
    assert chance_variance(rate, np.array(sizes)) == pytest.approx(np.mean(np.var(100 * shares, 1)), rel=0.02)


@pytest.mark.parametrize(
    ("rate", "sizes"), [(0.9, (200, 200)), (0.5, (50, 500)), (0.3, (1000, 400)), (0.9, (2000, 2500))]
)
def test_gap_of_two_groups_has_80_percent_power_by_statsmodels(rate, sizes):
    gap = detectable_gap(rate, np.array(sizes), 20_000)
    low, high = sorted(sizes)  # the smaller group is the one below
    below = rate - gap * high / (low + high)
    power = power_proportions_2indep(-gap, below + gap, low, ratio=high / low, alpha=0.05).power
    assert power == pytest.approx(0.8, abs=0.03)  # of normal distributions, where these are counted


@pytest.mark.parametrize(
    ("rate", "sizes"),
    [
        (0.95, (1000, 1000, 1000, 40)),
        (0.8, (3000, 1000, 300, 100, 30)),
        (0.8, (300,) * 4),
        (0.6, (400, 100, 200)),
        (0.9, (1000, 40)),
    ],
)
def test_the_test_finds_the_gap_in_the_smallest_group_in_80_percent_of_samples(rate, sizes):
    # 300 samples: one standard deviation of 80% is 2.3%.
    sizes, rng, found = np.array(sizes), np.random.default_rng(1), 0
    gap, low = detectable_gap(rate, sizes), int(np.argmin(sizes))
    rates = np.full(len(sizes), rate + gap * sizes[low] / sizes.sum())
    rates[low] -= gap
    assert np.sum(rates * sizes) == pytest.approx(rate * sizes.sum())
    for seed in range(300):
        shares = Shares(rng.binomial(sizes, rates), sizes)
        found += GapTest([shares], 500, seed).p_of_no_gap() < LEVEL
    assert found / 300 == pytest.approx(0.8, abs=0.07)


def test_the_smallest_group_decides_what_can_be_detected():
    # A group of 40 among thousands hides a gap that two of the thousands would show.
    large, small = (
        detectable_gap(0.9, np.array([1000, 1000])),
        detectable_gap(0.9, np.array([1000, 1000, 40])),
    )
    assert small > 3 * large


def test_more_rows_show_smaller_gaps_and_more_groups_larger_ones():
    gaps = [detectable_gap(0.8, np.full(2, size)) for size in (50, 200, 800)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[1] == pytest.approx(2 * gaps[2], rel=0.05)  # four times the rows, half the gap
    gaps = [detectable_gap(0.8, np.full(num_groups, 200)) for num_groups in (4, 8, 16)]
    assert gaps == sorted(gaps)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 2)])
def test_too_few_rows_show_nothing(sizes):
    assert detectable_gap(0.5, np.array(sizes)) is None


@pytest.mark.parametrize(
    ("rate", "sizes"),
    [(1.0, (100, 100)), (1.0, (1000, 40)), (0.9995, (2000, 2000)), (0.0, (300, 300)), (0.99, (500, 500, 60))],
)
def test_a_rate_at_an_end_hides_no_gap_that_the_test_would_find(rate, sizes):
    # The group cannot lie so far below unless the rate of all rows moves with it.
    sizes, rng, found = np.array(sizes), np.random.default_rng(1), 0
    gap, low = detectable_gap(rate, sizes), int(np.argmin(sizes))
    assert gap < 0.1
    rates = np.full(len(sizes), np.clip(rate + gap * sizes[low] / sizes.sum(), gap, 1))
    rates[low] -= gap
    for seed in range(200):
        shares = Shares(rng.binomial(sizes, rates), sizes)
        found += GapTest([shares], 500, seed).p_of_no_gap() < LEVEL
    assert found / 200 >= 0.72  # counts are few, so that the next smaller gap may have much less


def test_ten_thousand_faces_without_a_miss_are_not_too_few():
    assert detectable_gap(1.0, np.array([10_000, 10_000])) < 0.001
    assert detectable_gap(0.99996, np.array([10_000, 10_000])) < 0.001


@drawn_alike
@given(st.floats(0.01, 0.99), st.lists(st.integers(1, 2000), min_size=2, max_size=5))
def test_gaps_are_possible_and_order_of_groups_does_not_matter(rate, sizes):
    gap = detectable_gap(rate, np.array(sizes))
    if gap is not None:
        assert 0 < gap <= 1
        # Draws belong to places, so that many groups agree only as far as draws do.
        assert detectable_gap(rate, np.array(sizes[::-1])) == pytest.approx(gap, rel=0.25)
