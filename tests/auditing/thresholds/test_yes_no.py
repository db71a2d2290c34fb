"""Models that answer only yes or no, under rules that set a threshold at a rate."""

import numpy as np
import pytest

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.settings import AuditConfig
from facedebias.errors import InputError

# Ten positives, of which eight are told; twenty negatives, of which three are mistaken: FPR 15%.
LABELS = [1] * 10 + [0] * 20
CLASSES = [1] * 8 + [0] * 2 + [1] * 3 + [0] * 17
GROUPS = ["a", "b"] * 15
BY_WEIGHT = Columns(weight="w")


def write(path, scores):
    lines = [f"{s},{label},{group}" for s, label, group in zip(scores, LABELS, GROUPS, strict=True)]
    path.write_text("\n".join(["score,label,group", *lines]) + "\n")
    return str(path)


def audit(*files, **fields):
    return evaluate(AuditConfig(predictions=files, num_draws=100, min_group=1, **fields))


@pytest.fixture
def classes(tmp_path):
    return write(tmp_path / "classes.csv", CLASSES)


def test_a_rate_that_it_does_not_have_is_refused(classes):
    with pytest.raises(InputError) as refused:
        audit(classes, fpr=0.1)
    assert str(refused.value) == (
        f"{classes}: answers only 0 or 1, so no threshold sets its false positive rate: it is 15.0% (3 of 20 "
        "negatives), and --fpr=0.1 asks for 10.0%. Audit it as it decides with --threshold=0.5, or all "
        "models at its rate with --fpr=0.15, or give its scores in place of its decisions."
    )
    with pytest.raises(
        InputError, match=r"true positive rate: it is 80\.0% \(8 of 10 positives\), and --tpr"
    ):
        audit(classes, tpr=0.9)


def test_both_ways_out_decide_as_it_does(classes):
    for fields in ({"thresholds": (0.5,)}, {"fpr": 0.15}):
        (model,) = audit(classes, **fields).models
        assert model.overall["false_positive_rate"].value == 0.15
        assert model.overall["true_positive_rate"].value == 0.8


def test_a_rate_that_it_keeps_is_told(classes):
    found = audit(classes, fpr=0.3)
    assert found.models[0].overall["false_positive_rate"].value == 0.15
    told = "its false positive rate is 15.0% (3 of 20 negatives) whatever --fpr asks."
    assert f"model classes answers only 0 or 1, so {told}" in found.notes
    assert "80.0% (8 of 10 positives) whatever --tpr asks." in audit(classes, tpr=0.5).notes[-1]
    assert not [note for note in audit(classes).notes if "answers only" in note]


def test_one_of_several_models(tmp_path, classes):
    scores = write(tmp_path / "scores.csv", np.linspace(0.99, 0.01, 30))
    with pytest.raises(InputError, match=r"classes\.csv: answers only 0 or 1"):
        audit(scores, classes, fpr=0.1)
    found = audit(scores, classes, fpr=0.15)
    assert sum("answers only" in note for note in found.notes) == 1
    # The other one's threshold is at the same rate.
    assert found.models[0].overall["false_positive_rate"].value == 0.15


def test_of_each_group(classes):
    # Negatives 10, 11 and 12 are mistaken, two of ten in a and one of ten in b.
    with pytest.raises(InputError, match=r"false positive rate in a: it is 20\.0% \(2 of 10 negatives\)"):
        audit(classes, fpr=0.15, per_group=True)
    assert audit(classes, fpr=0.2, per_group=True).models[0].overall["false_positive_rate"].value == 0.15


@pytest.mark.parametrize(
    ("low", "high", "kind", "threshold"),
    [(-1, 1, "logit", 0.5), (0, 255, "score", 127.5), (0.6, 0.8, "probability", 0.7)],
)
def test_any_two_answers(tmp_path, low, high, kind, threshold):
    file = write(tmp_path / "m.csv", [high if value else low for value in CLASSES])
    with pytest.raises(InputError, match=rf"answers only {low} or {high}, .*--threshold={threshold:g}"):
        audit(file, fpr=0.1, output_kind=kind)
    (model,) = audit(file, thresholds=(threshold,), output_kind=kind).models
    assert model.overall["false_positive_rate"].value == 0.15


def test_ties_that_keep_a_rate_from_being_reached_are_told(tmp_path):
    # Twelve of twenty negatives saturate at 1: at most six may pass, so none does.
    scores = [1] * 9 + [0.5] + [1] * 12 + [0.25] * 8
    file = write(tmp_path / "m.csv", scores)
    told = (
        "12 of 20 negatives have the same score from m, 1, so its false positive rate is 0.0% and not 30.0%"
    )
    assert [note for note in audit(file, fpr=0.3).notes if note.startswith(told)]
    assert not [note for note in audit(file, fpr=0.6).notes if "the same score" in note]


def test_one_answer_for_all_is_told(tmp_path):
    file = write(tmp_path / "m.csv", [0.7] * 30)
    for fields in ({"fpr": 0.1}, {}):
        assert any("m answers 0.7 for every row" in note for note in audit(file, **fields).notes)


def weighted(path, scores, weights):
    rows = zip(scores, LABELS, GROUPS, weights, strict=True)
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join(["score,label,group,w", *lines]) + "\n")
    return str(path)


def test_weights_count_in_the_rate_that_it_has(tmp_path):
    # The three mistaken negatives weigh 4 each, the other 17 weigh 1: 12 of 29, or 41.4%.
    weights = [1] * 10 + [4] * 3 + [1] * 17
    path = weighted(tmp_path / "classes.csv", CLASSES, weights)
    with pytest.raises(InputError, match=r"is 41\.4% by weight \(3 of 20 negatives\), and --fpr=0\.2"):
        audit(path, fpr=0.2, columns=BY_WEIGHT)
    found = audit(path, fpr=0.5, columns=BY_WEIGHT)
    assert any("is 41.4% by weight" in note for note in found.notes)
    overall = found.models[0].overall
    assert overall["true_positive_rate"].value == pytest.approx(0.8)
    assert overall["false_positive_rate"].value == pytest.approx(12 / 29)


def test_weights_count_in_what_is_told_of_ties(tmp_path):
    # Of 20 negatives one lies alone on top with three quarters of the weight of all that may pass.
    scores = np.concatenate([np.linspace(0.9, 0.99, 10), [0.8], np.full(19, 0.3)])
    path = weighted(tmp_path / "ties.csv", scores, [1] * 10 + [19 / 4] + [1] * 19)
    assert not any("same score" in note for note in audit(path, fpr=0.3, columns=BY_WEIGHT).notes)
    # One of so much weight that it may not pass ties with none.
    heavy = weighted(tmp_path / "heavy.csv", np.linspace(1, 0, 30), [1] * 10 + [8] + [1] * 19)
    assert not any("same score" in note for note in audit(heavy, fpr=0.25, columns=BY_WEIGHT).notes)
    path = weighted(tmp_path / "light.csv", scores, [1] * 10 + [0.1] + [1] * 19)
    notes = audit(path, fpr=0.3, columns=BY_WEIGHT).notes
    assert any("its false positive rate is 0.5% and not 30.0%" in note for note in notes)
