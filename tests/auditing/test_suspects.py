"""Rows whose label the models contradict, and thresholds that hang on them, by hand values."""

import numpy as np
import pytest

from facedebias.auditing import fragility, suspects
from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.thresholds import operating_points
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import LOGIT, PROBABILITY, SCORE
from facedebias.scoring.threshold_rule import FIXED, FPR, Rule


def model(values, kind=SCORE, name="m"):
    return ModelScores(name, name, kind, np.asarray(values, np.float32), None)


# Four positives, then four negatives. The negative of 6.5 is above two of four positives (c = 1/2), and no
# negative is above it but half of itself (o = 1/8). The positive of 5 is below one of four negatives
# (c = 1/4) with o = 1/8. That of 6 has c = 1/4, too, but 5 is below it: o = 1/4 + 1/8.
LABELS = np.array([True] * 4 + [False] * 4)
SCORES = [5, 6, 7, 8, 1, 2, 3, 6.5]


def found(*scores, labels=LABELS, is_counted=None):
    counted = np.ones(len(labels), bool) if is_counted is None else is_counted
    return suspects.find(labels, counted, [model(values) for values in scores])


def test_hand_values_of_one_model():
    result = found(SCORES)
    assert result.rows.tolist() == [7, 0]
    assert result.contradictions.tolist() == [0.5, 0.25]
    assert result.is_positive.tolist() == [False, True]
    assert (result.count(True), result.count(False)) == (1, 1)


def test_models_must_agree_and_the_least_convinced_decides():
    # The second model finds nothing odd about row 0, and row 7 above one positive only.
    second = [9, 6, 7, 8, 1, 2, 3, 6.5]
    result = found(SCORES, second)
    assert (result.rows.tolist(), result.contradictions.tolist()) == ([7], [0.25])
    assert found(second, SCORES).rows.tolist() == [7]
    assert found(SCORES, LABELS.astype(float)).rows.tolist() == []


def test_only_ranks_count():
    logits = np.array(SCORES) - 4
    other = [logits, 1 / (1 + np.exp(-logits)), np.exp(logits)]
    for values in other:
        assert found(values).rows.tolist() == [7, 0]
    result = found(SCORES, *other)
    np.testing.assert_allclose(result.contradictions, [0.5, 0.25])


def test_ties_count_half():
    # Decisions, 0 or 1: the selected negative ties with three positives, c = 1/4 + 3/8, o = 1/8;
    # the missed positive ties with three negatives, likewise.
    result = found([0, 1, 1, 1, 0, 0, 0, 1])
    assert dict(zip(result.rows.tolist(), result.contradictions.tolist(), strict=True)) == {
        7: 5 / 8,
        0: 5 / 8,
    }
    # Who says the same of everyone contradicts nobody.
    assert found([1] * 8).rows.tolist() == []


def test_rows_that_count_nowhere_are_no_suspects():
    counted = np.arange(8) != 7
    assert found(SCORES, is_counted=counted).rows.tolist() == []
    assert found(SCORES, labels=np.ones(8, bool)).rows.tolist() == []


@pytest.mark.parametrize("seed", range(3))
def test_against_a_loop(seed):
    rng = np.random.default_rng(seed)
    labels = rng.random(60) < 0.4
    seen = rng.normal(labels * 1.5)
    columns = [np.round(seen + rng.normal(0, 0.3, 60), 1) for _ in range(2)]
    result = found(*columns, labels=labels)
    expected = {}
    for row in range(60):
        shares = []
        for scores in columns:
            sign = 1 if not labels[row] else -1
            mine = sign * scores[row]
            others, own = sign * scores[labels != labels[row]], sign * scores[labels == labels[row]]
            c = np.mean((others < mine) + 0.5 * (others == mine))
            o = np.mean((own > mine) + 0.5 * (own == mine))
            shares.append((c, c > o + 1e-12))
        if all(beyond for _, beyond in shares):
            expected[row] = min(c for c, _ in shares)
    assert dict(zip(result.rows.tolist(), result.contradictions.tolist(), strict=True)) == pytest.approx(
        expected
    )
    assert np.all(np.diff(result.contradictions) <= 0)
    assert expected


def test_so_many_of_each_label_are_listed(monkeypatch):
    monkeypatch.setattr(suspects, "MOST_LISTED", 2)
    labels = np.arange(20) < 10
    scores = np.where(labels, 1.0, 0.0) + np.arange(20) / 100
    scores[:4], scores[10:14] = [-4, -3, -2, -1], [5, 4, 3, 2]
    result = found(scores, labels=labels)
    assert len(result.rows) == 8
    assert sorted(result.listed().rows.tolist()) == [0, 1, 10, 11]


def contaminated(num_negatives=1000, num_faces=8, num_positives=200, seed=0):
    """Negatives of which the last few are positives in truth."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num_positives + num_negatives) < num_positives
    truth = labels | (np.arange(len(labels)) >= len(labels) - num_faces)
    return labels, rng.normal(np.where(truth, 6.0, 0.0)).astype(np.float32)


def note(labels, *columns, fpr=0.01, codes=None, names=("all",), per_group=False, kind=FPR):
    models = [model(values, LOGIT, f"m{i}") for i, values in enumerate(columns)]
    groups = Groups((), names, np.zeros(len(labels), int) if codes is None else codes)
    rule = Rule(kind, (fpr,), per_group)
    thresholds = [operating_points.find(rule, i, m, labels, groups) for i, m in enumerate(models)]
    result = suspects.find(labels, groups.is_counted, models)
    return " ".join(fragility.notes(rule, labels, groups, models, thresholds, result))


def test_a_threshold_that_faces_among_nonfaces_set():
    # 1% of 1,000 lets 10 pass. The 11 highest are faces in truth, so the lowest of these sets the threshold.
    labels, scores = contaminated(num_faces=11)
    text = note(labels, scores)
    negatives = np.sort(scores[~labels])[::-1]
    now = np.mean(scores[labels] > negatives[10])
    # Without them 989 are left, of which 9 may pass.
    then = np.mean(scores[labels] > negatives[11 + 9])
    assert then - now > 0.02
    expected = (
        f"m0: 11 of the 11 highest negatives, which set it; recall is {now:.1%}, and would be {then:.1%}"
    )
    assert text.startswith(
        "suspects, negatives that the model scores like positives, help to set the threshold"
    )
    assert expected in text
    assert "--exclude=suspects.csv" in text


def test_no_warning_without_a_reason():
    labels, scores = contaminated(num_faces=0)
    assert note(labels, scores) == ""  # clean labels
    labels, scores = contaminated(num_faces=11)
    assert note(labels, scores, fpr=0.5, kind=FIXED) == ""  # no rate
    assert note(labels, scores, 10.0 * labels) == ""  # the second model contradicts no label


def test_where_many_negatives_decide_only_a_jump_is_told():
    # Smooth curves rise, too, if the 81 highest of 8,000 negatives go: from 1% to 2% false positives.
    rng = np.random.default_rng(0)
    labels = np.arange(12_000) < 4000
    scores = rng.normal(2.0 * labels).astype(np.float32)
    assert note(labels, scores) == ""
    labels, scores = contaminated(8000, num_faces=90, num_positives=4000)
    assert "m0: 81 of the 81 highest negatives" in note(labels, scores)


def test_thresholds_of_groups_and_of_several_models():
    labels, scores = contaminated(num_faces=0)
    codes = np.arange(len(labels)) % 2
    wrong = np.flatnonzero(~labels & (codes == 1))[:6]
    scores[wrong] = 6.5
    text = note(labels, scores, scores + 1, codes=codes, names=("a", "b"), per_group=True)
    # Each group has 500 negatives, of which 5 may pass, so 6 decide; those of group b are wrong.
    assert "every model scores" in text
    assert text.count(" of the 12 highest negatives") == 2
    assert "m1: " in text


def test_probabilities_that_saturate_do_no_harm():
    labels = np.arange(120) < 20
    scores = np.where(labels, 1.0, 0.0)
    scores[-2:] = 1.0
    models = [model(scores, PROBABILITY)]
    groups = Groups((), ("all",), np.zeros(120, int))
    rule = Rule(FPR, (0.01,))
    thresholds = [operating_points.find(rule, 0, models[0], labels, groups)]
    found_here = suspects.find(labels, groups.is_counted, models)
    (text,) = fragility.notes(rule, labels, groups, models, thresholds, found_here)
    assert "recall is 0.0%, and would be 100.0% without them" in text
