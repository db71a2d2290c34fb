import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from facedebias.auditing.statistics.gaps.estimates import LOGARITHMIC, PLAIN, Scores, Shares
from facedebias.auditing.statistics.gaps.studentized import tail_share
from facedebias.auditing.statistics.ranking import ScoredRows, measure
from tests.auditing.tables import drawn_alike

SIZES = np.array([1_000_000, 1_000_000])  # of which draws say everything
SCALES = pytest.mark.parametrize("scale", [PLAIN, LOGARITHMIC])


def test_places_by_hand():
    # (9 + 1/2) / (9 + 1) = .95 and (4 + 1/2) / (8 + 1) = .5: nine of nine are no certainty.
    estimates = Shares(np.array([9, 4]), np.array([9, 8]))
    assert estimates.places == pytest.approx([0.95, 0.5])
    assert estimates.limits == pytest.approx((0.05, 0.95))
    assert Shares(np.array([9, 4]), np.array([9, 8]), LOGARITHMIC).places == pytest.approx(
        np.log([0.95, 0.5])
    )


def test_standard_errors_by_hand():
    # sqrt(.9 x .1 / 100) = .03, and of the logarithm .03 / .9.
    places = np.array([0.9])
    assert Shares(np.array([80]), np.array([100])).errors(places) == pytest.approx([0.03])
    logs = Shares(np.array([80]), np.array([100]), LOGARITHMIC)
    assert logs.errors(np.log(places)) == pytest.approx([0.03 / 0.9])


@SCALES
@drawn_alike
@given(st.integers(0, 50), st.integers(1, 50), st.floats(0.05, 0.95))
def test_deviance_is_twice_the_log_likelihood_lost_and_pull_its_slope(scale, hits, misses, rate):
    estimates, groups = Shares(np.array([hits]), np.array([hits + misses]), scale), np.array([0])
    place, size = scale.place(np.array([rate])), hits + misses
    own = (hits + 0.5) / (size + 1)

    def log_likelihood(p):
        return size * (own * np.log(p) + (1 - own) * np.log(1 - p))

    expected = 2 * (log_likelihood(own) - log_likelihood(rate))
    assert estimates.deviance(place, groups) == pytest.approx([expected], abs=1e-8)
    step = 1e-6
    slope = (estimates.deviance(place + step, groups) - estimates.deviance(place - step, groups)) / (2 * step)
    assert estimates.pull(place) == pytest.approx(slope / 2, rel=1e-3, abs=1e-4)


@SCALES
def test_drawn_estimates_lie_around_the_places_by_their_errors(scale):
    estimates = Shares(np.array([180, 50]), np.array([200, 100]), scale)
    places = scale.place(np.array([0.88, 0.55]))
    drawn = estimates.observed_and_drawn(places, 8000, np.random.default_rng(0))[:, 1:]
    errors = estimates.errors(places)
    assert drawn.mean(1) == pytest.approx(places, abs=0.1 * errors.max())
    assert drawn.std(1) == pytest.approx(errors, rel=0.05)


@pytest.mark.parametrize("is_logarithmic", [False, True])
def test_scores_have_the_errors_that_they_were_resampled_with(is_logarithmic):
    errors = np.random.default_rng(0).normal(0, [0.01, 0.03], (1000, 2))
    scores = Scores(np.array([0.8, 0.5]), errors, SIZES, (0.0, 1.0), is_logarithmic)
    expected = errors.std(0) / ([0.8, 0.5] if is_logarithmic else 1)
    assert scores.errors(scores.places) == pytest.approx(expected)
    drawn = scores.observed_and_drawn(scores.places, 1000, np.random.default_rng(0))[:, 1:]
    assert drawn.std(1) == pytest.approx(expected)
    assert scores.deviance(scores.places + expected, np.arange(2)) == pytest.approx([1, 1])
    assert scores.pull(scores.places + expected) == pytest.approx(1 / expected)


def test_equal_scores_are_judged_by_their_common_mean():
    # Standard errors of 1 and 2 points around .8 and .75: 5 / sqrt(1 + 4) = 2.24 of them, p = 0.025.
    errors = np.random.default_rng(0).normal(0, [0.01, 0.02], (20_000, 2))
    scores = Scores(np.array([0.8, 0.75]), errors, SIZES, (0.0, 1.0), False)
    observed, *drawn = scores.equal(20_000, np.random.default_rng(0))
    assert observed == pytest.approx(5 / np.sqrt(5), rel=0.02)
    assert np.mean(np.array(drawn) > observed) == pytest.approx(2 * stats.norm.sf(observed), abs=0.005)


def test_a_small_group_that_draws_do_not_move_is_not_taken_for_certain():
    # 40 rows whose metric no draw moves, beside 1,000 with a standard error of half a point: 0.158 of a row,
    # and 2.5 points of 40 rows. The difference is 0.64 of these, which chance gives every other time.
    errors = np.column_stack([np.zeros(4000), np.random.default_rng(0).normal(0, 0.005, 4000)])
    scores = Scores(np.array([1.0, 0.984]), errors, np.array([40, 1000]), (-np.inf, np.inf), False)
    assert scores.errors(scores.places)[0] == pytest.approx(0.025, rel=0.05)
    observed, *drawn = scores.equal(4000, np.random.default_rng(0))
    assert np.mean(np.array(drawn) >= observed) > 0.3
    drawn = scores.observed_and_drawn(np.zeros(2), 4000, np.random.default_rng(0))[:, 1:]
    assert drawn.std(1) == pytest.approx([0.025, 0.005], rel=0.1)
    assert abs(np.corrcoef(drawn)[0, 1]) < 0.1


@pytest.mark.parametrize("distance", [1.8, 2.5, 3.3])
def test_equal_aucs_are_told_apart_in_about_5_percent_of_samples(distance):
    # 30 + 30 rows beside 1,000 + 1,000: draws of the small group move too little, or not at all. Of 200
    # samples 5% are 10, and chance gives over 18 in one of 150.
    labels, codes = np.repeat([1, 0, 1, 0], [30, 30, 1000, 1000]), np.repeat([0, 1], [60, 2000])
    rng, rejected = np.random.default_rng(0), 0
    for _ in range(200):
        rows = ScoredRows(rng.normal(distance * labels, 1.0), None, labels == 1, codes)
        figures = measure(rows, 2, 300, rng)
        auc = [part["auc"] for part in (figures.values, figures.errors, figures.sizes)]
        observed, *drawn = Scores(*auc, (0.0, 1.0), False).equal(300, rng)
        rejected += tail_share(np.array(drawn), observed) < 0.05
    assert rejected <= 18
