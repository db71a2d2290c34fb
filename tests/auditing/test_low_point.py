"""The second operating point: the lowest false positive rate that negatives support, down to 0.1%."""

import numpy as np
import pytest

from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.statistics.between import Between
from facedebias.data.face_columns import Attribute
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import SCORE

RECALL, GAP = "true_positive_rate", "equal_opportunity_difference"
# 100 positives a group: those of a pass any threshold, but of b 40 score 1,990.5 and 40 score 1,000.
POSITIVES = {"a": [5000.0] * 100, "b": [5000.0] * 20 + [1990.5] * 40 + [1000.0] * 40}


def rank(size):
    """Negatives that score 0 to size - 1, in some order."""
    return np.random.default_rng(0).permutation(size).astype(float)


def make(*negatives, groups=(), weights=None, positives=POSITIVES, read=None, **settings):
    """An audit of a model for each array of negatives' scores; without `groups` they are in none."""
    values = [np.concatenate([*positives.values(), scores]) for scores in negatives]
    codes = np.repeat([0, 1], [len(scores) for scores in positives.values()])
    codes = np.concatenate([codes, groups or np.full(len(negatives[0]), -1)])
    labels = np.arange(len(codes)) < sum(map(len, positives.values()))
    attribute = Attribute(codes, tuple(positives))
    shared = np.zeros(len(codes), bool) if groups else ~labels
    sample = Sample(labels, {"g": attribute}, shared, "d", "d", str, read, weights=weights)
    models = [ModelScores(f"m{i}", f"m{i}", SCORE, scores, None) for i, scores in enumerate(values)]
    names = tuple(model.name for model in models)
    config = AuditConfig(models=names, data="d", num_draws=200, **({"fpr": 0.01} | settings))
    return audit_scores(config, sample, divide(sample, ("g",)), models, list(names))


def recalls(model):
    return [group.metrics[RECALL].value for group in model.groups]


def test_thresholds_and_recall_by_hand():
    # Of 2,000 negatives 20 may pass at 1%: the threshold lies above 1,979. Two may at 0.1%: above 1,997.
    audit = make(rank(2000))
    assert audit.models[0].threshold_score == np.nextafter(1979, np.inf)
    assert recalls(audit.models[0]) == [1.0, 0.6]  # 20 + 40 of b
    low = audit.low
    assert (low.rate, low.num_passing) == (0.001, 2)
    (model,) = low.models
    assert model.thresholds == (np.nextafter(1997, np.inf),) * 2
    assert recalls(model) == [1.0, 0.2]
    assert model.overall[RECALL].value == 0.6
    assert model.overall["false_positive_rate"].value == 0.001
    assert model.main.worst[RECALL].name == "b"
    assert model.main.differences[GAP].value == 0.8


@pytest.mark.parametrize(
    ("num_negatives", "fpr", "rate", "num_passing"),
    [
        (999, 0.01, 1 / 999, 1),
        (400, 0.01, 0.0025, 1),
        (200, 0.01, 0.005, 1),
        (80, 0.05, 0.0125, 1),
        (1000, 0.01, 0.001, 1),
        (20_000, 0.01, 0.001, 20),
        (20_000, 0.5, 0.001, 20),
    ],
)
def test_the_rate_is_a_thousandth_or_one_negative(num_negatives, fpr, rate, num_passing):
    low = make(rank(num_negatives), fpr=fpr).low
    assert (low.rate, low.num_passing) == (rate, num_passing)
    assert low.models[0].overall["false_positive_rate"].value == num_passing / num_negatives


@pytest.mark.parametrize(
    ("num_negatives", "settings"),
    [
        (100, {}),  # one may pass, and no fewer
        (199, {}),  # at 1% one may pass, as at 1 / 199
        (5000, {"fpr": 0.001}),
        (5000, {"fpr": 0.0005}),
        (5000, {"fpr": None, "tpr": 0.9}),
        (5000, {"fpr": None, "thresholds": (0.5,)}),
    ],
)
def test_no_other_point_is_none(num_negatives, settings):
    assert make(rank(num_negatives), **settings).low is None


def test_a_model_of_two_answers_has_none():
    sure = {name: [1.0] * 100 for name in POSITIVES}
    assert make(np.arange(2000) < 5.0, positives=sure).low is None


def test_it_is_what_an_audit_at_that_rate_finds():
    negatives = np.random.default_rng(1).normal(1000, 400, 3000)
    low, other = make(negatives).low, make(negatives, fpr=0.001)
    (mine,), (theirs,) = low.models, other.models
    assert mine.thresholds == theirs.thresholds
    assert low.threshold_rule == other.threshold_rule
    assert mine.overall == {name: theirs.overall[name] for name in mine.overall}
    assert mine.main.worst[RECALL] == theirs.main.worst[RECALL]
    assert isinstance(mine.main.differences[GAP], Between)
    for name, figure in mine.main.differences.items():
        assert figure == theirs.main.differences[name]
    for group, expected in zip(mine.groups, theirs.groups, strict=True):
        assert group.metrics[RECALL] == expected.metrics[RECALL]


def test_all_models_are_at_one_rate_each_by_its_own_threshold():
    audit = make(rank(2000), rank(2000) / 2)
    first, second = audit.low.models
    assert first.overall["false_positive_rate"] == second.overall["false_positive_rate"]
    assert second.thresholds == (np.nextafter(1997 / 2, np.inf),) * 2
    assert recalls(second) == [1.0, 1.0]


def test_groups_with_thresholds_of_their_own_need_negatives_each():
    # 400 negatives of a support 0.25%; of 2,000 of b five may pass at that.
    low = make(rank(2400), groups=[0] * 400 + [1] * 2000, per_group=True).low
    assert (low.rate, low.num_passing) == (0.0025, 1)
    selected = [group.metrics["false_positive_rate"].value for group in low.models[0].groups]
    assert selected == [1 / 400, 5 / 2000]
    assert low.notes[0].startswith("at most 1 negative may pass at 0.25% in the group with the fewest. ")


def test_weighted_negatives_count_by_what_they_are_worth():
    # 250 of weight 3 and 250 of weight 1: (750 + 250)^2 / (250 x 9 + 250) = 400 rows.
    weights = np.concatenate([np.ones(200), np.tile([3.0, 1.0], 250)])
    low = make(rank(500), weights=weights).low
    assert (low.rate, low.num_passing) == (0.0025, 1)


@pytest.mark.parametrize(("num_negatives", "is_rough"), [(9000, True), (10_000, False)])
def test_a_threshold_that_fewer_than_ten_decide_is_called_rough(num_negatives, is_rough):
    low = make(rank(num_negatives)).low
    assert low.is_rough == is_rough
    expected = (
        "at most 9 negatives may pass at 0.1%. So few decide the threshold that it is rough: other negatives "
        "would set another. Intervals hold it fixed."
    )
    assert low.notes == ((expected,) if is_rough else ())
    if is_rough:
        pictures = make(rank(num_negatives), read=lambda rows: None).low
        assert "at most 9 non-faces may pass" in pictures.notes[0]


def test_negatives_that_tie_are_told():
    negatives = np.where(np.arange(20_000) < 100, 3000.0, np.arange(20_000) / 100)
    low = make(negatives).low
    assert low.models[0].overall["false_positive_rate"].value == 0
    assert "100 of 20,000 negatives have the same score from m0" in low.notes[-1]
