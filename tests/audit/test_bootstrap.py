import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from facedebias.audit import bootstrap
from facedebias.audit.disparities import DISPARITIES
from facedebias.audit.metrics import RATES, Counts
from tests.audit.tables import counts, drawn_alike, tables

GAP = DISPARITIES["equal_opportunity_difference"]


def interval(table, disparity=GAP, num_draws=500, seed=0):
    """That of a figure of rates, as between.py asks for it."""
    source, drawn = bootstrap.resample(table, num_draws, np.random.default_rng(seed))
    rates = [RATES[name] for name in disparity.metrics]
    errors, centres = zip(*(bootstrap.residuals(rate.name, source, drawn) for rate in rates), strict=True)
    values, sizes = (
        [part(rate) for rate in rates] for part in (lambda r: r(table), lambda r: r.denominator(table))
    )
    return bootstrap.interval(
        disparity, np.stack(values), np.stack(errors), np.stack(centres), np.stack(sizes)
    )


def positives(hits, sizes):
    """Counts of groups that have positives only."""
    zero = np.zeros(len(hits), int)
    return Counts(np.array(hits), np.array(sizes) - hits, zero, zero)


def test_smoothed_shares_by_hand():
    # 5 of 5 positives: 5.5 / 6 and 0.5 / 6 of five rows; 0 of 3 negatives: 0.5 / 4 and 3.5 / 4 of three.
    shares = bootstrap.smooth(counts((5, 0, 0, 3))).stacked()[0]
    assert shares == pytest.approx([5 * 5.5 / 6 / 8, 5 * 0.5 / 6 / 8, 3 * 0.5 / 4 / 8, 3 * 3.5 / 4 / 8])
    assert bootstrap.smooth(counts((5, 0, 0, 0))).stacked()[0, 2:].tolist() == [0, 0]
    assert bootstrap.smooth(counts((0, 0, 0, 0))).stacked().tolist() == [[0, 0, 0, 0]]


@drawn_alike
@given(tables(), st.integers(0, 100))
def test_resampled_tables_have_as_many_rows_and_none_where_none_could_be(table, seed):
    shares, drawn = bootstrap.resample(table, 20, np.random.default_rng(seed))
    assert drawn.stacked().shape == (20, len(table.tp), 4)
    np.testing.assert_array_equal(drawn.total, np.tile(table.total, (20, 1)))
    empty = table.tp + table.fn == 0
    assert not drawn.tp[:, empty].any()
    assert not drawn.fn[:, empty].any()
    np.testing.assert_allclose(shares.total, 1)


def test_resampled_tables_have_the_mean_and_spread_of_binomials():
    # 30 of 40 positives, p = 30.5 / 41; a mean of 4,000 draws is off by less than 4 of its errors.
    table, p = counts((30, 10, 0, 0)), 30.5 / 41
    source, drawn = bootstrap.resample(table, 4000, np.random.default_rng(0))
    errors, centres = bootstrap.residuals("true_positive_rate", source, drawn)
    deviation = np.sqrt(p * (1 - p) / 40)
    assert centres == pytest.approx([p])
    assert errors.mean() == pytest.approx(0, abs=4 * deviation / np.sqrt(4000))
    assert errors.std() == pytest.approx(deviation, rel=0.05)


@pytest.mark.parametrize(
    ("hits", "sizes"), [((180, 150), (200, 200)), ((90, 240), (100, 400)), ((400, 500), (1000, 1000))]
)
def test_gap_of_two_groups_is_near_newcombes_interval(hits, sizes):
    # Both gaps are clear of 0, where a difference with a sign and one without are the same.
    low, high = interval(positives(hits, sizes), num_draws=4000)
    ends = confint_proportions_2indep(hits[0], sizes[0], hits[1], sizes[1], method="newcomb", compare="diff")
    expected = sorted(abs(end) for end in ends)
    assert (low, high) == pytest.approx(expected, abs=0.15 * (expected[1] - expected[0]))


@pytest.mark.parametrize("name", [name for name, d in DISPARITIES.items() if d.metrics[0] in RATES])
def test_intervals_hold_the_figure_and_stay_in_range(name):
    disparity, rng = DISPARITIES[name], np.random.default_rng(0)
    for index in range(6):
        high = (3, 20, 200)[index % 3]
        table = Counts.unstack(rng.integers(1, high, (2 + index // 2, 4)))
        values = np.stack([RATES[metric](table) for metric in disparity.metrics])
        low, high = interval(table, disparity, num_draws=100, seed=index)
        assert low <= disparity.figure(values) <= high
        assert high - low > 1e-3
        assert low >= 0
        assert high <= 1 or not disparity.is_ratio


def test_groups_all_right_are_no_certainty():
    low, high = interval(positives([5, 5, 5, 5], [5, 5, 5, 5]))
    assert low == 0
    assert high > 0.1
    low, high = interval(positives([5, 5], [5, 5]), DISPARITIES["equal_opportunity_ratio"])
    assert low < 0.95
    assert high == 1


@pytest.mark.parametrize("size", [42, 400, 10_000])
def test_groups_alike_by_luck_are_no_certainty(size):
    # One in 20 in both: the difference of two such shares has the standard error
    # sqrt(2 x .05 x .95 / n), and its own interval, Newcombe's, reaches about 2 of them.
    hits = size // 20
    expected = confint_proportions_2indep(hits, size, hits, size, method="newcomb", compare="diff")[1]
    low, high = interval(positives([hits, hits], [size, size]), num_draws=2000)
    assert low == 0
    assert 0.7 * expected < high < 1.4 * expected
    low, high = interval(positives([hits] * 6, [size] * 6), num_draws=2000)
    assert high > 0.7 * expected


def test_the_order_of_groups_hardly_matters():
    # Other draws, so the ends move by a draw's error.
    there = interval(positives([180, 150, 90], [200, 200, 100]), num_draws=2000)
    back = interval(positives([90, 150, 180], [100, 200, 200]), num_draws=2000)
    assert there == pytest.approx(back, abs=0.012)


@pytest.mark.parametrize(("rates", "size"), [((0.9, 0.8), 200), ((0.7, 0.5), 100), ((0.9, 0.9), 150)])
def test_the_gap_of_two_groups_is_held_in_about_95_percent(rates, size):
    # 200 samples: one standard deviation of 95% is 1.5%. Where groups are equal 0 is one end of
    # what a gap can be, and held more often.
    rng = np.random.default_rng(0)
    held = []
    for seed in range(200):
        low, high = interval(positives(rng.binomial(size, rates), [size] * 2), num_draws=300, seed=seed)
        held.append(low - 1e-9 <= rates[0] - rates[1] <= high)
    assert np.mean(held) >= 0.91
    assert rates[0] == rates[1] or np.mean(held) <= 0.99


def test_the_gap_of_many_equal_groups_is_held():
    # Fourteen groups of 150, all at 95%: the percentile bootstrap never holds their gap of 0.
    rng, found = np.random.default_rng(0), []
    for seed in range(60):
        hits = rng.binomial(150, 0.95, 14)
        found.append(interval(positives(hits, [150] * 14), num_draws=200, seed=seed)[0] == 0)
    assert np.mean(found) >= 0.88


def test_centred_p_value_by_hand():
    # Two groups .1 apart; with the errors the gaps around their mean are 0, .2, .1 and .05, of
    # which two are as large: (1 + 2) / (1 + 4).
    errors = np.array([[[0, 0], [0.1, -0.1], [0.1, 0], [0, 0.05]]])
    disparity = DISPARITIES["auc_difference"]
    assert bootstrap.p_value(disparity, np.array([[0.8, 0.7]]), errors) == 3 / 5
    assert bootstrap.p_value(disparity, np.array([[0.8, 0.8]]), errors) == 1.0
