"""Weights of rows: the number of rows that they are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.scoring import weights
from tests.auditing.tables import drawn_alike


def test_four_rows_are_worth_three():
    # (1 + 1 + 1 + 3)^2 / (1 + 1 + 1 + 9) = 36 / 12 = 3; each weight times 3 / 6.
    found = weights.effective(np.array([1.0, 1, 1, 3]), np.zeros(4, int), 1)
    assert found == pytest.approx([0.5, 0.5, 0.5, 1.5])
    assert weights.effective_size(np.array([9.0, 1, 1, 1, 3]), np.arange(5) > 0) == pytest.approx(3)
    assert weights.effective_size(None, np.arange(5) > 0) == 4
    assert weights.effective_size(np.ones(3), np.zeros(3, bool)) == 0


@pytest.mark.parametrize("weight", [0.1, 1 / 3, 1.0, 7e9])
def test_equal_weights_are_exactly_one_row_each(weight):
    # Each group has its own weight; sums of 0.1 would be off in the last bit.
    codes = np.array([0] * 7 + [2] * 13)
    own = np.where(codes == 0, weight, 3 * weight)
    assert (weights.effective(own, codes, 3) == 1).all()
    assert weights.relative(own[:7]) is None
    assert weights.relative(None) is None
    assert weights.relative(own).max() == 1


@drawn_alike
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50), st.floats(0.1, 10))
def test_only_ratios_matter_and_no_row_is_worth_more_than_itself(values, factor):
    values, codes = np.array(values), np.zeros(len(values), int)
    found = weights.effective(values, codes, 1)
    assert found == pytest.approx(weights.effective(values * factor, codes, 1))
    assert 1 - 1e-9 <= found.sum() <= len(values) + 1e-9
    assert found.sum() == pytest.approx(values.sum() ** 2 / (values**2).sum())
