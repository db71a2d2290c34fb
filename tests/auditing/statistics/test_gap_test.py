"""The test of "no gap" and the interval of a gap, which are one procedure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from facedebias.auditing.statistics.between import BetweenGroups, Resampling
from facedebias.auditing.statistics.gaps.estimates import LOGARITHMIC, PLAIN, Scores, Shares
from facedebias.auditing.statistics.gaps.gap_test import LEVEL, GapTest
from facedebias.auditing.statistics.metrics import RATES, Counts
from tests.auditing.tables import COMPAS, counts, drawn_alike

RECALL_FIGURES = (
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "true_positive_rate_variance",
    "equalized_odds_difference",
    "equalized_odds_sum_difference",
    "equalized_odds_ratio",
)


def gap_test(hits, sizes, num_draws=2000, seed=0, scale=PLAIN):
    return GapTest([Shares(np.array(hits), np.array(sizes), scale)], num_draws, seed)


def p_and_interval(hits, sizes, num_draws=2000, seed=0, scale=PLAIN):
    test = gap_test(hits, sizes, num_draws, seed, scale)
    p_value = test.p_of_no_gap()
    return p_value, test.interval(p_value)


def exact_mid_p(hits, sizes):
    """Of two groups, over every table with these margins, each as likely as hypergeometric draws are."""
    all_hits, all_rows = sum(hits), sum(sizes)
    rate = all_hits / all_rows
    errors = np.sqrt(rate * (1 - rate) / np.array(sizes))

    def place(group, k):
        n = sizes[group]
        divergence = stats.power_divergence([k, n - k], [n * rate, n * (1 - rate)], lambda_=2 / 3).statistic
        return errors[group] * np.sign(k - n * rate) * np.sqrt(max(divergence, 0))

    possible = np.arange(max(0, all_hits - sizes[1]), min(sizes[0], all_hits) + 1)
    apart = np.array([abs(place(0, k) - place(1, all_hits - k)) for k in possible])
    own = apart[possible == hits[0]][0]
    chances = stats.hypergeom(all_rows, all_hits, sizes[0]).pmf(possible)
    equal = np.abs(apart - own) < 1e-9
    return chances[(apart > own) & ~equal].sum() + chances[equal].sum() / 2


@pytest.mark.parametrize(
    ("hits", "sizes"),
    [
        ((18, 11), (20, 20)),
        ((5, 30), (8, 60)),
        ((39, 92), (40, 110)),
        ((7, 950), (8, 1000)),
        ((2, 9), (50, 90)),
        ((10, 10), (10, 12)),
    ],
)
def test_p_of_two_groups_is_the_exact_mid_p_value(hits, sizes):
    expected = exact_mid_p(hits, sizes)
    error = 4 * np.sqrt(expected * (1 - expected) / 40_000) + 1e-4
    assert gap_test(hits, sizes, 40_000).p_of_no_gap() == pytest.approx(expected, abs=error)


def test_p_of_two_large_groups_is_that_of_chi_squared():
    for hits in ((920, 890), (950, 930), (500, 530)):
        expected = stats.chi2_contingency([hits, [1000 - k for k in hits]], correction=False).pvalue
        assert gap_test(hits, (1000, 1000), 40_000).p_of_no_gap() == pytest.approx(
            expected, rel=0.05, abs=2e-3
        )


@pytest.mark.parametrize(
    ("hits", "sizes"), [((5, 5), (5, 5)), ((0, 0, 0), (30, 40, 8)), ((40, 80), (50, 100))]
)
def test_groups_exactly_alike_may_differ(hits, sizes):
    p_value, (low, high) = p_and_interval(hits, sizes, 500)
    assert p_value >= 0.5  # 1/2 where no other table is possible
    assert low == 0
    assert high > 0.05


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


def test_figures_of_one_metric_have_one_p_value():
    table = counts((40, 10, 5, 45), (33, 17, 8, 42), (45, 5, 9, 41))
    found = BetweenGroups(tuple("abc"), table, None, 1, Resampling(500)).figures()
    for stem in ("equal_opportunity", "equalized_odds", "false_negative_rate"):
        assert found[f"{stem}_difference"].p_value == found[f"{stem}_ratio"].p_value
    # What is missed differs as much as what is found.
    miss, recall = found["false_negative_rate_difference"], found["equal_opportunity_difference"]
    assert (miss.p_value, miss.interval) == (recall.p_value, recall.interval)
    assert (miss.highest, miss.lowest) == (recall.lowest, recall.highest)


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


@drawn_alike
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=6), st.data())
def test_the_order_of_groups_hardly_matters(cells, data):
    hits = [k for k, _ in cells]
    sizes = [k + other + 1 for k, other in cells]
    order = data.draw(st.permutations(range(len(cells))))
    there, back = (
        gap_test(hits, sizes, 1000),
        gap_test([hits[i] for i in order], [sizes[i] for i in order], 1000),
    )
    # Other draws: five standard errors of the difference of two shares of 1,000.
    p_value = there.p_of_no_gap()
    error = 5 * np.sqrt(2 * max(p_value * (1 - p_value), 0.004) / 1000)
    assert back.p_of_no_gap() == pytest.approx(p_value, abs=error)


def test_the_order_of_groups_hardly_moves_the_interval():
    there = p_and_interval((180, 150, 90), (200, 200, 100), 4000)[1]
    back = p_and_interval((90, 150, 180), (100, 200, 200), 4000)[1]
    assert there == pytest.approx(back, abs=0.006)


@pytest.mark.parametrize("hits", range(0, 9, 2))
def test_a_tiny_group_hides_nothing(hits):
    # 95.0 and 92.6% of 1,000 each: p = 0.025 between the two alone. Eight rows add two more pairs.
    alone = p_and_interval((950, 926), (1000, 1000), 10_000)
    beside = p_and_interval((950, 926, hits), (1000, 1000, 8), 10_000)
    if hits >= 6:  # what chance gives in a group of 8
        assert beside[0] < 3 * alone[0]
        assert beside[1][0] == pytest.approx(alone[1][0], abs=0.006)
    else:  # less than that is a gap of its own
        assert beside[0] < alone[0]


def test_a_tiny_group_of_a_real_audit_hides_nothing():
    for sizes in ((1000, 1000), (1000, 1000, 8)):
        p_value, (low, _) = p_and_interval((950, 860, 7)[: len(sizes)], sizes)
        assert p_value < 0.001
        assert 0.05 < low < 0.09


@pytest.mark.parametrize("min_group", [1, 5, 6, 30, 125, 190])
def test_the_gap_of_compas_is_shown_whatever_counts_as_small(min_group):
    names, table = tuple(COMPAS), counts(*COMPAS.values())
    assert table.total.tolist() == [3175, 31, 2103, 509, 11, 343]
    figures = BetweenGroups(names, table, None, min_group, Resampling(2000)).figures(RECALL_FIGURES)
    for name, figure in figures.items():
        assert figure.p_value < 0.001, name
        assert figure.interval[1] < 0.95 if name.endswith("ratio") else figure.interval[0] > 0.1, name


def test_weighted_counts_work():
    whole = p_and_interval((90, 150), (100, 200))
    near = p_and_interval((89.7, 150.3), (99.6, 200.4))
    assert near[0] == pytest.approx(whole[0], abs=0.01)
    assert near[1] == pytest.approx(whole[1], abs=0.01)
    # Less than one row of a group is one row, found or not.
    assert 0 < p_and_interval((0.4, 150.0), (0.5, 200.0))[0] <= 1


def test_scores_have_an_interval_that_agrees_with_the_normal_one():
    # Errors of 1 and 2 points: that of the difference is sqrt(5), and 1.96 of these are 4.4 points.
    errors = np.random.default_rng(0).normal(0, [0.01, 0.02], (4000, 2))
    test = GapTest([Scores(np.array([0.9, 0.8]), errors, (0.0, 1.0), False)], 4000, 0)
    p_value = test.p_of_no_gap()
    assert p_value < 0.001
    expected = 0.1 + np.array([-1, 1]) * 1.96 * np.sqrt(5) / 100
    assert test.interval(p_value) == pytest.approx(expected, abs=0.003)


def test_scores_without_an_error_differ_for_certain():
    test = GapTest([Scores(np.array([0.9, 0.8]), np.zeros((500, 2)), (0.0, 1.0), False)], 500, 0)
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


@pytest.mark.parametrize(("sizes", "rate"), [((80, 120, 200), 0.7), ((1000, 300, 30, 8), 0.95)])
def test_no_gap_is_refused_in_about_5_percent_where_there_is_none(sizes, rate):
    # 400 samples: 20 on average; fewer than 7 or more than 36 in one of 1,000.
    rng, refused = np.random.default_rng(0), 0
    for seed in range(400):
        refused += gap_test(rng.binomial(sizes, rate), sizes, 300, seed).p_of_no_gap() < LEVEL
    assert 7 <= refused <= 36


def test_every_rate_has_its_own_rows():
    # The same hits and sizes give the same answer, whichever rate they belong to.
    table = counts((40, 10, 40, 10), (30, 20, 30, 20))
    found = BetweenGroups(("a", "b"), table, None, 1, Resampling(500)).figures()
    recall, false_positives = found["equal_opportunity_difference"], found["false_positive_rate_difference"]
    assert (recall.p_value, recall.interval) == (false_positives.p_value, false_positives.interval)
    expected = exact_mid_p((40, 30), (50, 50))
    assert recall.p_value == pytest.approx(expected, abs=0.03)
    assert set(RATES) >= {"true_positive_rate", "false_positive_rate"}
