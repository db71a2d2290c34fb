import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.errors import InputError
from facedebias.scoring.cutoffs import check_enough, logit, num_allowed, supported_rate, threshold_at_fpr
from facedebias.scoring.model_scores import sigmoid


def above(value):
    return float(np.nextafter(np.float32(value), np.float32(np.inf)))


def test_half_of_four_may_pass():
    # floor(0.5 x 4) = 2 may pass: 4 and 3. The threshold is the next number above 2.
    logits = np.array([1, 4, 2, 3], np.float32)
    threshold = threshold_at_fpr(logits, 0.5)
    assert threshold == above(2)
    assert np.sum(logits >= threshold) == 2


def test_ties_fail_together():
    # Two of five may pass, but the second and third best tie: only the best one passes.
    logits = np.array([5, 3, 3, 1, 0], np.float32)
    threshold = threshold_at_fpr(logits, 0.4)
    assert threshold == above(3)
    assert np.sum(logits >= threshold) == 1


def test_nothing_passes_if_all_tie():
    logits = np.full(10, 2.5, np.float32)
    assert np.sum(logits >= threshold_at_fpr(logits, 0.9)) == 0


def test_training_may_ask_with_few_nonfaces():
    # floor(0.01 x 3) = 0 may pass.
    assert threshold_at_fpr(np.array([1, 2, 3], np.float32), 0.01) == above(3)


@pytest.mark.parametrize(("fpr", "num_allowed"), [(0.29, 29), (0.57, 57), (0.01, 1), (0.1, 10)])
def test_rates_that_floats_round_down(fpr, num_allowed):
    # 0.29 x 100 is 28.999999999999996 in floating point, and 0.57 x 100 56.99999999999999.
    logits = np.arange(100, dtype=np.float32)
    assert np.sum(logits >= threshold_at_fpr(logits, fpr)) == num_allowed


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threshold_survives_the_dtype_of_the_logits(dtype):
    logits = np.full(100, 0.1, dtype)
    threshold = threshold_at_fpr(logits, 0.5)
    assert dtype(threshold) == threshold
    assert not (logits >= threshold).any()


@given(
    st.lists(st.integers(-5, 5) | st.floats(-50, 50, width=32), min_size=1, max_size=200),
    st.floats(0.001, 0.999),
)
def test_never_above_the_rate_and_never_higher_than_needed(values, fpr):
    logits = np.array(values, np.float32)
    threshold = threshold_at_fpr(logits, fpr)
    assert np.mean(logits >= threshold) <= fpr
    one_lower = np.nextafter(np.float32(threshold), np.float32(-np.inf))
    assert np.mean(logits >= one_lower) > fpr


def test_too_few_negatives_says_how_many():
    check_enough(100, 0.01, "test.h5", True)
    with pytest.raises(
        InputError,
        match=r"test.h5: 99 non-faces are too few for --fpr=0.01; expected at least 100.*--nonfaces",
    ):
        check_enough(99, 0.01, "test.h5", True)
    with pytest.raises(InputError, match=r"test.h5: no non-faces.*--nonfaces.*--threshold"):
        check_enough(0, 0.01, "test.h5", True)


def test_rows_of_a_file_have_no_nonfaces_to_add():
    with pytest.raises(InputError, match=r"a.csv: 9 negatives are too few for --fpr=0.1; .* 10") as found:
        check_enough(9, 0.1, "a.csv", False)
    assert "--nonfaces" not in str(found.value)
    with pytest.raises(InputError, match=r"a.csv: no negatives.*add rows, or fix the threshold"):
        check_enough(0, 0.1, "a.csv", False)


def test_logit_and_sigmoid():
    assert logit(0.5) == 0
    assert logit(0.8) == pytest.approx(math.log(4))
    assert logit(0.0) == -math.inf
    assert logit(1.0) == math.inf
    values = np.array([-800.0, -3.0, 0.0, 3.0, 800.0])
    # 1 / (1 + e^-x), of which e^800 is more than a float holds.
    assert sigmoid(values) == pytest.approx([0, 1 / (1 + math.exp(3)), 0.5, 1 / (1 + math.exp(-3)), 1])
    assert logit(float(sigmoid(np.array(2.0)))) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("num_negatives", "rate"), [(1, 0.0), (2, 0.5), (3, 1 / 3), (99, 1 / 99), (100, 0.01), (1234, 0.01)]
)
def test_the_supported_rate_is_one_percent_or_one_negative(num_negatives, rate):
    assert supported_rate(num_negatives, 0.01) == rate


@pytest.mark.parametrize("rate", [0.01, 0.001])
def test_one_negative_may_pass_wherever_there_are_two(rate):
    allowed = [num_allowed(size, supported_rate(size, rate)) for size in range(2, round(2 / rate))]
    assert np.all(np.array(allowed) == 1)
