import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from facedebias.auditing.statistics.gaps import studentized
from tests.auditing.tables import drawn_alike


@drawn_alike
@given(st.integers(1, 300), st.floats(0, 1), st.floats(0.001, 0.999))
def test_the_signed_root_is_that_of_scipys_power_divergence(size, part, rate):
    hits = round(part * size)
    observed, expected = [hits, size - hits], [size * rate, size * (1 - rate)]
    found = studentized.signed_root(np.array([hits]), np.array([size]), np.array([rate]))[0]
    divergence = stats.power_divergence(observed, expected, lambda_=2 / 3).statistic
    assert found == pytest.approx(math.copysign(math.sqrt(max(divergence, 0)), hits - size * rate), abs=1e-6)


def test_the_signed_root_by_hand():
    # 8 of 8 at a rate of 1/2: sqrt(1.8 x 8 x (2^(2/3) - 1)); 4 of 8 lie at the rate, 0 of 8 below.
    found = studentized.signed_root(np.array([8, 4, 0]), np.full(3, 8), np.full(3, 0.5))
    far = math.sqrt(1.8 * 8 * (2 ** (2 / 3) - 1))
    assert found == pytest.approx([far, 0, -far], abs=1e-6)


def test_the_signed_root_is_about_standard_normal():
    hits = np.random.default_rng(0).binomial(200, 0.9, 20_000)
    found = studentized.signed_root(hits, np.full(20_000, 200), np.full(20_000, 0.9))
    assert (found.mean(), found.std()) == pytest.approx((0, 1), abs=0.05)


def in_a_loop(places, errors, gap):
    """Every pair of groups, one after the other."""
    found = np.full(places.shape[1], -np.inf)
    for i, j in itertools.combinations(range(len(errors)), 2):
        apart = (np.abs(places[i] - places[j]) - gap) / math.hypot(errors[i], errors[j])
        found = np.maximum(found, apart)
    return found


def places_of(num_groups, seed=0):
    return np.random.default_rng(seed).normal(0.5, 0.2, (num_groups, 50))


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("errors", [[0.1, 0.1], [0.1, 0.0001], [0.1, 0.15, 0.22], [0.1] * 7, [0.2, 0.1, 0.1]])
def test_the_largest_of_all_pairs(errors, gap):
    places, errors = places_of(len(errors)), np.array(errors)
    found = studentized.largest(places, errors, gap)
    np.testing.assert_allclose(found, in_a_loop(places, errors, gap))


def test_errors_that_nearly_agree_count_as_one():
    errors = 0.1 * 1.012 ** np.arange(8)  # the largest is 8.7% above the smallest
    places = places_of(8)
    found, exact = (way(places, errors, 0.0) for way in (studentized.largest, in_a_loop))
    assert not np.array_equal(found, exact)
    assert (np.abs(found / exact - 1) < 0.09).all()


def test_many_groups_of_all_sizes_come_near():
    # More classes of errors than are kept apart: each is then wider, and the maximum less exact.
    errors, places = np.geomspace(0.01, 0.3, 30), places_of(30)
    found, exact = (way(places, errors, 0.0) for way in (studentized.largest, in_a_loop))
    np.testing.assert_allclose(found, exact, rtol=0.2)


@drawn_alike
@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=9), st.integers(0, 99), st.floats(0, 1))
def test_the_order_of_groups_does_not_matter(errors, seed, gap):
    places, errors = places_of(len(errors), seed), np.array(errors)
    order = np.random.default_rng(seed).permutation(len(errors))
    found = [studentized.largest(p, e, gap) for p, e in ((places, errors), (places[order], errors[order]))]
    np.testing.assert_allclose(*found)


def test_the_mid_p_value_by_hand():
    # Beyond 2 lies 3; 2 itself counts by half, twice; the observed value is half a draw of its own.
    assert studentized.tail_share(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == (0.5 + 1 + 1) / 5
    assert studentized.tail_share(np.array([1.0, 1.5]), 2.0) == 0.5 / 3
    # The same share as different fractions differs in the last bit, and is equal.
    assert studentized.tail_share(np.array([0.3]), 0.1 + 0.2) == (0.5 + 0.5) / 2
    assert studentized.tail_share(np.zeros(9), 0.0) == 0.5
