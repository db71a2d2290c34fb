"""Weighted counts: what each rate rests on, and the intervals and tests that take them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.auditing.statistics import bootstrap, intervals, power, significance
from facedebias.auditing.statistics.gaps.estimates import Shares
from facedebias.auditing.statistics.gaps.gap_test import GapTest
from facedebias.auditing.statistics.metrics import RATES, Counts, count
from tests.auditing.tables import drawn_alike, random_rows, random_weights


@st.composite
def float_tables(draw):
    """Counts as weights give them, cells from 0 to 20, none of the groups empty."""
    cell = st.just(0.0) | st.floats(0.01, 20)
    rows = st.lists(cell, min_size=4, max_size=4).filter(lambda cells: sum(cells) >= 1)
    return Counts.unstack(np.array(draw(st.lists(rows, min_size=2, max_size=4))))


def test_weighted_counts_by_hand():
    # Group 0: weights 1 (found), 1 (found), 1 (missed), 3 (a negative selected) are worth 3 rows;
    # group 1: two rows of weight 5 are worth 2; the last row is in no group.
    labels = np.array([1, 1, 1, 0, 1, 0, 1], bool)
    selected = np.array([1, 1, 0, 1, 1, 0, 1], bool)
    codes = np.array([0, 0, 0, 0, 1, 1, -1])
    found = count(labels, selected, codes, 2, np.array([1.0, 1, 1, 3, 5, 5, 100]))
    assert found.stacked() == pytest.approx(np.array([[1, 0.5, 1.5, 0], [1, 0, 0, 1]]))
    assert found.total == pytest.approx([3, 2])
    assert RATES["accuracy"](found) == pytest.approx([2 / 6, 1])
    assert RATES["positive_predictive_value"](found) == pytest.approx([2 / 5, 1])


@pytest.mark.parametrize("weight", [0.1, 1 / 3, 1.0])
def test_equal_weights_count_as_none(weight):
    labels, _, selected, codes = random_rows(0)
    plain = count(labels, selected, codes, 4)
    weighted = count(labels, selected, codes, 4, np.full(len(labels), weight))
    assert np.array_equal(plain.stacked(), weighted.stacked())
    assert plain.tp.dtype.kind == "i"
    assert weighted.tp.dtype.kind == "f"
    assert plain.squares is None
    for rate in RATES.values():
        np.testing.assert_array_equal(rate.asked(plain), rate.asked(weighted))


def test_rows_that_a_rate_is_asked_of_by_hand():
    # Positives of weights 1, 1, 2 (missed): (1 + 1 + 2)^2 / (1 + 1 + 4) = 16 / 6, of which 2 / 4 are found.
    # Negatives of weights 3 (selected), 3: 2, of which half are. All rows: (4 + 6)^2 / (6 + 18) = 100 / 24.
    labels, selected = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    found = count(labels, selected, np.zeros(5, int), 1, np.array([1.0, 1, 2, 3, 3]))
    expected = {
        "true_positive_rate": (16 / 6, 8 / 6),
        "false_negative_rate": (16 / 6, 8 / 6),
        "false_positive_rate": (2, 1),
        "accuracy": (100 / 24, 100 / 24 * 5 / 10),
        "selection_rate": (100 / 24, 100 / 24 * 5 / 10),
        "positive_predictive_value": (25 / 11, 25 / 11 * 2 / 5),  # weights 1, 1 and 3
    }
    for name, pair in expected.items():
        assert np.ravel(RATES[name].asked(found)) == pytest.approx(pair), name


def asked_of(name, labels, selected):
    whom = {"true_positive_rate": labels, "false_negative_rate": labels, "false_positive_rate": ~labels}
    return whom.get(name, selected if name == "positive_predictive_value" else np.ones(len(labels), bool))


@pytest.mark.parametrize("seed", range(5))
def test_every_rate_rests_on_kishs_effective_size_of_its_own_rows(seed):
    labels, _, selected, codes = random_rows(seed)
    own = random_weights(seed, len(labels))
    table = count(labels, selected, codes, 4, own)
    right = {
        "accuracy": selected == labels,
        "false_negative_rate": ~selected,
        "positive_predictive_value": labels,
    }
    for name, rate in RATES.items():
        sizes, hits = rate.asked(table)
        for group in range(4):
            rows = asked_of(name, labels, selected) & (codes == group)
            worth = own[rows].sum() ** 2 / (own[rows] ** 2).sum()
            share = np.average(right.get(name, selected)[rows], weights=own[rows])
            assert (sizes[group], hits[group]) == pytest.approx((worth, worth * share)), name


def test_nothing_asked_is_worth_nothing():
    table = count(np.zeros(3, bool), np.zeros(3, bool), np.zeros(3, int), 1, np.array([1.0, 2, 3]))
    for name in ("true_positive_rate", "positive_predictive_value"):
        assert np.ravel(RATES[name].asked(table)).tolist() == [0, 0]


@pytest.mark.parametrize(("rate", "spread"), [(0.9, 1.0), (0.7, 1.5)])
def test_intervals_of_recall_hold_it_where_only_positives_have_spread_weights(rate, spread):
    # 200 positives with log-normal weights, 800 negatives of weight 1: the effective size of all rows is
    # that of the negatives, and an interval by it would hold the truth in 84% of samples or fewer.
    # 400 samples: one standard deviation of 95% is 1.1%.
    rng, held, narrow = np.random.default_rng(0), [], []
    labels, codes = np.arange(1000) < 200, np.zeros(1000, int)
    for _ in range(400):
        own = np.where(labels, rng.lognormal(0, spread, 1000), 1.0)
        selected = np.where(labels, rng.random(1000) < rate, False)
        table = count(labels, selected, codes, 1, own)
        sizes, hits = RATES["true_positive_rate"].asked(table)
        (low,), (high,) = intervals.wilson(hits, sizes)
        held.append(low <= rate <= high)
        (low,), (high,) = intervals.wilson(table.tp, table.tp + table.fn)
        narrow.append(low <= rate <= high)
    assert 0.91 <= np.mean(held) <= 0.99
    assert np.mean(narrow) < 0.9


@drawn_alike
@given(float_tables())
def test_everything_that_takes_counts_takes_weighted_ones(table):
    for rate in RATES.values():
        values, (sizes, hits) = rate(table), rate.asked(table)
        asked = sizes > 0
        low, high = intervals.wilson(hits[asked], sizes[asked])
        assert (low <= values[asked]).all()
        assert (values[asked] <= high).all()
        if not asked.any():
            continue
        for ends, figure in (
            (intervals.mean_of_groups(hits[asked], sizes[asked]), values[asked].mean()),
            (intervals.lowest(hits[asked], sizes[asked]), values[asked].min()),
            (intervals.highest(hits[asked], sizes[asked]), values[asked].max()),
        ):
            assert -1e-12 <= ends[0] <= figure + 1e-12 <= ends[1] + 2e-12
        errors, centres = bootstrap.resample(hits[asked], sizes[asked], 20, np.random.default_rng(0))
        assert ((errors + centres >= -1e-9) & (errors + centres <= 1 + 1e-9)).all()
        against = significance.against_the_rest(table, rate.name)
        assert (np.isnan(against) | ((against >= 0) & (against <= 1))).all()
        if asked.sum() > 1:
            assert power.chance_variance(0.5, sizes[asked]) > 0
            gap = power.detectable_gap(0.5, sizes[asked])
            assert gap is None or 0 <= gap <= 1
            test = GapTest([Shares(hits[asked], sizes[asked])], 50, 0)
            p_value = test.p_of_no_gap()
            assert 0 < p_value <= 1
            assert 0 <= test.interval(p_value)[0] <= test.interval(p_value)[1] <= 1
    assert intervals.auc(0.5, 0.3, 2.5)[0] < 0.5 < intervals.auc(0.5, 0.3, 2.5)[1]


def test_effective_rows_widen_the_interval():
    # 100 rows, half of weight 1 and half of 3: worth 200^2 / (50 x 1 + 50 x 9) = 80; half are found.
    labels, codes = np.ones(100, bool), np.zeros(100, int)
    table = count(labels, np.arange(100) % 4 < 2, codes, 1, np.where(np.arange(100) % 2, 3.0, 1.0))
    assert table.total == pytest.approx([80])
    found, expected = intervals.wilson(table.tp, table.total), intervals.wilson([40], [80])
    np.testing.assert_allclose(found, expected)
