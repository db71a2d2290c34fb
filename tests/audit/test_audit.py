import numpy as np
import pytest
from fairlearn.metrics import MetricFrame
from sklearn.metrics import recall_score

from facedebias.audit.audit import Scores, audit_model, first_bad_score
from facedebias.audit.groups import Groups, single_group


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    logits = rng.normal(2, 2, 500).astype(np.float32)
    probabilities = 1 / (1 + np.exp(-logits))
    names = ("LF", "LM", "DF", "DM")
    codes = rng.integers(-1, 4, 500)  # some rows are in no group
    nonfaces = rng.normal(-2, 2, 300).astype(np.float32)
    return Scores(logits, probabilities), Groups(names, codes), nonfaces


def audit(scored, threshold=1.0):
    faces, groups, nonfaces = scored
    return audit_model("cnn", "runs/cnn/export", faces, groups, nonfaces, threshold)


def test_group_values_equal_a_mask_recomputation(scored):
    faces, groups, nonfaces = scored
    result = audit(scored)
    for code, group in enumerate(result.groups):
        mask = groups.codes == code
        assert group.name == groups.names[code]
        assert group.num_faces == mask.sum()
        assert group.recall.value == np.mean(faces.logits[mask] >= 1)
        assert group.mean_probability == pytest.approx(faces.probabilities[mask].mean(), abs=1e-6)
    recalls = [group.recall.value for group in result.groups]
    assert result.mean_recall.value == pytest.approx(np.mean(recalls))
    assert result.worst_group == groups.names[int(np.argmin(recalls))]
    assert result.worst_recall.value == min(recalls)
    assert result.variance.value == pytest.approx(np.var(np.multiply(recalls, 100)))
    assert result.overall_recall.value == np.mean(faces.logits[groups.codes >= 0] >= 1)
    assert result.fpr.value == np.mean(nonfaces >= 1)
    assert result.num_nonfaces == 300


def test_group_values_equal_fairlearn(scored):
    faces, groups, _ = scored
    kept = groups.codes >= 0
    features = np.array(groups.names)[groups.codes[kept]]
    found = faces.logits[kept] >= 1
    frame = MetricFrame(
        metrics=recall_score,
        y_true=np.ones(kept.sum(), int),
        y_pred=found.astype(int),
        sensitive_features=features,
    )
    result = audit(scored)
    assert {group.name: group.recall.value for group in result.groups} == pytest.approx(
        frame.by_group.to_dict()
    )
    assert result.gap.value == pytest.approx(frame.difference())
    assert result.worst_recall.value == pytest.approx(frame.group_min())
    assert result.overall_recall.value == pytest.approx(frame.overall)


def test_intervals_do_not_change_from_run_to_run(scored):
    assert audit(scored) == audit(scored)


def test_one_group_has_no_gap(scored):
    faces, _, nonfaces = scored
    result = audit((faces, single_group(500), nonfaces))
    assert result.gap is None
    assert result.variance is None
    assert result.mean_recall.value == result.overall_recall.value


def test_no_nonfaces_no_rate(scored):
    faces, groups, _ = scored
    assert audit((faces, groups, np.empty(0, np.float32))).fpr is None


def test_threshold_as_probability(scored):
    assert audit(scored, np.log(4.0)).threshold == pytest.approx(0.8)


def test_a_face_on_the_threshold_is_found():
    faces = Scores(np.array([1, 0.5], np.float32), np.array([0.7, 0.6], np.float32))
    result = audit_model("m", "p", faces, single_group(2), np.array([1.0], np.float32), 1.0)
    assert result.overall_recall.value == 0.5
    assert result.fpr.value == 1


def test_first_bad_score():
    good = np.array([0.1, 0.2, 0.3], np.float32)
    assert first_bad_score(Scores(good, good)) is None
    assert first_bad_score(Scores(np.array([0, np.nan, np.inf], np.float32), good)) == 1
    assert first_bad_score(Scores(good, np.array([0, 0, np.inf], np.float32))) == 2
