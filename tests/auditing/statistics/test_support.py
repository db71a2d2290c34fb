"""Which groups have too few rows for which metric, and what is said of them."""

import numpy as np
import pytest

from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.measuring import Options, figures_of
from facedebias.auditing.statistics import ranking, support
from facedebias.auditing.statistics.between import Resampling
from facedebias.auditing.statistics.metrics import METRICS, RATES, count
from facedebias.auditing.statistics.ranking import ScoredRows
from tests.auditing.tables import counts, random_rows

# 94 rows and one positive in the third group; 100 rows, 12 of them selected, in the second.
TABLE = counts((40, 10, 5, 45), (10, 40, 2, 48), (0, 1, 40, 53))
KINDS = (
    "Positives count for recall, negatives for the false positive rate, selected rows for precision, all rows"
)


def division(
    table, min_group=30, names="abc", disparities=("equal_opportunity_difference", "accuracy_difference")
):
    groups = Groups(("race",), tuple(names), np.array([], int))
    return figures_of(table, groups, Options(min_group, Resampling(200)), disparities)


def test_every_metric_rests_on_what_its_denominator_counts():
    found = support.sizes(TABLE, None)
    assert {name: size.tolist() for name, size in found.items()} == {
        "selection_rate": [100, 100, 94],
        "accuracy": [100, 100, 94],
        "true_positive_rate": [50, 50, 1],
        "false_positive_rate": [50, 50, 93],
        "false_negative_rate": [50, 50, 1],
        "positive_predictive_value": [45, 12, 40],
    }
    assert set(support.COUNTED) <= set(METRICS)


def test_score_metrics_rest_on_rows_and_areas_on_the_fewer_label():
    labels, scores, _, codes = random_rows(0, num_groups=2)
    labels[codes == 1] = np.arange(np.sum(codes == 1)) < 7
    rows = ScoredRows(scores, scores, labels, codes)
    found = ranking.measure(rows, 2, 50, np.random.default_rng(0)).sizes
    sizes = np.bincount(codes)
    fewer = min(np.sum(labels & (codes == 0)), np.sum(~labels & (codes == 0)))
    assert found["auc"].tolist() == [fewer, 7]
    assert found["mean_score"].tolist() == found["expected_calibration_error"].tolist() == sizes.tolist()


def test_small_groups_by_metric():
    found = support.small_groups(tuple("abc"), support.sizes(TABLE, None), 30)
    assert {metric: few for metric, few in found.items() if few} == {
        "true_positive_rate": {"c": 1},
        "false_negative_rate": {"c": 1},
        "positive_predictive_value": {"b": 12},
    }
    assert set(found) == set(RATES)


def test_one_positive_among_94_rows_decides_nothing_about_recall_but_counts_for_accuracy():
    found = division(TABLE)
    recall, accuracy = (found.differences[f"{name}_difference"] for name in ("equal_opportunity", "accuracy"))
    assert recall.value == pytest.approx(0.8 - 0.2)  # not 0.8 - 0
    assert (recall.left_out, recall.highest, recall.lowest) == (("c",), "a", "b")
    assert accuracy.left_out == ()
    assert accuracy.lowest == "c"
    assert found.compared["true_positive_rate"] == ("a", "b")
    assert found.compared["accuracy"] == ("a", "b", "c")
    assert found.worst["true_positive_rate"].name == "b"
    assert found.worst["accuracy"].name == "c"
    assert found.groups[2].small_for == ("true_positive_rate", "false_negative_rate")
    assert found.groups[1].small_for == ("positive_predictive_value",)
    assert found.groups[2].metrics["true_positive_rate"].value == 0  # shown all the same


def test_the_note_names_groups_and_what_they_have_too_few_of():
    assert division(TABLE).notes == (
        "fewer than 30, so left out of the worst group and of figures between groups: "
        f"c (1 positive), b (12 selected rows). {KINDS} for the rest.",
    )


def test_one_group_large_enough_has_nobody_to_be_compared_with():
    found = division(TABLE, min_group=50)
    assert found.differences["equal_opportunity_difference"].value == pytest.approx(0.6)
    assert found.compared["positive_predictive_value"] == ()
    found = division(TABLE, min_group=95)
    assert found.differences["accuracy_difference"].value == pytest.approx(0.85 - 0.58)
    assert found.differences["equal_opportunity_difference"].value is None
    assert found.differences["equal_opportunity_difference"].left_out == ("a", "b", "c")
    assert "true_positive_rate" not in found.worst
    first, second = found.notes
    assert first == (
        "not compared between groups, as fewer than two have 95 rows of the kind that the metric counts: "
        "Recall (TPR), False positive rate, Miss rate (FNR), Precision (PPV). A smaller --min_group "
        "compares them."
    )
    assert second.startswith("fewer than 95, so left out")
    assert "a (50 positives, 50 negatives, 45 selected rows)" in second
    assert "c (94 rows, 1 positive, 93 negatives, 40 selected rows)" in second


def test_what_no_group_has_is_not_asked_about():
    # Negatives that are no faces belong to no group: nobody expects false positive rates of groups.
    found = division(
        counts((30, 10, 0, 0), (45, 5, 0, 0)), names="ab", disparities=["false_positive_rate_difference"]
    )
    assert found.differences["false_positive_rate_difference"].value is None
    assert found.notes == ()
    assert found.small["false_positive_rate"] == {"a": 0, "b": 0}


def test_a_group_without_positives_is_small_whatever_the_least():
    found = division(counts((30, 10, 2, 40), (45, 5, 2, 40), (0, 0, 1, 40)), min_group=1)
    assert found.compared["true_positive_rate"] == ("a", "b")
    assert found.small["true_positive_rate"] == {"c": 0}
    (note,) = found.notes
    assert "c (0 positives)" in note


def test_one_group_is_compared_with_nobody_and_never_small():
    found = division(counts((3, 1, 2, 4)), names="a")
    assert (found.differences, found.notes, found.small) == ({}, (), {})
    assert found.groups[0].small_for == ()
    assert found.worst["accuracy"].name == "a"


@pytest.mark.parametrize(("size", "is_enough"), [(30, True), (30 - 1e-9, True), (29.9, False), (0, False)])
def test_rows_that_are_enough(size, is_enough):
    assert support.large_enough(np.array([size]), 30) == [is_enough]
    assert not support.large_enough(np.array([0]), 0)


def test_weighted_rows_count_as_many_as_they_are_worth():
    # 40 positives a group; those of b weigh 1 but for one of 20: (39 + 20)^2 / (39 + 400) = 7.93.
    labels, codes = np.ones(80, bool), np.repeat([0, 1], 40)
    weights = np.ones(80)
    weights[40] = 20
    table = count(labels, np.arange(80) % 4 > 0, codes, 2, weights)
    found = support.small_groups(("a", "b"), support.sizes(table, None), 30)
    assert found["true_positive_rate"] == {"b": pytest.approx(59**2 / 439)}
    (_, note) = support.notes(found, 2, 30, is_weighted=True)
    assert note.startswith("fewer than 30 by their weights, so left out")
    assert "b (7.9 rows, 7.9 positives" in note


def test_sizes_are_never_rounded_up_to_what_is_enough():
    assert support.listed({"a": 29.97, "b": 8.0}) == "a (29.9), b (8)"


def test_long_lists_end():
    few = {f"group {index}": float(index) for index in range(15)}
    assert support.listed(few).endswith("group 11 (11) and 3 more")
    sizes = {"true_positive_rate": np.arange(15)}
    names = tuple(few)
    note = support.notes(support.small_groups(names, sizes, 30), 15, 30)[-1]
    assert "group 11 (11 positives) and 3 more. " in note
