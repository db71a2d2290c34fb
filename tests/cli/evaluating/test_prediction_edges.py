"""Predictions of few rows, without positives, in percent, or with values to be reinterpreted."""

import numpy as np
import pytest

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.report.plots import figures
from facedebias.report.results import as_json
from tests.cli.evaluating.prediction_rows import audit, random_rows, write


def test_small_groups_are_shown_but_not_compared(tmp_path):
    # Group c has 9 rows, on which every answer is wrong; a and b have 60 each.
    groups = np.array(["a", "b"] * 60 + ["c"] * 9)
    labels = np.arange(129) % 3 > 0
    scores = np.where(groups == "c", ~labels, labels).astype(float)
    path = write(tmp_path / "p.csv", (scores, labels.astype(int), groups, ["F"] * 129))

    def found(**fields):
        return audit(path, groups=("race",), **fields)["models"]["p"]

    assert [g["is_small"] for g in found()["groups"].values()] == [False, False, True]
    assert found()["compared_groups"] == ["a", "b"]
    assert found()["groups"]["c"]["accuracy"] == 0
    assert found()["worst"]["accuracy"]["value"] == 1
    assert found()["differences"]["accuracy_difference"]["value"] == 0
    few = [note for note in found()["notes"] if note.startswith("fewer than 30, so left out")]
    assert "c (9 rows, 6 positives, 3 negatives, 3 selected rows)" in few[0]
    assert found()["small_groups"]["true_positive_rate"] == {"c": 6}
    assert "accuracy" in found()["groups"]["c"]["small_for"]
    assert found()["groups"]["a"]["small_for"] == ["false_positive_rate", "auc"]  # 20 negatives
    # Nine rows are enough for --min_group 9.
    assert found(min_group=9)["worst"]["accuracy"]["name"] == "c"
    assert found(min_group=9)["differences"]["accuracy_difference"]["value"] == 1


@pytest.mark.parametrize("label", [0, 1])
def test_one_row(tmp_path, label):
    found = audit(write(tmp_path / "p.csv", ([0.75], [label], ["a"], ["F"])))["models"]["p"]
    assert found["overall"]["accuracy"] == label
    assert found["groups"]["a F"]["mean_score"] == 0.75
    # Ten bins: one holds the row, of which the probability 3/4 misses the label by 3/4 or 1/4.
    assert found["groups"]["a F"]["expected_calibration_error"] == pytest.approx(abs(0.75 - label))
    assert found["overall"]["auc"] is None
    assert found["overall"]["true_positive_rate"] == (1 if label else None)


def test_without_positives_the_chart_is_empty(tmp_path):
    path = write(tmp_path / "p.csv", ([0.1, 0.7, 0.2, 0.9], [0] * 4, list("abab"), ["F"] * 4))
    found = evaluate(AuditConfig(predictions=(path,), groups=("race",), num_draws=100))
    assert as_json(found)["models"]["p"]["worst_group"] is None
    axes = figures.recall_figure(found).axes[0]
    # No recall is below 100%, so the axis shows the least that it can.
    assert axes.get_xlim() == pytest.approx((95, 100.1))


def test_a_threshold_in_percent(tmp_path):
    scores, *others = random_rows(6)
    as_shares = audit(write(tmp_path / "p.csv", (scores, *others)), thresholds=(0.4,), groups=("sex",))
    percent = audit(
        write(tmp_path / "q.csv", (100 * scores, *others)),
        thresholds=(40.0,),
        output_kind="percent",
        groups=("sex",),
    )
    for name, group in percent["models"]["q"]["groups"].items():
        expected = as_shares["models"]["p"]["groups"][name]
        assert (group["num_found"], group["auc"]) == (expected["num_found"], expected["auc"])
    assert percent["threshold_rule"] == "fixed, probability at least 0.4"
    assert "scores of q: percentages were divided by 100." in percent["notes"]


def test_what_was_reinterpreted_is_in_the_notes(tmp_path):
    scores, labels, race, sex = random_rows(7)
    scores[0] = 1.0000001
    labels = np.where(labels, 1, -1)
    sex = np.where(np.arange(len(sex)) < 5, "nan", sex)
    notes = audit(write(tmp_path / "p.csv", (scores, labels, race, sex)))["notes"]
    for start in (
        "column label: 1 was read as positive",
        "column sex: unknown in 5 rows (marked nan 5)",
        "scores of p: 1 score was outside 0 to 1 by rounding",
        "the kind of scores was taken from their values (p: probability)",
    ):
        assert any(note.startswith(start) for note in notes), start
