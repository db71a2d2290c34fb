"""The interval of a gap: where it begins and ends, and how often it holds the truth."""

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from facedebias.auditing.statistics.between import BetweenGroups, Resampling
from facedebias.auditing.statistics.gaps.estimates import LOGARITHMIC, Scores
from facedebias.auditing.statistics.gaps.gap_test import LEVEL, GapTest
from facedebias.auditing.statistics.metrics import Counts
from tests.auditing.statistics.gaps.gap_answers import p_and_interval

SIZES = np.array([1_000_000, 1_000_000])  # of which draws say everything


@pytest.mark.parametrize("seed", range(12))
def test_intervals_begin_where_there_is_no_gap_exactly_if_p_says_so(seed):
    rng = np.random.default_rng(seed)
    for _ in range(3):
        sizes = rng.integers(20, 300, (rng.integers(2, 6), 2))
        # Some of these have gaps that chance gives in one sample of 20.
        rates = np.clip(rng.uniform(0.1, 0.9, 2) + rng.normal(0, 0.05, sizes.shape), 0, 1)
        (tp, fp), (positives, negatives) = rng.binomial(sizes, rates).T, sizes.T
        table = Counts(tp, positives - tp, fp, negatives - fp)
        names = tuple("abcdefgh"[: len(tp)])
        figures = BetweenGroups(names, table, None, 1, Resampling(150, seed)).figures()
        for name, figure in figures.items():
            low, high = figure.interval
            assert low <= figure.value <= high, name
            if name.endswith("ratio"):
                assert (high == 1) == (figure.p_value >= LEVEL), (name, figure)
                assert low >= 0
            else:
                assert (low == 0) == (figure.p_value >= LEVEL), (name, figure)


@pytest.mark.parametrize(
    ("hits", "sizes"), [((900, 800), (1000, 1000)), ((450, 1600), (500, 2000)), ((1700, 600), (2000, 1000))]
)
def test_the_interval_of_two_large_groups_is_that_of_statsmodels(hits, sizes):
    # Gaps clear of 0, where a difference with a sign and one without are the same.
    _, found = p_and_interval(hits, sizes, 10_000)
    expected = confint_proportions_2indep(
        hits[0], sizes[0], hits[1], sizes[1], method="score", compare="diff"
    )
    assert found == pytest.approx(expected, abs=0.05 * (expected[1] - expected[0]))


@pytest.mark.parametrize("num_draws", [200, 2000])
@pytest.mark.parametrize("size", [200, 2000, 10_000])
@pytest.mark.parametrize("is_all", [True, False])
def test_groups_without_a_miss_may_still_differ_by_some(num_draws, size, is_all):
    hits = (size, size) if is_all else (0, 0)
    p_value, (low, high) = p_and_interval(hits, (size, size), num_draws)
    assert p_value >= LEVEL and low == 0
    # Of one share without a miss the one-sided 97.5% limit is 3.7 rows, of the difference a little more.
    _, one_sided = proportion_confint(0, size, method="beta")
    assert 0.6 * one_sided < high < 2.5 * one_sided


def test_the_interval_of_a_gap_near_0_is_that_of_its_size():
    # 90.0 and 85.0% of 1,000 each. With a sign the interval is 2.1 to 7.9 points. Without one a gap of 2.1
    # has nothing below it that would speak against it, so that 5% are left out above alone.
    _, (low, high) = p_and_interval((900, 850), (1000, 1000), 10_000)
    two_sided, one_sided = (
        confint_proportions_2indep(900, 1000, 850, 1000, method="score", compare="diff", alpha=alpha)
        for alpha in (0.05, 0.1)
    )
    assert high == pytest.approx(two_sided[1], abs=0.002)
    assert low == pytest.approx(one_sided[0], abs=0.002)


def test_the_interval_of_a_ratio_is_that_of_statsmodels():
    _, (low, high) = p_and_interval((900, 800), (1000, 1000), 10_000, scale=LOGARITHMIC)
    expected = confint_proportions_2indep(800, 1000, 900, 1000, method="score", compare="ratio")
    assert (np.exp(-high), np.exp(-low)) == pytest.approx(expected, abs=0.005)


def test_the_order_of_groups_hardly_moves_the_interval():
    there = p_and_interval((180, 150, 90), (200, 200, 100), 4000)[1]
    back = p_and_interval((90, 150, 180), (100, 200, 200), 4000)[1]
    assert there == pytest.approx(back, abs=0.006)


def test_scores_have_an_interval_that_agrees_with_the_normal_one():
    # Errors of 1 and 2 points: that of the difference is sqrt(5), and 1.96 of these are 4.4 points.
    errors = np.random.default_rng(0).normal(0, [0.01, 0.02], (4000, 2))
    test = GapTest([Scores(np.array([0.9, 0.8]), errors, SIZES, (0.0, 1.0), False)], 4000, 0)
    p_value = test.p_of_no_gap()
    assert p_value < 0.001
    expected = 0.1 + np.array([-1, 1]) * 1.96 * np.sqrt(5) / 100
    assert test.interval(p_value) == pytest.approx(expected, abs=0.003)


def test_scores_without_an_error_differ_for_certain():
    test = GapTest([Scores(np.array([0.9, 0.8]), np.zeros((500, 2)), SIZES, (0.0, 1.0), False)], 500, 0)
    p_value = test.p_of_no_gap()
    assert p_value < 0.01
    assert test.interval(p_value) == pytest.approx((0.1, 0.1), abs=1e-3)


@pytest.mark.parametrize(
    ("sizes", "rates"),
    [
        ((200, 120, 40), (0.9, 0.8, 0.85)),
        ((1000, 1000, 30), (0.95, 0.92, 0.95)),
        ((300,) * 6, (0.9,) * 5 + (0.8,)),
    ],
)
def test_a_gap_is_held_in_about_95_percent(sizes, rates):
    # 150 samples: fewer than 135 of them are held in one of 400, if 95% are on average.
    rng, held = np.random.default_rng(0), 0
    for seed in range(150):
        _, (low, high) = p_and_interval(rng.binomial(sizes, rates), sizes, 200, seed)
        held += low <= max(rates) - min(rates) <= high
    assert held >= 135
