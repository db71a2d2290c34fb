"""Thresholds of groups: what they decide, and that they make equal what they are to make equal."""

import numpy as np
import pytest
from fairlearn.postprocessing import ThresholdOptimizer

from facedebias.audit import group_fitting
from facedebias.audit.group_rule import GroupRule, Mixture, names_of_groups
from facedebias.data.face_file import Attribute
from facedebias.errors import InputError


def a_rule():
    return GroupRule(
        "equalized_odds",
        ("Male",),
        {
            "Male=no": Mixture((0.5, -np.inf), (1.0, 0.0)),
            "Male=yes": Mixture((0.0, 2.0), (0.25, 0.75), ignored=0.2, constant=0.5),
        },
        "a.h5, split val",
    )


def test_the_chance_of_each_is_worked_out_by_hand():
    names = np.array(["Male=no", "Male=no", "Male=yes", "Male=yes", "Male=yes"], object)
    chances = a_rule().chance(np.array([0.5, 0.6, -1.0, 1.0, 3.0]), names)
    # Strictly above the threshold; of men a fifth are drawn with 1/2, whatever their score, and of the
    # rest a quarter is asked for 0 and three quarters for 2.
    expected = [0, 1, 0.1, 0.1 + 0.8 * 0.25, 0.1 + 0.8]
    np.testing.assert_allclose(chances, expected)


def test_draws_follow_the_chances_and_the_seed():
    scores, names = np.ones(20_000), np.full(20_000, "Male=yes", object)
    drawn = a_rule().decide(scores, names, seed=[1])
    assert drawn.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 20_000))
    np.testing.assert_array_equal(drawn, a_rule().decide(scores, names, seed=[1]))
    assert (drawn != a_rule().decide(scores, names, seed=[2])).any()


def test_a_rule_without_chance_says_so():
    mixtures = {"a": Mixture((0.5, 0.1), (1.0, 0.0)), "b": Mixture((1.0, 1.0), (0.5, 0.5))}
    assert not GroupRule("equal_opportunity", ("g",), mixtures, "x").is_random
    assert a_rule().is_random
    assert Mixture((0.5, 0.1), (0.4, 0.6)).is_random


def test_it_is_kept_in_the_model(tmp_path):
    assert GroupRule.load(tmp_path) is None
    a_rule().save(tmp_path)
    assert GroupRule.load(tmp_path) == a_rule()


def test_groups_are_named_by_values_whatever_else_a_file_has():
    codes = np.array([0, 1, -1], np.int8)
    attributes = {"race": Attribute(codes, ("A", "B")), "Male": Attribute(codes, ("no", "yes"))}
    assert names_of_groups(attributes).tolist() == ["race=A, Male=no", "race=B, Male=yes", "unknown"]


def test_a_damaged_rule_is_named(tmp_path):
    a_rule().save(tmp_path)
    path = tmp_path / "assets.extra" / "group_thresholds.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InputError, match=r"group_thresholds.json: is damaged .*threshold_groups"):
        GroupRule.load(tmp_path)


def test_unknown_groups_are_refused():
    with pytest.raises(
        InputError, match="group 'unknown' of Male: has no threshold; .*'Male=no', 'Male=yes'"
    ):
        a_rule().chance(np.zeros(2), np.array(["Male=no", "unknown"], object))


@pytest.fixture(scope="module")
def biased():
    """4,000 rows: scores of men are lower by 1 whatever their label, which they have less often."""
    rng = np.random.default_rng(0)
    is_male = rng.random(4000) < 0.5
    labels = rng.random(4000) < np.where(is_male, 0.3, 0.7)
    scores = 2.0 * labels - 1.0 - is_male + rng.normal(0, 1.2, 4000)
    return scores, labels, np.where(is_male, "Male=yes", "Male=no").astype(object)


def rates(chances, labels, where):
    """Selection rate, true and false positive rate of the rows in a mask."""
    return np.array([chances[where].mean(), chances[where & labels].mean(), chances[where & ~labels].mean()])


@pytest.mark.parametrize(
    ("constraint", "equal"),
    [("demographic_parity", [0]), ("equal_opportunity", [1]), ("equalized_odds", [1, 2])],
)
def test_what_is_to_be_equal_is_equal_on_the_rows_it_was_fitted_on(biased, constraint, equal):
    scores, labels, names = biased
    rule = group_fitting.fit(scores, labels, names, ("Male",), constraint, "accuracy", "rows")
    chances = rule.chance(scores, names)
    men, women = (rates(chances, labels, names == name) for name in ("Male=yes", "Male=no"))
    before = [rates(scores > 0, labels, names == name) for name in ("Male=yes", "Male=no")]
    gaps, gaps_before = np.abs(men - women), np.abs(before[0] - before[1])
    assert np.all(gaps[equal] < 0.01) and np.all(gaps_before[equal] > 0.15)


@pytest.mark.parametrize("constraint", group_fitting.CONSTRAINTS)
def test_chances_are_those_of_fairlearn(biased, constraint):
    scores, labels, names = (part[:500] for part in biased)
    rule = group_fitting.fit(scores, labels, names, ("Male",), constraint, "balanced_accuracy", "rows")
    theirs = ThresholdOptimizer(
        estimator=group_fitting._Scores(),
        constraints=group_fitting.CONSTRAINTS[constraint],
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict",
    ).fit(scores[:, None], labels.astype(int), sensitive_features=names)
    expected = theirs._pmf_predict(scores[:, None], sensitive_features=names)[:, 1]
    np.testing.assert_allclose(rule.chance(scores, names), expected, atol=1e-9)


def test_a_group_of_one_label_has_no_threshold(biased):
    scores, labels, names = biased
    with pytest.raises(InputError, match="rows: the group 'Male=yes' has 0 positives; expected at least 5"):
        group_fitting.fit(
            scores, labels & (names == "Male=no"), names, ("Male",), "equalized_odds", "accuracy", "rows"
        )
