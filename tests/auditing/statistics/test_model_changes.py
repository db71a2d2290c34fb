import numpy as np
import pytest

from facedebias.auditing import comparison

TPR = "true_positive_rate"


def of_all(names):
    """Every rate of all groups."""
    return dict.fromkeys(comparison.COMPARED, names)


def changes_of_equal_groups(num_groups, num_samples):
    """Comparisons of two models with a recall of 0.95 in every group; half the answers are shared."""
    codes = np.repeat(np.arange(num_groups), 300)
    names = tuple(map(str, range(num_groups)))
    labels = np.ones(len(codes), bool)
    rng = np.random.default_rng(0)
    found = []
    for seed in range(num_samples):
        shared, *own = rng.random((3, len(codes))) < 0.95
        is_shared = rng.random(len(codes)) < 0.5
        selected = tuple(np.where(is_shared, shared, answer) for answer in own)
        result = comparison.compare(
            ("a", "b"), labels, selected, codes, names, {TPR: names}, (200, seed), rates=(TPR,)
        )
        found.append(result.rates[TPR])
    return found


def test_no_change_is_seldom_refused_where_all_groups_are_equal():
    # At 5%, 60 samples give 3 on average and more than 8 in one of 350 (binomial distribution).
    found = changes_of_equal_groups(num_groups=8, num_samples=60)
    assert sum(change.p_value <= 0.05 for change in found) <= 8
    assert sum(not change.interval[0] <= 0 <= change.interval[1] for change in found) <= 8


def test_only_rows_whose_answer_changed_make_the_change_uncertain():
    # 1,000 rows a group. Before: 0.9 and 0.7; after: 0.9 and 0.8 as 100 misses are found. The
    # change is -0.1; only those 100 rows changed, so its standard error is that of 100 of 1,000,
    # sqrt(0.1 * 0.9 / 1000) = 0.0095, and the interval about -0.1 -+ 1.96 * 0.0095 = -0.119 to -0.081.
    first = np.concatenate([np.arange(1000) < 900, np.arange(1000) < 700])
    second = np.concatenate([np.arange(1000) < 900, np.arange(1000) < 800])
    codes = np.repeat([0, 1], 1000)
    result = comparison.compare(
        ("a", "b"), np.ones(2000, bool), (first, second), codes, ("x", "y"), of_all(("x", "y")), (2000, 0)
    )
    change = result.rates[TPR]
    assert change.change == pytest.approx(-0.1)
    assert change.interval == pytest.approx((-0.119, -0.081), abs=0.004)
    assert change.p_value == 2 / 2001  # none of 2,000 draws was as extreme


def test_the_same_answers_did_not_change():
    selected = np.random.default_rng(0).random(600) < 0.9
    codes = np.repeat([0, 1, 2], 200)
    names = ("x", "y", "z")
    result = comparison.compare(
        ("a", "b"), np.ones(600, bool), (selected, selected), codes, names, of_all(names), (500, 0)
    )
    change = result.rates[TPR]
    assert change.change == 0 and change.p_value == 1
    assert change.interval[0] <= 0 <= change.interval[1]
    assert set(result.rates) == set(comparison.COMPARED)


def test_order_of_the_models_turns_the_sign():
    rng = np.random.default_rng(1)
    codes, labels = np.repeat(np.arange(4), 250), rng.random(1000) < 0.5
    pair = rng.random(1000) < np.where(labels, 0.8, 0.2), rng.random(1000) < np.where(codes == 1, 0.4, 0.6)
    names = tuple("wxyz")
    there, back = (
        comparison.compare(("a", "b"), labels, answers, codes, names, of_all(names), (2000, 0)).rates
        for answers in (pair, pair[::-1])
    )
    for name in comparison.COMPARED:
        low, high = back[name].interval
        assert there[name].change == pytest.approx(-back[name].change)
        # Other draws, as rows are counted in another order: equal but for their chance.
        assert there[name].interval == pytest.approx((-high, -low), abs=0.02)
