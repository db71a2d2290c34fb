import numpy as np
import pytest
from hypothesis import given

from facedebias.auditing.statistics import power, ranking
from facedebias.auditing.statistics.between import BetweenGroups, Resampling
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import RATES, SCORE_METRICS, count
from facedebias.auditing.statistics.ranking import ScoredRows
from tests.auditing.tables import counts, drawn_alike, random_rows, tables

DRAWS = Resampling(num_draws=200)


def figures(table, names=DISPARITIES, scores=None, min_group=1, **settings):
    letters = tuple("abcdefgh"[: len(table.tp)])
    return BetweenGroups(letters, table, scores, min_group, DRAWS, **settings).figures(names)


def scored(seed=0, num_groups=4):
    """Counts and score metrics of the same rows."""
    labels, scores, selected, codes = random_rows(seed, num_groups=num_groups)
    rows = ScoredRows(scores, scores, labels, codes)
    measured = ranking.measure(rows, num_groups, DRAWS.num_draws, np.random.default_rng(0))
    return count(labels, selected, codes, num_groups), measured


def test_a_difference_by_hand():
    # Recalls 30/40 = .75, 45/50 = .9 and 8/10 = .8.
    found = figures(counts((30, 10, 2, 40), (45, 5, 2, 40), (8, 2, 2, 40)))["equal_opportunity_difference"]
    assert found.value == pytest.approx(0.15)
    assert (found.highest, found.lowest) == ("b", "a")
    assert found.left_out == ()
    assert found.detectable == power.detectable_gap(83 / 100, np.array([40, 50, 10]), 200)
    assert found.detectable_in == "c"  # of ten
    assert found.chance is None
    assert found.pairs == ()


def test_what_belongs_to_differences_and_what_to_variances():
    found = figures(counts((30, 10, 20, 40), (45, 15, 28, 40)))
    for name, figure in found.items():
        is_single = len(DISPARITIES[name].metrics) == 1
        assert (figure.highest is not None) == is_single, name
        assert (figure.detectable is not None) == (is_single and name.endswith("_difference")), name
        assert (figure.detectable_in is not None) == (figure.detectable is not None), name
        assert (figure.chance is not None) == name.endswith("_variance"), name
    assert found["accuracy_variance"].chance == power.chance_variance(155 / 228, np.array([100, 128]))


def test_the_gap_to_detect_in_errors_is_that_in_their_complement():
    # The group that stands out has more errors, not fewer.
    found = figures(counts((30, 10, 2, 40), (45, 5, 2, 40), (44, 5, 2, 40)))
    recall, miss = found["equal_opportunity_difference"], found["false_negative_rate_difference"]
    # Other draws count the same samples: hits where there were misses.
    assert miss.detectable == pytest.approx(recall.detectable, rel=0.15)


@drawn_alike
@given(tables(max_groups=4))
def test_figures_are_those_of_the_groups_that_have_them(table):
    found = figures(table, [name for name in DISPARITIES if name.startswith(("equal", "predictive"))])
    for name, figure in found.items():
        disparity = DISPARITIES[name]
        values = np.stack([RATES[metric](table) for metric in disparity.metrics])
        kept = np.isfinite(values).all(0)
        assert figure.left_out == tuple(np.array(list("abcdefgh"))[: len(kept)][~kept].tolist())
        if kept.sum() < 2 or np.isnan(disparity.figure(values[:, kept])):
            assert figure.value is None
            assert (figure.interval, figure.p_value, figure.highest) == (None, None, None)
            continue
        assert figure.value == pytest.approx(disparity.figure(values[:, kept]))
        assert figure.interval[0] <= figure.value <= figure.interval[1]
        assert 0 < figure.p_value <= 1


@drawn_alike
@given(tables(min_cell=1, max_groups=4))
def test_another_order_of_groups_changes_names_only(table):
    there = figures(table, ("equal_opportunity_difference", "accuracy_variance"))
    back = figures(table.take(np.arange(len(table.tp))[::-1]), there)
    for name, figure in there.items():
        assert back[name].value == pytest.approx(figure.value)
    difference = there["equal_opportunity_difference"]
    recalls = RATES["true_positive_rate"](table)
    assert recalls["abcdefgh".index(difference.highest)] == recalls.max()
    assert recalls["abcdefgh".index(difference.lowest)] == recalls.min()


def test_a_group_without_positives_is_left_out_where_they_are_needed():
    found = figures(counts((30, 10, 2, 40), (45, 5, 2, 40), (0, 0, 1, 40)))
    assert found["equal_opportunity_difference"].left_out == ("c",)
    assert found["equalized_odds_difference"].left_out == ("c",)
    assert found["equalized_odds_difference"].value == pytest.approx(0.15)
    assert found["accuracy_difference"].left_out == ()


def test_negatives_of_no_group_leave_no_false_positive_rate():
    found = figures(counts((30, 10, 0, 0), (45, 5, 0, 0)))
    assert found["false_positive_rate_difference"].value is None
    assert found["equalized_odds_ratio"].value is None
    assert found["predictive_parity_difference"].value == 0  # nothing selected is wrong


def test_groups_with_too_few_rows_for_a_metric_are_left_out_of_it_alone():
    table = counts((30, 10, 2, 40), (45, 5, 2, 40), (8, 2, 90, 40))
    found = figures(table, min_group=30)
    assert found["equal_opportunity_difference"].left_out == ("c",)
    assert found["equalized_odds_difference"].left_out == ("c",)
    assert found["false_positive_rate_difference"].left_out == ()
    assert found["equal_opportunity_difference"].value == pytest.approx(0.15)
    alone = figures(counts((30, 10, 2, 40), (45, 5, 2, 40)))["equal_opportunity_difference"]
    assert found["equal_opportunity_difference"].interval == alone.interval
    assert figures(table, min_group=45)["equal_opportunity_difference"].value is None


def test_every_two_groups_are_compared_on_rates_that_this_is_asked_of():
    table = counts((30, 10, 2, 40), (45, 5, 2, 40), (8, 2, 2, 40))
    found = figures(table, paired=("true_positive_rate",))
    assert {name for name, figure in found.items() if figure.pairs} == {"equal_opportunity_difference"}
    assert len(found["equal_opportunity_difference"].pairs) == 3
    # Too few positives leave a group out of the pairs as well.
    (pair,) = figures(table, min_group=30, paired=("true_positive_rate",))[
        "equal_opportunity_difference"
    ].pairs
    assert (pair.higher, pair.lower, pair.difference) == ("b", "a", pytest.approx(0.15))
    assert pair.p_value == pair.raw_p_value


def test_a_group_of_few_effective_rows_is_where_a_gap_is_hardest_to_see():
    # Fifty positives of weight 1 and one of 49 are worth 99^2 / (50 + 49^2) = 4.0, fewer than the other 20.
    labels, codes = np.ones(71, bool), np.repeat([0, 1], [51, 20])
    weights = np.ones(71)
    weights[0] = 49
    table = count(labels, np.arange(71) % 3 > 0, codes, 2, weights)
    assert figures(table)["equal_opportunity_difference"].detectable_in == "a"


def test_ratios_of_nothing_are_undefined():
    found = figures(counts((30, 10, 0, 40), (45, 5, 0, 40)))
    assert found["false_positive_rate_difference"].value == 0
    assert found["false_positive_rate_ratio"].value is None


def test_one_group_has_nothing_to_compare_with():
    assert {figure.value for figure in figures(counts((30, 10, 2, 40))).values()} == {None}


def test_figures_do_not_change_from_time_to_time_nor_with_those_asked_beside():
    table = counts((30, 10, 2, 40), (45, 5, 2, 40), (8, 2, 2, 40))
    alone = figures(table, ["accuracy_difference"])
    assert alone["accuracy_difference"] == figures(table)["accuracy_difference"]


@pytest.mark.parametrize("seed", range(6))
def test_figures_of_scores(seed):
    table, scores = scored(seed)
    found = figures(table, scores=scores)
    for metric in SCORE_METRICS:
        values = scores.values[metric]
        for ending, expected in {
            "difference": np.ptp(values),
            "ratio": values.min() / values.max(),
            "variance": np.var(100 * values),
        }.items():
            figure = found[f"{metric}_{ending}"]
            assert figure.value == pytest.approx(expected)
            assert figure.interval[0] <= figure.value <= figure.interval[1]
            assert 0 < figure.p_value <= 1
            may_be_none = figure.interval[1] == 1 if ending == "ratio" else figure.interval[0] == 0
            assert may_be_none == (figure.p_value >= 0.05), (metric, ending, figure)
            assert figure.detectable is None
            assert figure.chance is None


def test_without_scores_there_are_no_figures_of_them():
    found = figures(counts((30, 10, 2, 40), (45, 5, 2, 40)))
    assert not [name for name in found if name.startswith(tuple(SCORE_METRICS))]


def test_equal_scores_have_no_gap():
    codes = np.arange(80) // 40
    rows = ScoredRows(np.full(80, 0.5), np.full(80, 0.5), np.arange(80) % 2 == 0, codes)
    scores = ranking.measure(rows, 2, DRAWS.num_draws, np.random.default_rng(0))
    table = count(rows.labels, rows.scores >= 0.5, codes, 2)
    found = figures(table, ["auc_difference", "mean_score_difference"], scores)
    for figure in found.values():
        assert figure.value == 0
        assert figure.interval[0] == 0
        assert figure.p_value == 0.5  # no other samples are possible: all are equal to these
