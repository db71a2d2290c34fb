import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from facedebias.auditing.statistics import significance
from facedebias.auditing.statistics.metrics import RATES
from tests.auditing.tables import counts, drawn_alike, tables


def permuted(hits, sizes, num_draws=20, seed=0):
    return significance.permute(np.array(hits), np.array(sizes), num_draws, np.random.default_rng(seed))


@drawn_alike
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=6), st.integers(0, 100)
)
def test_permuting_keeps_rows_and_hits(cells, seed):
    hits, sizes = [k for k, _ in cells], [sum(cell) for cell in cells]
    drawn = permuted(hits, sizes, seed=seed)
    assert (drawn.sum(1) == sum(hits)).all()
    assert ((drawn >= 0) & (drawn <= sizes)).all()


def test_permuting_deals_every_order_alike():
    # Three hits among rows of groups of 2, 1 and 2: all 5 x 4 x 3 / 6 = 10 places as often.
    owner = np.array([0, 0, 1, 2, 2])
    expected = {}
    for places in itertools.combinations(range(5), 3):
        hits = tuple(np.bincount(owner[list(places)], minlength=3).tolist())
        expected[hits] = expected.get(hits, 0) + 0.1
    found, times = np.unique(permuted([2, 0, 1], [2, 1, 2], 20_000), axis=0, return_counts=True)
    shares = {tuple(hits.tolist()): time / 20_000 for hits, time in zip(found, times, strict=True)}
    assert shares == pytest.approx(expected, abs=0.015)  # 0.0028 is one standard deviation of 0.2


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


@drawn_alike
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
