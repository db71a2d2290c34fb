"""Thresholds at weighted rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.errors import InputError
from facedebias.scoring.cutoffs import check_enough, threshold_at_fpr, threshold_at_tpr
from tests.auditing.tables import drawn_alike


def test_a_heavy_negative_may_not_pass():
    # In falling order weights 1, 1, 4, 2: up to a quarter of 8 the two best may pass, not the third.
    scores, own = np.array([4.0, 3, 2, 1]), np.array([1.0, 1, 4, 2])
    assert threshold_at_fpr(scores, 0.25, own) == np.nextafter(2.0, np.inf)
    assert threshold_at_fpr(scores, 0.2, own) == np.nextafter(3.0, np.inf)
    assert threshold_at_fpr(scores, 0.1, own) == np.nextafter(4.0, np.inf)
    assert threshold_at_fpr(scores, 0.75, own) == np.nextafter(1.0, np.inf)
    assert threshold_at_fpr(scores, 0.99, own) == np.nextafter(1.0, np.inf)


def test_enough_weight_of_positives_must_pass():
    # Weights 1, 1, 4, 2 in falling order: 2/8 from the second on, 6/8 from the third.
    scores, own = np.array([4.0, 3, 2, 1]), np.array([1.0, 1, 4, 2])
    found = [threshold_at_tpr(scores, tpr, own) for tpr in (0.1, 0.25, 0.26, 0.75, 0.76, 1.0)]
    assert found == [4, 3, 2, 2, 1, 1]


@drawn_alike
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.floats(0.1, 10)), min_size=2, max_size=60),
    st.floats(0.01, 0.99),
)
def test_thresholds_are_the_last_that_keep_the_weighted_rate(pairs, rate):
    scores, own = np.array(pairs, float).T

    def passing(threshold):
        return np.average(scores >= threshold, weights=own)

    found = threshold_at_fpr(scores, rate, own)
    assert passing(found) <= rate + 1e-8
    assert passing(np.nextafter(found, -np.inf)) > rate
    found = threshold_at_tpr(scores, rate, own)
    assert passing(found) >= rate - 1e-8
    assert passing(np.nextafter(found, np.inf)) < rate


@pytest.mark.parametrize("rate", [0.01, 0.29, 0.57, 0.1, 0.333])
@pytest.mark.parametrize("scale", [1.0, 0.1, 1 / 3, 1 / 7])
def test_thresholds_of_whole_weights_are_those_of_repeated_rows(rate, scale):
    rng = np.random.default_rng(0)
    scores, times = np.round(rng.normal(size=60), 1), rng.integers(1, 5, 60)
    repeated, own = np.repeat(scores, times), times * scale
    assert threshold_at_fpr(scores, rate, own) == threshold_at_fpr(repeated, rate)
    assert threshold_at_tpr(scores, rate, own) == threshold_at_tpr(repeated, rate)
    for set_at in (threshold_at_fpr, threshold_at_tpr):
        assert set_at(scores, rate, np.full(60, scale)) == set_at(scores, rate)


def test_few_effective_negatives_are_refused():
    check_enough(200, 0.01, "a.csv", False, 100.0)
    check_enough(200, 0.01, "a.csv", False, 100 - 1e-12)
    with pytest.raises(
        InputError,
        match=r"a.csv: 200 negatives count as 60 by their weights, which are too few for --fpr=0.01; .* 100",
    ):
        check_enough(200, 0.01, "a.csv", False, 60.7)
