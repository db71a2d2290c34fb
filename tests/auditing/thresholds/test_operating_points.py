from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.auditing.inputs.groups import LEFT_OUT, SHARED, Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.thresholds import operating_points
from facedebias.errors import InputError
from facedebias.scoring.cutoffs import threshold_at_tpr
from facedebias.scoring.model_scores import as_scores
from facedebias.scoring.threshold_rule import FIXED, FPR, TPR, Rule


def make(labels, codes=None, read=None):
    """A sample and its groups, "a" and "b"; without codes one group."""
    labels = np.array(labels, bool)
    codes = np.zeros(len(labels), int) if codes is None else np.array(codes)
    names = ("a", "b")[: codes.max() + 1]
    sample = Sample(labels, {}, codes == SHARED, "data", "negatives", str, read)
    return sample, Groups(("g",), names, codes)


def score(values, kind="probability"):
    return as_scores("m", "m", np.array(values, float), kind, str)


def random_case(seed, size=400):
    rng = np.random.default_rng(seed)
    sample, groups = make(rng.random(size) < 0.4, rng.integers(0, 2, size))
    # Rounded, so that there are ties.
    return sample, groups, score(np.round(rng.random(size), 2))


def rate(sample, groups, selected, rule, group=None):
    asked = sample.labels if rule.kind == TPR else ~sample.labels
    asked = asked & groups.is_counted if group is None else asked & (groups.codes == group)
    return selected[asked].mean()


# threshold_at_tpr


def test_three_of_four_must_pass():
    # 3 / 4 >= 0.75: the third best score.
    scores = np.array([0.1, 0.9, 0.4, 0.7])
    assert threshold_at_tpr(scores, 0.75) == 0.4
    # 2 / 4 < 0.51 <= 3 / 4: the third again; up to a quarter the best alone will do.
    assert threshold_at_tpr(scores, 0.51) == 0.4
    assert threshold_at_tpr(scores, 0.25) == 0.9
    assert threshold_at_tpr(scores, 1.0) == 0.1


def test_ties_pass_together():
    # One of five would do, but the three best tie.
    scores = np.array([3.0, 3.0, 3.0, 1.0, 0.0])
    assert threshold_at_tpr(scores, 0.2) == 3.0
    assert np.mean(scores >= 3.0) == 0.6


@pytest.mark.parametrize(("tpr", "num_needed"), [(0.07, 7), (0.29, 29), (0.55, 55), (0.57, 57), (0.95, 95)])
def test_rates_that_floats_round_up(tpr, num_needed):
    # 0.07 x 100 is 7.000000000000001 in floating point, of which the ceiling is 8.
    scores = np.arange(100.0)
    assert np.sum(scores >= threshold_at_tpr(scores, tpr)) == num_needed


@given(
    st.lists(st.integers(-5, 5) | st.floats(-50, 50, width=32), min_size=1, max_size=200),
    st.floats(0.001, 0.999),
)
def test_never_below_the_rate_and_never_lower_than_needed(values, tpr):
    scores = np.array(values, np.float32)
    threshold = threshold_at_tpr(scores, tpr)
    assert np.mean(scores >= threshold) >= tpr
    assert np.mean(scores > threshold) < tpr


# find and decide


def test_fixed_thresholds_are_in_units_of_the_scores():
    sample, groups = make([1, 0], [0, 1])
    rule = Rule(FIXED, (0.5, 0.8))
    assert operating_points.find(rule, 1, score([0.1, 0.2]), sample.labels, groups).tolist() == [0.8, 0.8]
    logits = score([0.1, 0.2], "logit")
    # The logit of 0.8 is log(0.8 / 0.2).
    found = operating_points.find(rule, 1, logits, sample.labels, groups)
    assert found == pytest.approx([np.log(4)] * 2)
    assert operating_points.find(rule, 0, logits, sample.labels, groups).tolist() == [0, 0]
    plain = score([7, 8], "score")
    assert operating_points.find(Rule(FIXED, (7.5,)), 1, plain, sample.labels, groups).tolist() == [7.5] * 2
    selected = operating_points.decide(plain.scores, np.array([7.5, 7.5]), groups)
    assert selected.tolist() == [False, True]


def test_rows_left_out_set_no_threshold():
    sample, groups = make([0, 0, 0], [0, 0, LEFT_OUT])
    found = operating_points.find(Rule(FPR, (0.5,)), 0, score([0.1, 0.2, 0.9]), sample.labels, groups)
    # One of two may pass: 0.2.
    assert found == pytest.approx([0.1]) and found[0] > 0.1


def test_shared_rows_set_the_threshold_of_all_groups():
    sample, groups = make([1, 1, 0, 0], [0, 1, SHARED, SHARED])
    scores = score([0.3, 0.15, 0.1, 0.2])
    found = operating_points.find(Rule(FPR, (0.5,)), 0, scores, sample.labels, groups)
    assert found == pytest.approx([0.1, 0.1])
    assert operating_points.decide(scores.scores, found, groups).tolist() == [True, True, False, True]


@pytest.mark.parametrize("kind", [FPR, TPR])
@pytest.mark.parametrize("seed", range(5))
def test_each_group_reaches_the_rate_by_its_own_threshold(kind, seed):
    sample, groups, scores = random_case(seed)
    rule = Rule(kind, (0.3,), per_group=True)
    found = operating_points.find(rule, 0, scores, sample.labels, groups)
    selected = operating_points.decide(scores.scores, found, groups)
    for group in range(2):
        own = groups.codes == group
        # The same as if the group were all there is.
        alone = operating_points.find(
            Rule(kind, (0.3,)), 0, score(scores.scores[own]), sample.labels[own], make(np.ones(own.sum()))[1]
        )
        assert found[group] == alone[0]
        reached = rate(sample, groups, selected, rule, group)
        one_further = np.nextafter(found[group], -np.inf if kind == FPR else np.inf)
        asked = own & (sample.labels if kind == TPR else ~sample.labels)
        beyond = np.mean(scores.scores[asked] >= one_further)
        assert reached <= 0.3 < beyond if kind == FPR else beyond < 0.3 <= reached


# check


def test_shared_negatives_cannot_judge_thresholds_of_groups():
    sample, groups = make([1, 1, 0, 0], [0, 1, SHARED, SHARED])
    for kind in (FPR, TPR):
        with pytest.raises(InputError, match="--per_group: the negatives of negatives belong to no group"):
            operating_points.check(Rule(kind, (0.5,), True), sample, groups)
        operating_points.check(Rule(kind, (0.5,)), sample, groups)


def test_each_group_needs_rows_of_its_own():
    # Six negatives, of which two are in group b.
    sample, groups = make([1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1])
    operating_points.check(Rule(FPR, (0.25,)), sample, groups)
    with pytest.raises(InputError, match="negatives, group b: 2 negatives are too few for --fpr=0.25; .* 4"):
        operating_points.check(Rule(FPR, (0.25,), True), sample, groups)
    with pytest.raises(InputError, match="data, group b: no positives .*--tpr; fix it with --threshold"):
        operating_points.check(Rule(TPR, (0.5,), True), sample, groups)
    operating_points.check(Rule(TPR, (0.5,)), sample, groups)
    operating_points.check(Rule(FIXED, (0.5,)), sample, groups)


def test_rows_left_out_are_not_enough():
    sample, groups = make([1, 0], [0, LEFT_OUT])
    with pytest.raises(InputError, match="negatives: no negatives"):
        operating_points.check(Rule(FPR, (0.5,)), sample, groups)


# describe


def test_rules_in_words():
    sample, groups = make([1, 1, 1, 0, 0], [0, 1, LEFT_OUT, 0, 1])
    models = [score([0.5] * 5)]

    def describe(rule, of=models, rows=sample):
        return operating_points.describe(rule, rows, groups, of)

    assert describe(Rule(FPR, (0.01,))) == "for each model, false positive rate at most 0.01 on 2 negatives"
    pictures = make(sample.labels, groups.codes, read=Path)[0]
    assert describe(Rule(FPR, (0.01,)), rows=pictures).endswith("at most 0.01 on 2 non-faces")
    # The third positive is left out.
    assert describe(Rule(TPR, (0.9995,), True)) == (
        "for each group of each model, true positive rate at least 0.9995 on 2 positives"
    )
    assert describe(Rule(FIXED, (0.5, 0.25))) == "fixed, probability at least 0.5, 0.25"
    assert describe(Rule(FIXED, (7.5,)), [score([8] * 5, "score")]) == "fixed, score at least 7.5"
    both = [score([1] * 5, "logit"), score([1] * 5, "score")]
    assert describe(Rule(FIXED, (0.5,)), both) == "fixed, probability or score at least 0.5"


# places


@pytest.mark.parametrize("per_group", [False, True])
@pytest.mark.parametrize("kind", [FPR, TPR])
@pytest.mark.parametrize("seed", range(3))
def test_every_place_of_a_rate_can_be_reached(kind, per_group, seed):
    sample, groups, scores = random_case(seed, size=60)
    rule = Rule(kind, (0.3,), per_group)
    values = operating_points.places(rule, [scores], sample, groups)
    assert 0.3 in values
    assert values == sorted(set(values))
    assert len(values) >= operating_points.NUM_PLACES
    for value in values:
        at = rule.at(value)
        operating_points.check(at, sample, groups)
        found = operating_points.find(at, 0, scores, sample.labels, groups)
        selected = operating_points.decide(scores.scores, found, groups)
        for group in (0, 1) if per_group else (None,):
            reached = rate(sample, groups, selected, rule, group)
            assert reached <= value if kind == FPR else reached >= value


def test_rates_start_at_one_row():
    # 1.05 / 100 with a hundred negatives, of which one may then pass.
    sample, groups = make([0] * 100)
    values = operating_points.places(Rule(FPR, (0.1,)), [score([0] * 100)], sample, groups)
    assert (values[0], values[-1]) == (0.0105, 0.5)


def test_few_rows_leave_few_places():
    sample, groups = make([0, 0, 1])
    assert operating_points.places(Rule(FPR, (0.6,)), [score([0, 0.1, 1])], sample, groups) == [0.5, 0.6]
    assert operating_points.places(Rule(TPR, (0.6,)), [score([0, 0.1, 1])], sample, groups) == [0.5, 0.6]


@pytest.mark.parametrize(
    ("values", "kind", "threshold"),
    [
        (np.linspace(0, 1, 50), "probability", 0.123456),
        (np.linspace(-5, 5, 50), "logit", 0.123456),
        (np.linspace(-500, 900, 50), "score", 123.456),
        (np.full(50, 0.5), "probability", 0.5),
        (np.full(50, 3.0), "score", 2.0),
    ],
)
def test_places_of_fixed_thresholds(values, kind, threshold):
    sample, groups = make([0, 1] * 25)
    scores = score(values, kind)
    rule = Rule(FIXED, (threshold,))
    found = operating_points.places(rule, [scores], sample, groups)
    assert threshold in found
    assert found == sorted(set(found))
    assert np.isfinite(found).all()
    if kind == "score":
        # Quantiles of the scores, between the lowest and the highest.
        assert {value for value in found if not values.min() <= value <= values.max()} <= {threshold}
    else:
        assert found[0] >= 0 and found[-1] <= 1
        assert {0.05, 0.5, 0.95} <= set(found)
    for value in found:
        operating_points.find(rule.at(value), 0, scores, sample.labels, groups)
