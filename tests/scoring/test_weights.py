"""Weights of rows: effective sizes, weighted counts, and thresholds at weighted rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.auditing.statistics import bootstrap, intervals, power, ranking, significance
from facedebias.auditing.statistics.gaps.estimates import Shares
from facedebias.auditing.statistics.gaps.gap_test import GapTest
from facedebias.auditing.statistics.metrics import RATES, Counts, count
from facedebias.auditing.statistics.ranking import ScoredRows
from facedebias.auditing.thresholds import operating_points
from facedebias.errors import InputError
from facedebias.scoring import weights
from facedebias.scoring.cutoffs import check_enough, threshold_at_fpr, threshold_at_tpr
from facedebias.scoring.threshold_rule import FPR, TPR, Rule
from tests.auditing.tables import drawn_alike, random_rows
from tests.auditing.thresholds.test_operating_points import make, score


def random_weights(seed, size):
    return np.random.default_rng(seed).lognormal(0.0, 0.8, size)


@st.composite
def float_tables(draw):
    """Counts as weights give them, cells from 0 to 20, none of the groups empty."""
    cell = st.just(0.0) | st.floats(0.01, 20)
    rows = st.lists(cell, min_size=4, max_size=4).filter(lambda cells: sum(cells) >= 1)
    return Counts.unstack(np.array(draw(st.lists(rows, min_size=2, max_size=4))))


# Effective sizes


def test_four_rows_are_worth_three():
    # (1 + 1 + 1 + 3)^2 / (1 + 1 + 1 + 9) = 36 / 12 = 3; each weight times 3 / 6.
    found = weights.effective(np.array([1.0, 1, 1, 3]), np.zeros(4, int), 1)
    assert found == pytest.approx([0.5, 0.5, 0.5, 1.5])
    assert weights.effective_size(np.array([9.0, 1, 1, 1, 3]), np.arange(5) > 0) == pytest.approx(3)
    assert weights.effective_size(None, np.arange(5) > 0) == 4
    assert weights.effective_size(np.ones(3), np.zeros(3, bool)) == 0


@pytest.mark.parametrize("weight", [0.1, 1 / 3, 1.0, 7e9])
def test_equal_weights_are_exactly_one_row_each(weight):
    # Each group has its own weight; sums of 0.1 would be off in the last bit.
    codes = np.array([0] * 7 + [2] * 13)
    own = np.where(codes == 0, weight, 3 * weight)
    assert (weights.effective(own, codes, 3) == 1).all()
    assert weights.relative(own[:7]) is None
    assert weights.relative(None) is None
    assert weights.relative(own).max() == 1


@drawn_alike
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50), st.floats(0.1, 10))
def test_only_ratios_matter_and_no_row_is_worth_more_than_itself(values, factor):
    values, codes = np.array(values), np.zeros(len(values), int)
    found = weights.effective(values, codes, 1)
    assert found == pytest.approx(weights.effective(values * factor, codes, 1))
    assert 1 - 1e-9 <= found.sum() <= len(values) + 1e-9
    assert found.sum() == pytest.approx(values.sum() ** 2 / (values**2).sum())


# Counts


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


# Scores


def test_weighted_score_metrics_by_hand():
    # Positives .9 (weight 1) and .3 (3) against .2 (1) and .5 (1): pairs in order weigh 2 + 3 of 8.
    rows = ScoredRows(*[np.array([0.9, 0.3, 0.2, 0.5])] * 2, np.arange(4) < 2, np.zeros(4, int))
    rows = ScoredRows(rows.scores, rows.probabilities, rows.labels, rows.codes, np.array([1.0, 3, 1, 1]))
    found = ranking.by_group(rows, 1)
    assert found["auc"] == pytest.approx([5 / 8])
    assert found["mean_score"] == pytest.approx([(0.9 + 0.9 + 0.2 + 0.5) / 6])
    # Each row has a bin of its own: |y - p| weighted.
    assert found["expected_calibration_error"] == pytest.approx([(0.1 + 3 * 0.7 + 0.2 + 0.5) / 6])


def test_the_interval_of_an_area_takes_the_effective_rows_of_each_label():
    labels, scores, _, _ = random_rows(0, num_rows=200)
    own = np.where(labels, random_weights(0, 200), 4.0)
    rows = ScoredRows(scores, scores, labels, np.zeros(200, int), own)
    (found,) = ranking.measure(rows, 1, 100, np.random.default_rng(0)).estimates["auc"]
    positives = own[labels].sum() ** 2 / (own[labels] ** 2).sum()
    assert found.interval == pytest.approx(intervals.auc(found.value, positives, np.sum(~labels)))


def test_resampled_errors_of_weighted_rows_have_the_spread_of_resampled_rows():
    # Weights that know nothing of scores, for which the effective sample size is exact on average.
    labels, scores, _, _ = random_rows(3, num_rows=400)
    own = random_weights(1, 400)
    rows = ScoredRows(scores, scores, labels, np.zeros(400, int), own)
    drawn = ranking.resampled_errors(rows, 1, 2000, np.random.default_rng(0))
    rng, means, areas = np.random.default_rng(1), [], []
    for _ in range(400):
        again = rng.integers(0, 400, 400)
        means.append(np.average(scores[again], weights=own[again]))
        areas.append(ranking.auc(labels[again], scores[again], own[again]))
    # A standard deviation of 400 draws is off by 3.5%, and the weights of one sample by more.
    assert drawn["mean_score"].std() == pytest.approx(np.std(means), rel=0.15)
    assert drawn["auc"].std() == pytest.approx(np.std(areas), rel=0.2)


# Thresholds


def test_a_heavy_negative_may_not_pass():
    # In falling order weights 1, 1, 4, 2: up to a quarter of 8 the two best may pass, not the third.
    scores, own = np.array([4.0, 3, 2, 1]), np.array([1.0, 1, 4, 2])
    assert threshold_at_fpr(scores, 0.25, own) == np.nextafter(2.0, np.inf)
    assert threshold_at_fpr(scores, 0.2, own) == np.nextafter(3.0, np.inf)
    assert threshold_at_fpr(scores, 0.1, own) == np.nextafter(4.0, np.inf)
    assert threshold_at_fpr(scores, 0.75, own) == np.nextafter(1.0, np.inf)
    assert threshold_at_fpr(scores, 0.99, own) == np.nextafter(1.0, np.inf)


def test_enough_weight_of_positives_must_pass():
    # Weights 1, 1, 4, 2 in falling order: 2/8 from the second on, 6/8 from the third.
    scores, own = np.array([4.0, 3, 2, 1]), np.array([1.0, 1, 4, 2])
    found = [threshold_at_tpr(scores, tpr, own) for tpr in (0.1, 0.25, 0.26, 0.75, 0.76, 1.0)]
    assert found == [4, 3, 2, 2, 1, 1]


@drawn_alike
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.floats(0.1, 10)), min_size=2, max_size=60),
    st.floats(0.01, 0.99),
)
def test_thresholds_are_the_last_that_keep_the_weighted_rate(pairs, rate):
    scores, own = np.array(pairs, float).T

    def passing(threshold):
        return np.average(scores >= threshold, weights=own)

    found = threshold_at_fpr(scores, rate, own)
    assert passing(found) <= rate + 1e-8
    assert passing(np.nextafter(found, -np.inf)) > rate
    found = threshold_at_tpr(scores, rate, own)
    assert passing(found) >= rate - 1e-8
    assert passing(np.nextafter(found, np.inf)) < rate


@pytest.mark.parametrize("rate", [0.01, 0.29, 0.57, 0.1, 0.333])
@pytest.mark.parametrize("scale", [1.0, 0.1, 1 / 3, 1 / 7])
def test_thresholds_of_whole_weights_are_those_of_repeated_rows(rate, scale):
    rng = np.random.default_rng(0)
    scores, times = np.round(rng.normal(size=60), 1), rng.integers(1, 5, 60)
    repeated, own = np.repeat(scores, times), times * scale
    assert threshold_at_fpr(scores, rate, own) == threshold_at_fpr(repeated, rate)
    assert threshold_at_tpr(scores, rate, own) == threshold_at_tpr(repeated, rate)
    for set_at in (threshold_at_fpr, threshold_at_tpr):
        assert set_at(scores, rate, np.full(60, scale)) == set_at(scores, rate)


def test_few_effective_negatives_are_refused():
    check_enough(200, 0.01, "a.csv", False, 100.0)
    check_enough(200, 0.01, "a.csv", False, 100 - 1e-12)
    with pytest.raises(
        InputError,
        match=r"a.csv: 200 negatives count as 60 by their weights, which are too few for --fpr=0.01; .* 100",
    ):
        check_enough(200, 0.01, "a.csv", False, 60.7)


@pytest.mark.parametrize("per_group", [False, True])
@pytest.mark.parametrize("kind", [FPR, TPR])
def test_groups_meet_the_weighted_rate(kind, per_group):
    rng = np.random.default_rng(0)
    sample, groups = make(rng.random(400) < 0.4, rng.integers(0, 2, 400))
    scores, own, rule = score(rng.random(400)), random_weights(0, 400), Rule(kind, (0.2,), per_group)
    found = operating_points.find(rule, 0, scores, sample.labels, groups, own)
    selected = operating_points.decide(scores.scores, found, groups)
    asked = sample.labels if kind == TPR else ~sample.labels
    parts = [asked & (groups.codes == group) for group in (0, 1)] if per_group else [asked]
    for part in parts:
        # One row weighs at most a few percent of all.
        assert np.average(selected[part], weights=own[part]) == pytest.approx(0.2, abs=0.09)
        rate = np.average(selected[part], weights=own[part])
        assert rate >= 0.2 if kind == TPR else rate <= 0.2
