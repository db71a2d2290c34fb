"""Thresholds of groups: what they decide, and that they make equal what they are to make equal."""

import numpy as np
import pytest
from fairlearn.postprocessing import ThresholdOptimizer

from facedebias.auditing.thresholds import group_fitting
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError
from facedebias.scoring.group_rule import GroupRule, Mixture, names_of_groups


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
    with pytest.raises(InputError, match=r"group_thresholds.json: is damaged, .*facedebias thresholds"):
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


@pytest.mark.parametrize(
    ("constraint", "theirs"),
    [
        ("demographic_parity", "demographic_parity"),
        ("equal_opportunity", "true_positive_rate_parity"),
        ("equalized_odds", "equalized_odds"),
    ],
)
def test_chances_are_those_of_fairlearn(biased, constraint, theirs):
    scores, labels, names = (part[:500] for part in biased)
    rule = group_fitting.fit(scores, labels, names, ("Male",), constraint, "balanced_accuracy", "rows")
    optimizer = ThresholdOptimizer(
        estimator=group_fitting._Scores(),
        constraints=theirs,
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict",
    ).fit(scores[:, None], labels.astype(int), sensitive_features=names)
    expected = optimizer._pmf_predict(scores[:, None], sensitive_features=names)[:, 1]
    np.testing.assert_allclose(rule.chance(scores, names), expected, atol=1e-9)


def test_a_group_of_one_label_has_no_threshold(biased):
    scores, labels, names = biased
    with pytest.raises(InputError, match="rows: the group 'Male=yes' has 0 positives; expected at least 5"):
        group_fitting.fit(
            scores, labels & (names == "Male=no"), names, ("Male",), "equalized_odds", "accuracy", "rows"
        )


def accuracy(rule, scores, labels, names):
    chances = rule.chance(scores, names)
    return np.mean(np.where(labels, chances, 1 - chances))


def gap(rule, scores, labels, names, kinds):
    chances = rule.chance(scores, names)
    men, women = (rates(chances, labels, names == name) for name in ("Male=yes", "Male=no"))
    return np.abs(men - women)[kinds].max()


@pytest.mark.parametrize(
    ("constraint", "kinds"),
    [("demographic_parity", [0]), ("equal_opportunity", [1]), ("equalized_odds", [1, 2])],
)
def test_a_tolerance_is_kept_to_and_buys_accuracy(biased, constraint, kinds):
    found = [
        group_fitting.fit(*biased, ("Male",), constraint, "accuracy", "rows", tolerance)
        for tolerance in (0.0, 0.05, 0.1)
    ]
    gaps = [gap(rule, *biased, kinds) for rule in found]
    assert np.all(np.array(gaps) < [0.005, 0.055, 0.105]) and gaps[2] > 0.08
    accuracies = [accuracy(rule, *biased) for rule in found]
    assert accuracies[0] + 0.003 < accuracies[1] < accuracies[2] - 0.003
    assert found[1].to_json()["tolerance"] == 0.05


def test_equal_odds_up_to_a_tolerance_are_the_best_there_are(biased):
    """Against every pair of thresholds, one for each group, and what lies between two of them."""
    scores, labels, names = (part[:600] for part in biased)
    tolerance, best = 0.06, 0.0
    points = {}
    for name in ("Male=no", "Male=yes"):
        own = names == name
        cuts = np.concatenate([[-np.inf], np.sort(scores[own])])
        selected = scores[own][None] > cuts[:, None]
        points[name] = [
            (s[labels[own]].mean(), s[~labels[own]].mean(), np.mean(s == labels[own])) for s in selected
        ]
    one, other = (np.array(points[name]) for name in ("Male=no", "Male=yes"))
    share = np.mean(names == "Male=no")
    is_kept = np.all(np.abs(one[:, None, :2] - other[None, :, :2]) <= tolerance, axis=2)
    best = np.max(np.where(is_kept, share * one[:, None, 2] + (1 - share) * other[None, :, 2], 0))
    rule = group_fitting.fit(
        scores, labels, names, ("Male",), "equalized_odds", "accuracy", "rows", tolerance
    )
    found = accuracy(rule, scores, labels, names)
    assert best <= found < best + 0.01  # chance allows for a little more


def test_with_any_difference_let_pass_every_group_has_its_own_best_threshold(biased):
    scores, labels, names = biased
    rule = group_fitting.fit(scores, labels, names, ("Male",), "equalized_odds", "accuracy", "rows", 1.0)
    best = 0.0
    for name in ("Male=no", "Male=yes"):
        own = names == name
        best += max(np.sum((scores[own] > cut) == labels[own]) for cut in [-np.inf, *scores[own]])
    assert accuracy(rule, scores, labels, names) == pytest.approx(best / len(scores), abs=1e-9)
    assert not rule.is_random
    strict = group_fitting.fit(scores, labels, names, ("Male",), "equalized_odds", "accuracy", "rows")
    nearly = group_fitting.fit(scores, labels, names, ("Male",), "equalized_odds", "accuracy", "rows", 1e-6)
    reference = accuracy(strict, *biased)  # Fairlearn's, on a grid
    assert accuracy(nearly, *biased) == pytest.approx(reference, abs=0.002)


def test_the_objective_decides_among_rules_within_the_tolerance(biased):
    """Of rows with few positives: balanced accuracy finds more of them."""
    scores, labels, names = biased
    kept = ~labels | (np.arange(len(labels)) % 8 == 0)
    rows = (scores[kept], labels[kept], names[kept])
    found = {}
    for objective in ("accuracy", "balanced_accuracy"):
        rule = group_fitting.fit(*rows, ("Male",), "equalized_odds", objective, "rows", 0.05)
        chances = rule.chance(rows[0], rows[2])
        found[objective] = (chances[rows[1]].mean() + 1 - chances[~rows[1]].mean()) / 2
    assert found["balanced_accuracy"] > found["accuracy"] + 0.02


def test_between_neighbours_in_32_bits_one_is_selected():
    low, high = np.nextafter(np.float32(1), np.float32(0)), np.float32(1)
    mixture = Mixture(((float(low) + float(high)) / 2,), (1.0,))
    assert mixture.chance(np.array([low, high])).tolist() == [0, 1]
