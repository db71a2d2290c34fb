import numpy as np
import pytest
from fairlearn.metrics import MetricFrame
from scipy.stats import fisher_exact
from sklearn.metrics import accuracy_score, recall_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from facedebias.auditing.inputs.groups import LEFT_OUT, SHARED, Groups, divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.measuring import TESTED, Options, measure
from facedebias.auditing.statistics import intervals
from facedebias.auditing.statistics.between import Resampling
from facedebias.auditing.statistics.metrics import METRICS, RATES
from facedebias.data.face_columns import Attribute
from facedebias.scoring.model_scores import as_scores
from tests.auditing.tables import random_rows

OPTIONS = Options(min_group=30, resampling=Resampling(num_draws=200))
ALL_GROUPS = Options(min_group=1, resampling=Resampling(num_draws=200))


def audited(labels, scores, codes, names, options=OPTIONS, threshold=0.5, is_shared=None, kind="probability"):
    """Result of a model on rows of groups."""
    labels, codes = np.asarray(labels, bool), np.asarray(codes, np.int8)
    shared = np.zeros(len(labels), bool) if is_shared is None else np.asarray(is_shared, bool)
    sample = Sample(labels, {"g": Attribute(codes, tuple(names))}, shared, "d", "d", str)
    groups = divide(sample, ("g",))
    model = as_scores("cnn", "runs/cnn", np.asarray(scores, float), kind, str)
    return measure(model, sample, (groups,), np.full(len(groups.names), threshold), options)


@pytest.fixture(scope="module")
def rows():
    return random_rows(0)


@pytest.fixture(scope="module")
def result(rows):
    labels, scores, _, codes = rows
    return audited(labels, scores, codes, "abcd")


def test_group_values_equal_fairlearn(rows, result):
    labels, _, selected, codes = rows
    features = np.array(list("abcd"))[codes]
    frame = MetricFrame(
        metrics={"true_positive_rate": recall_score, "accuracy": accuracy_score},
        y_true=labels,
        y_pred=selected,
        sensitive_features=features,
    )
    for name in ("true_positive_rate", "accuracy"):
        values = {group.name: group.metrics[name].value for group in result.groups}
        assert values == pytest.approx(frame.by_group[name].to_dict())
        assert result.overall[name].value == pytest.approx(frame.overall[name])
        assert result.main.worst[name].value == pytest.approx(frame.group_min()[name])
        assert result.main.worst[name].name == frame.by_group[name].idxmin()
        assert result.main.means[name].value == pytest.approx(frame.by_group[name].mean())
    assert result.main.differences["equal_opportunity_difference"].value == pytest.approx(
        frame.difference()["true_positive_rate"]
    )


def test_groups_have_their_counts_and_wilsons_intervals(rows, result):
    labels, _, selected, codes = rows
    for code, group in enumerate(result.groups):
        mask = codes == code
        assert group.num_rows == mask.sum()
        assert group.num_positives == labels[mask].sum()
        assert group.num_found == (labels & selected)[mask].sum()
        expected = proportion_confint(group.num_found, group.num_positives, method="wilson")
        assert group.metrics["true_positive_rate"].interval == pytest.approx(expected)
        assert list(group.metrics) == list(METRICS)
    assert (result.num_rows, result.num_negatives) == (400, int(np.sum(~labels)))


def test_groups_are_tested_against_the_rest_with_holms_correction(rows, result):
    labels, _, selected, codes = rows
    raw = []
    for code in range(4):
        own, rest = (selected[labels & part] for part in (codes == code, codes != code))
        table = [[own.sum(), (~own).sum()], [rest.sum(), (~rest).sum()]]
        raw.append(fisher_exact(table)[1])
    assert [g.raw_p_values["true_positive_rate"] for g in result.groups] == pytest.approx(raw)
    corrected = multipletests(raw, method="holm")[1]
    assert [g.p_values["true_positive_rate"] for g in result.groups] == pytest.approx(corrected)
    assert set(result.groups[0].p_values) == set(TESTED)


def test_the_worst_group_by_errors_is_the_one_with_most(rows, result):
    labels, _, selected, codes = rows
    rates = [selected[~labels & (codes == code)] for code in range(4)]
    worst = result.main.worst["false_positive_rate"]
    assert worst.value == max(np.mean(rate) for rate in rates)
    hits, sizes = ([part(rate) for rate in rates] for part in (np.sum, len))
    assert worst.interval == intervals.highest(np.array(hits), np.array(sizes))
    assert {"selection_rate", "mean_score"}.isdisjoint(result.main.worst)  # neither end is worse


def test_results_do_not_change_from_time_to_time(rows, result):
    labels, scores, _, codes = rows
    assert audited(labels, scores, codes, "abcd") == result


def test_small_groups_are_shown_and_marked_and_left_out_of_the_worst():
    # The third group has 5 positives, all missed.
    codes = np.repeat([0, 1, 2], [40, 40, 5])
    labels = np.ones(85, bool)
    scores = np.where(codes == 2, 0.1, 0.9)
    scores[:4] = 0.1  # the first group's recall is 36 / 40
    found = audited(labels, scores, codes, "abc")
    small = [
        {"true_positive_rate", "accuracy", "mean_score"} <= set(group.small_for) for group in found.groups
    ]
    assert small == [False, False, True]
    assert found.groups[2].metrics["true_positive_rate"].value == 0
    assert found.main.compared["true_positive_rate"] == ("a", "b")
    assert found.main.small["true_positive_rate"] == {"c": 5}
    assert (found.main.worst["accuracy"].name, found.main.worst["accuracy"].value) == ("a", 0.9)
    assert found.main.differences["equal_opportunity_difference"].value == pytest.approx(0.1)
    assert found.main.means["true_positive_rate"].value == pytest.approx((0.9 + 1 + 0) / 3)
    (note,) = found.main.notes
    assert (
        note.startswith("fewer than 30, so left out") and "c (5 rows, 5 positives, 0 selected rows)" in note
    )


def test_if_all_groups_are_small_none_are_compared():
    found = audited([1, 1, 1, 0], [0.9, 0.1, 0.9, 0.1], [0, 0, 1, 1], "ab")
    assert set(found.main.compared.values()) == {()}
    assert found.main.worst == {}
    assert {figure.value for figure in found.main.differences.values()} == {None}
    assert found.groups[0].metrics["true_positive_rate"].value == 0.5
    assert found.main.notes[0].startswith("not compared between groups, as fewer than two have 30 rows")
    # Asked for, they are.
    found = audited([1, 1, 1, 0], [0.9, 0.1, 0.9, 0.1], [0, 0, 1, 1], "ab", ALL_GROUPS)
    assert found.main.differences["equal_opportunity_difference"].value == 0.5


def test_negatives_of_no_group_are_shared():
    # Two positives in each group; the two negatives score .2 and .6 and belong to none.
    labels, scores = [1, 1, 1, 1, 0, 0], [0.9, 0.4, 0.7, 0.8, 0.2, 0.6]
    found = audited(labels, scores, [0, 0, 1, 1, -1, -1], "ab", is_shared=[0, 0, 0, 0, 1, 1])
    assert found.overall["false_positive_rate"].value == 0.5
    assert [group.metrics["false_positive_rate"] for group in found.groups] == [None, None]
    # .9 beats both, .4 one of two; .7 and .8 beat both.
    assert [group.metrics["auc"].value for group in found.groups] == [0.75, 1.0]
    assert [group.num_rows for group in found.groups] == [2, 2]
    assert found.main.differences["false_positive_rate_difference"].value is None
    assert "false_positive_rate" not in found.main.worst
    assert "false_positive_rate" not in found.main.means
    assert found.num_rows == 6


def test_rows_of_unknown_group_count_nowhere():
    found = audited([1, 1, 0, 1], [0.9, 0.1, 0.1, 0.1], [0, 0, 1, -1], "ab")
    assert found.num_rows == 3
    assert found.overall["true_positive_rate"].value == 0.5
    assert LEFT_OUT != SHARED


def test_a_row_on_the_threshold_is_selected():
    found = audited([1, 1], [0.5, 0.4999], [0, 0], "a")
    assert found.overall["true_positive_rate"].value == 0.5


def test_one_row_in_one_group():
    found = audited([1], [0.9], [0], "a")
    assert found.groups[0].metrics["accuracy"].value == 1
    assert found.groups[0].metrics["false_positive_rate"] is None
    assert found.groups[0].metrics["auc"] is None
    assert found.main.differences == {}
    assert set(found.groups[0].p_values.values()) == {None}


def test_every_threshold_of_a_group_is_its_own():
    labels, scores = np.ones(4, bool), np.array([0.3, 0.6, 0.3, 0.6])
    sample = Sample(labels, {}, ~labels, "d", "d", str)
    groups = Groups(("g",), ("a", "b"), np.array([0, 0, 1, 1]))
    model = as_scores("cnn", "runs/cnn", scores, "probability", str)
    found = measure(model, sample, (groups,), np.array([0.5, 0.2]), OPTIONS)
    assert [group.metrics["true_positive_rate"].value for group in found.groups] == [0.5, 1.0]
    assert found.overall["true_positive_rate"].value == 0.75


def test_all_score_the_same():
    found = audited([1, 0] * 40, np.full(80, 0.5), np.repeat([0, 1], 40), "ab")
    assert [group.metrics["auc"].value for group in found.groups] == [0.5, 0.5]
    assert {name: found.groups[0].metrics[name].value for name in RATES} == {
        "selection_rate": 1,
        "accuracy": 0.5,
        "true_positive_rate": 1,
        "false_positive_rate": 1,
        "false_negative_rate": 0,
        "positive_predictive_value": 0.5,
    }
    accuracy = found.main.differences["accuracy_difference"]
    assert (accuracy.value, accuracy.interval[0]) == (0, 0)
    assert accuracy.p_value > 0.5
