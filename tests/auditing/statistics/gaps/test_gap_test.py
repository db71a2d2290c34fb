"""The test of "no gap", against exact tables, chi-squared and its own promise of 5%."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from facedebias.auditing.statistics.between import BetweenGroups, Resampling
from facedebias.auditing.statistics.gaps.gap_test import LEVEL
from facedebias.auditing.statistics.metrics import RATES
from tests.auditing.statistics.gaps.gap_answers import gap_test, p_and_interval
from tests.auditing.tables import COMPAS, counts, drawn_alike

RECALL_FIGURES = (
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "true_positive_rate_variance",
    "equalized_odds_difference",
    "equalized_odds_sum_difference",
    "equalized_odds_ratio",
)


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


def test_figures_of_one_metric_have_one_p_value():
    table = counts((40, 10, 5, 45), (33, 17, 8, 42), (45, 5, 9, 41))
    found = BetweenGroups(tuple("abc"), table, None, 1, Resampling(500)).figures()
    for stem in ("equal_opportunity", "equalized_odds", "false_negative_rate"):
        assert found[f"{stem}_difference"].p_value == found[f"{stem}_ratio"].p_value
    # What is missed differs as much as what is found.
    miss, recall = found["false_negative_rate_difference"], found["equal_opportunity_difference"]
    assert (miss.p_value, miss.interval) == (recall.p_value, recall.interval)
    assert (miss.highest, miss.lowest) == (recall.lowest, recall.highest)


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
