import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from facedebias.audit import significance
from facedebias.audit.bootstrap import tail_share
from facedebias.audit.disparities import DISPARITIES
from facedebias.audit.metrics import RATES
from tests.audit.tables import counts, drawn_alike, tables

RECALL, GAP = RATES["true_positive_rate"], DISPARITIES["equal_opportunity_difference"]

TWO_GROUPS_ALIKE = "equal_opportunity_difference", "true_positive_rate_variance"


def p_value(table, num_draws=2000, seed=0, gap=GAP, rate=RECALL):
    permuted = significance.permute(table, rate, num_draws, np.random.default_rng(seed))
    return significance.permutation_p_value(gap, rate(table)[None], permuted[None])


@pytest.mark.parametrize("name", RATES)
@drawn_alike
@given(tables(min_cell=1), st.integers(0, 100))
def test_permuting_keeps_rows_and_hits(name, table, seed):
    rate = RATES[name]
    drawn = significance.permute(table, rate, 20, np.random.default_rng(seed))
    sizes = rate.denominator(table)
    hits = drawn * sizes
    np.testing.assert_allclose(hits, np.round(hits), atol=1e-9)
    np.testing.assert_allclose(hits.sum(1), rate.numerator(table).sum())
    assert np.all((drawn >= 0) & (drawn <= 1))


def test_permuting_deals_every_order_alike():
    # Three hits among rows of groups of 2, 1 and 2: all 5 x 4 x 3 / 6 = 10 places as often.
    table = counts((2, 0, 0, 0), (0, 1, 0, 0), (1, 1, 0, 0))
    owner = np.array([0, 0, 1, 2, 2])
    expected = {}
    for places in itertools.combinations(range(5), 3):
        hits = tuple(np.bincount(owner[list(places)], minlength=3).tolist())
        expected[hits] = expected.get(hits, 0) + 0.1
    drawn = significance.permute(table, RECALL, 20_000, np.random.default_rng(0)) * [2, 1, 2]
    found, times = np.unique(np.round(drawn).astype(int), axis=0, return_counts=True)
    shares = {tuple(hits.tolist()): time / 20_000 for hits, time in zip(found, times, strict=True)}
    assert shares == pytest.approx(expected, abs=0.015)  # 0.0028 is one standard deviation of 0.2


@pytest.mark.parametrize(("first", "second"), [((18, 2), (11, 9)), ((50, 50), (30, 70)), ((9, 1), (9, 1))])
def test_permutation_of_two_equal_groups_equals_fishers_test(first, second):
    # With groups of one size both order tables by the difference of hits.
    table = counts((*first, 0, 0), (*second, 0, 0))
    expected = stats.fisher_exact([first, second]).pvalue
    error = 4 * np.sqrt(expected * (1 - expected) / 20_000) + 1e-4
    assert p_value(table, 20_000) == pytest.approx(expected, abs=error)


def test_permutation_equals_scipy_on_rows():
    table = counts((30, 10, 0, 0), (40, 5, 0, 0), (20, 15, 0, 0))
    answers = np.repeat([1, 0, 1, 0, 1, 0], [30, 10, 40, 5, 20, 15])
    owner = np.repeat([0, 1, 2], [40, 45, 35])

    def gap(rows):
        means = [np.mean(rows[owner == group]) for group in range(3)]
        return max(means) - min(means)

    def permuted(rows, axis):
        return np.apply_along_axis(gap, axis, rows)

    expected = stats.permutation_test(
        (answers,), permuted, permutation_type="pairings", n_resamples=3000, alternative="greater", rng=0
    ).pvalue
    assert p_value(table, 20_000) == pytest.approx(expected, abs=0.01)


def test_equal_groups_are_no_surprise():
    assert p_value(counts((9, 1, 0, 0), (18, 2, 0, 0))) == 1.0


def test_a_p_value_is_never_zero():
    # 100 of 100 against 0 of 100: no permutation comes near; (1 + 0) / (1 + 2000).
    assert p_value(counts((100, 0, 0, 0), (0, 100, 0, 0))) == 1 / 2001
    assert tail_share(np.array([1.0, 2.0, 3.0]), 2.0, is_low_extreme=False) == 3 / 4
    assert tail_share(np.array([1.0, 2.0, 3.0]), 1.0, is_low_extreme=True) == 2 / 4


@drawn_alike
@given(tables(min_cell=1))
def test_p_values_lie_in_0_to_1_and_those_of_two_groups_agree(table):
    assert 0 < p_value(table, 100) <= 1
    # The deviations of two groups are half their difference, so both order tables alike.
    pair = table.take(np.arange(2))
    variance = DISPARITIES["true_positive_rate_variance"]
    assert p_value(pair, 100, gap=variance) == p_value(pair, 100)


def test_variances_tie_as_differences_do():
    # 1 of 3 against 2 of 3: every permutation is as far apart or further.
    for hits in ((1, 2), (100, 200), (7, 14)):
        size = sum(hits)
        table = counts((hits[0], size - hits[0], 0, 0), (hits[1], size - hits[1], 0, 0))
        found = [p_value(table, gap=DISPARITIES[name]) for name in TWO_GROUPS_ALIKE]
        assert found[0] == found[1]


def test_permutation_test_rejects_about_5_percent_where_nothing_is_to_be_found():
    # 400 samples: one standard deviation of 5% is 1.1%; discreteness makes it a little less.
    rng, sizes = np.random.default_rng(0), np.array([80, 120, 200])
    rejected = 0
    for seed in range(400):
        hits = rng.binomial(sizes, 0.7)
        zero = np.zeros(3, int)
        table = counts(*zip(hits, sizes - hits, zero, zero, strict=True))
        rejected += p_value(table, 300, seed) <= 0.05
    assert 0.02 <= rejected / 400 <= 0.08


@drawn_alike
@given(tables(max_groups=4))
def test_each_group_against_the_rest_is_fishers_test(table):
    for name in ("true_positive_rate", "positive_predictive_value"):
        hits, sizes = RATES[name].numerator(table), RATES[name].denominator(table)
        for group, found in enumerate(significance.against_the_rest(table, name)):
            rest = np.arange(len(hits)) != group
            if not sizes[group] or not sizes[rest].sum():
                assert np.isnan(found)
                continue
            own = [hits[group], sizes[group] - hits[group]]
            others = [hits[rest].sum(), sizes[rest].sum() - hits[rest].sum()]
            assert found == pytest.approx(stats.fisher_exact([own, others])[1])


def test_one_group_has_no_rest():
    assert np.isnan(significance.against_the_rest(counts((5, 5, 5, 5)), "accuracy")).all()


def test_holm_by_hand():
    # Ascending .01, .02, .04 times 3, 2, 1: .03, .04, .04; NaN is no test and counts not.
    found = significance.holm(np.array([0.04, np.nan, 0.01, 0.02]))
    np.testing.assert_allclose(found, [0.04, np.nan, 0.03, 0.04])
    assert np.isnan(significance.holm(np.array([np.nan]))).all()


@settings(drawn_alike, max_examples=8)  # statsmodels collects garbage at every call, which takes long
@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=20))
def test_holm_equals_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(significance.holm(np.array(p_values)), expected)


@drawn_alike
@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_equals_statsmodels(only_first, only_second):
    found = significance.mcnemar(only_first, only_second)
    if only_first + only_second:
        expected = mcnemar([[7, only_first], [only_second, 9]], exact=True).pvalue
        assert found == pytest.approx(min(1.0, expected))
    else:
        assert found == 1.0


def test_mcnemar_by_hand():
    # All of five disagreements on one side: 2 / 2^5.
    assert significance.mcnemar(5, 0) == pytest.approx(1 / 16)


def test_as_plain():
    values = {"accuracy": np.array([0.5, np.nan])}
    assert significance.as_plain(values, 0) == {"accuracy": 0.5}
    assert significance.as_plain(values, 1) == {"accuracy": None}
