"""The interval of paired shares, against another way to compute it and against simulated samples."""

import numpy as np
import pytest
from scipy import optimize

from facedebias.auditing.statistics.paired import paired_difference

Z = 1.959963984540054


def score(b, c, n, difference):
    """Tango's statistic with the likelihood maximized by a search in place of the closed form."""

    def unlikely(q):
        p = q + difference  # share that only the second has
        rest = 1 - p - q
        if min(p, q) < 0 or rest < 0:
            return np.inf
        terms = [(c, p), (b, q), (n - b - c, rest)]
        return -sum(count * np.log(max(share, 1e-300)) for count, share in terms if count)

    low, high = max(0.0, -difference), (1 - difference) / 2
    q = optimize.minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    variance = n * (2 * q + difference - difference**2)
    return (c - b - n * difference) / np.sqrt(variance)


@pytest.mark.parametrize(("b", "c", "n"), [(2, 12, 50), (1, 3, 200), (7, 5, 30), (12, 2, 50)])
def test_the_ends_are_where_the_score_test_turns(b, c, n):
    low, high = paired_difference(b, c, n)
    assert low < (c - b) / n < high
    assert score(b, c, n, low) == pytest.approx(Z, abs=1e-3)
    assert score(b, c, n, high) == pytest.approx(-Z, abs=1e-3)


def test_without_disagreements_it_is_not_of_zero_width():
    # n d^2 / (d (1 - d)) = z^2 gives d = z^2 / (n + z^2), on both sides.
    low, high = paired_difference(0, 0, 50)
    assert (low, high) == pytest.approx((-(Z**2) / (50 + Z**2), Z**2 / (50 + Z**2)))


def test_the_ends_change_places_with_the_models():
    low, high = paired_difference(3, 9, 80)
    assert paired_difference(9, 3, 80) == pytest.approx((-high, -low))


def test_everything_changed():
    low, high = paired_difference(0, 50, 50)
    assert high == pytest.approx(1) and 0.8 < low < 1


def test_it_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(100, [0.04, 0.01, 0.95], 1000)
    held = sum(low <= -0.03 <= high for low, high in (paired_difference(b, c, 100) for b, c, _ in drawn))
    # 95% of 1,000, four standard deviations (6.9) below and above.
    assert 922 <= held <= 978
