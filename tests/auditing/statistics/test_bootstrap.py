import numpy as np
import pytest

from facedebias.auditing.statistics import bootstrap
from facedebias.auditing.statistics.disparities import DISPARITIES, is_spread

VARIANCE = DISPARITIES["true_positive_rate_variance"]
SPREADS = [name for name, disparity in DISPARITIES.items() if is_spread(disparity)]


def interval(hits, sizes, disparity=VARIANCE, num_draws=500, seed=0):
    """That of a figure of rates, as between.py asks for it; `hits` has a row for each metric."""
    hits, sizes = np.atleast_2d(hits), np.atleast_2d(sizes)
    drawn = [
        bootstrap.resample(*pair, num_draws, np.random.default_rng([seed, number]))
        for number, pair in enumerate(zip(hits, sizes, strict=True))
    ]
    errors, centres = (np.stack(part) for part in zip(*drawn, strict=True))
    return bootstrap.interval(disparity, hits / sizes, errors, centres, sizes)


def test_shares_are_drawn_around_smoothed_ones():
    # 5 of 5: around 5.5 / 6, so that some draws miss; shares of five rows are fifths.
    errors, centres = bootstrap.resample(np.array([5, 0]), np.array([5, 3]), 200, np.random.default_rng(0))
    assert centres == pytest.approx([5.5 / 6, 0.5 / 4])
    assert errors.shape == (200, 2)
    drawn = (errors + centres) * [5, 3]
    np.testing.assert_allclose(drawn, np.round(drawn), atol=1e-9)
    assert 0 < np.mean(drawn[:, 0] == 5) < 1


def test_resampled_shares_have_the_mean_and_spread_of_binomials():
    # 30 of 40, p = 30.5 / 41; a mean of 4,000 draws is off by less than 4 of its errors.
    p = 30.5 / 41
    errors, _ = bootstrap.resample(np.array([30]), np.array([40]), 4000, np.random.default_rng(0))
    deviation = np.sqrt(p * (1 - p) / 40)
    assert errors.mean() == pytest.approx(0, abs=4 * deviation / np.sqrt(4000))
    assert errors.std() == pytest.approx(deviation, rel=0.05)


def test_weighted_rows_are_drawn_as_whole_ones():
    errors, centres = bootstrap.resample(
        np.array([2.4, 0.2]), np.array([4.4, 0.4]), 50, np.random.default_rng(0)
    )
    assert centres == pytest.approx([2.9 / 5.4, 0.7 / 1.4])
    rows = (errors + centres) * [4, 1]  # less than one row is one
    np.testing.assert_allclose(rows, np.round(rows), atol=1e-9)


@pytest.mark.parametrize("name", SPREADS)
def test_intervals_hold_the_figure(name):
    disparity, rng = DISPARITIES[name], np.random.default_rng(0)
    for index in range(6):
        sizes = rng.integers(1, (3, 20, 200)[index % 3], (len(disparity.metrics), 2 + index // 2))
        hits = rng.integers(0, sizes + 1)
        low, high = interval(hits, sizes, disparity, num_draws=100, seed=index)
        assert 0 <= low <= disparity.figure(hits / sizes) <= high
        assert high - low > 1e-3


def test_groups_all_right_are_no_certainty():
    low, high = interval([5, 5, 5, 5], [5, 5, 5, 5])
    assert low == 0
    assert high > 25  # a standard deviation of 5 points


@pytest.mark.parametrize("size", [42, 400, 10_000])
def test_groups_alike_by_luck_are_no_certainty(size):
    # One in 20 in both: their difference has the standard error s = sqrt(2 x .05 x .95 / n), and the
    # variance of two groups is a quarter of its square: an interval reaches about (2 s)^2 / 4.
    hits = size // 20
    expected = 100**2 * (1.96**2) * 2 * 0.05 * 0.95 / size / 4
    low, high = interval([hits, hits], [size, size], num_draws=2000)
    assert low == 0
    assert 0.6 * expected < high < 2 * expected


def test_the_order_of_groups_hardly_matters():
    # Other draws, so the ends move by a draw's error.
    there = interval([180, 150, 90], [200, 200, 100], num_draws=2000)
    back = interval([90, 150, 180], [100, 200, 200], num_draws=2000)
    assert there == pytest.approx(back, rel=0.15)


@pytest.mark.parametrize(("rates", "size"), [((0.9, 0.8), 200), ((0.7, 0.5, 0.6), 100), ((0.9, 0.9), 150)])
def test_the_variance_is_held_in_about_95_percent(rates, size):
    # 200 samples: one standard deviation of 95% is 1.5%. Where groups are equal 0 is one end of
    # what a variance can be, and held more often.
    rng, truth = np.random.default_rng(0), np.var(100 * np.array(rates))
    held = []
    for seed in range(200):
        low, high = interval(rng.binomial(size, rates), [size] * len(rates), num_draws=300, seed=seed)
        held.append(low - 1e-9 <= truth <= high)
    assert np.mean(held) >= 0.91
    assert rates[0] == rates[1] or np.mean(held) <= 0.99


def test_the_variance_of_many_equal_groups_is_held():
    # Fourteen groups of 150, all at 95%: the percentile bootstrap never holds their variance of 0.
    rng, found = np.random.default_rng(0), []
    for seed in range(60):
        found.append(interval(rng.binomial(150, 0.95, 14), [150] * 14, num_draws=200, seed=seed)[0] == 0)
    assert np.mean(found) >= 0.88


def test_a_p_value_is_never_zero():
    drawn = np.array([1.0, 2.0, 3.0])
    assert bootstrap.tail_share(drawn, 2.0, is_low_extreme=False) == 3 / 4
    assert bootstrap.tail_share(drawn, 1.0, is_low_extreme=True) == 2 / 4
    assert bootstrap.tail_share(drawn, 4.0, is_low_extreme=False) == 1 / 4
