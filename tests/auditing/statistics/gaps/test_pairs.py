import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from facedebias.auditing.statistics import significance
from facedebias.auditing.statistics.gaps.pairs import compare_pairs
from tests.auditing.tables import COMPAS, drawn_alike


def found_pairs(hits, sizes):
    names = tuple(map(str, range(len(hits))))
    return compare_pairs(names, np.array(hits), np.array(sizes))


@settings(drawn_alike)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=5))
def test_every_pair_is_fishers_test_with_holms_correction(cells):
    cells = [(k, other + 1) for k, other in cells]
    hits, sizes = [k for k, _ in cells], [sum(cell) for cell in cells]
    expected = {
        frozenset(map(str, pair)): stats.fisher_exact([cells[i] for i in pair]).pvalue
        for pair in itertools.combinations(range(len(cells)), 2)
    }
    corrected = dict(zip(expected, multipletests(list(expected.values()), method="holm")[1], strict=True))
    found = found_pairs(hits, sizes)
    assert len(found) == len(expected)
    assert [pair.raw_p_value for pair in found] == sorted(pair.raw_p_value for pair in found)
    for pair in found:
        ends = frozenset((pair.higher, pair.lower))
        assert pair.raw_p_value == pytest.approx(expected[ends], rel=1e-6)
        assert pair.p_value == pytest.approx(corrected[ends], rel=1e-6)
        rates = [hits[int(name)] / sizes[int(name)] for name in (pair.higher, pair.lower)]
        assert pair.difference == pytest.approx(rates[0] - rates[1])
        assert pair.difference >= 0


def test_the_clearest_pair_of_compas_is_that_of_the_large_groups():
    hits, misses, _, _ = np.array(list(COMPAS.values())).T
    first = compare_pairs(tuple(COMPAS), hits, hits + misses)[0]
    assert (first.higher, first.lower) == ("African-American", "Caucasian")
    assert first.difference == pytest.approx(1188 / 1661 - 414 / 822)
    expected = stats.fisher_exact([[1188, 473], [414, 408]]).pvalue
    assert first.raw_p_value == pytest.approx(expected, rel=1e-6)
    assert first.p_value == pytest.approx(15 * expected, rel=1e-6)  # of 15 pairs


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((90_000, 10_000), (89_700, 10_300)),
        ((50_000, 50_000), (50_000, 50_000)),
        ((99_990, 10), (99_970, 30)),
        ((7, 3), (60_000, 40_000)),
        ((0, 5), (99_999, 1)),
        ((60_000, 40_000), (40_000, 60_000)),
    ],
)
def test_fisher_of_large_tables_is_that_of_scipy(first, second):
    expected = stats.fisher_exact([first, second]).pvalue
    found = significance.fisher(first[0], sum(first), first[0] + second[0], sum(first) + sum(second))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-300)


def test_weighted_counts_are_rounded():
    found = found_pairs([29.6, 44.7], [39.7, 50.2])[0]
    # 40 x 29.6 / 39.7 = 29.8 and 50 x 44.7 / 50.2 = 44.5 of them.
    assert found.raw_p_value == pytest.approx(stats.fisher_exact([[30, 10], [45, 5]]).pvalue)
    assert found.difference == pytest.approx(44.7 / 50.2 - 29.6 / 39.7)  # of the shares as they are


@pytest.mark.parametrize(("num_groups", "num_pairs"), [(1, 0), (2, 1), (40, 780), (41, 0)])
def test_pairs_of_many_groups_are_too_many_to_read(num_groups, num_pairs):
    assert len(found_pairs([5] * num_groups, [10] * num_groups)) == num_pairs
