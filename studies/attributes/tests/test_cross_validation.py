"""The cross-validated test of worst groups: its folds and its figures."""

import types

import numpy as np
import pytest

from studies.attributes import cross_validation

NAMES = ["a", "b"]


def test_everybody_is_tested_once_and_as_a_whole():
    identity = np.repeat(np.arange(50), 3)
    folds = cross_validation.Folds(types.SimpleNamespace(identity=identity), None, "").fold_of_rows()
    assert np.bincount(folds).tolist() == [30] * 5
    assert all(len(set(folds[identity == person])) == 1 for person in range(50))


def test_accuracies_are_those_of_masks_and_differences_those_of_the_worst():
    rng = np.random.default_rng(0)
    cells = np.repeat([0, 1, -1], [300, 100, 50])
    people = np.arange(450) // 2
    plain = rng.random((2, 450)) < np.where(cells == 1, 0.4, 0.95)
    better = rng.random((2, 450)) < np.where(cells == 1, 0.8, 0.9)
    table = cross_validation.compare({"plain": plain, "better": better}, cells, people, NAMES)
    for name, right in (("plain", plain), ("better", better)):
        means = [right[:, cells == cell].mean() for cell in (0, 1)]
        assert list(table[name]["cells"].values()) == pytest.approx(means)
        assert table[name]["worst_accuracy"] == pytest.approx(min(means))
        assert table[name]["accuracy"] == pytest.approx(right[:, cells >= 0].mean())
    difference, (low, high) = table["better"]["difference"], table["better"]["interval"]
    assert low < difference < high and low > 0.2
    # 100 pictures of 50 people, two answers each: about sqrt(2 * 0.2 / 200), a little more for clusters.
    assert 0.1 < high - low < 0.3
    text = cross_validation.as_markdown(table, NAMES)
    assert text.splitlines()[2].startswith("| plain |") and "| +" in text.splitlines()[3]
