"""Every sentence that an audit may say about a gap."""

from dataclasses import replace

import numpy as np
import pytest

from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.measuring import Options, figures_of
from facedebias.auditing.statistics.between import Between, Resampling
from facedebias.auditing.statistics.gaps.pairs import PairDifference
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import Counts
from facedebias.report import verdict
from facedebias.report.numbers import bracketed, bracketed_ratio, p_text, percent, points
from tests.auditing.tables import COMPAS, counts

GAP = "equal_opportunity_difference"


def division(hits, sizes, negatives=0, min_group=20, names="abcdef", num_draws=500):
    """Groups with these positives, all of whose negatives are told right."""
    zero = np.zeros(len(hits), int)
    table = Counts(np.array(hits), np.array(sizes) - hits, zero, zero + negatives)
    groups = Groups(("race",), tuple(names[: len(hits)]), np.array([], int))
    return figures_of(table, groups, Options(min_group, Resampling(num_draws)), (GAP,))


def with_figure(found, **fields):
    return replace(found, differences={GAP: replace(found.differences[GAP], **fields)})


def sentence(found):
    return verdict.model_sentence("cnn", found)


def test_a_gap_that_is_shown():
    found = division((390, 300), (400, 400), num_draws=2000)
    low, high = found.differences[GAP].interval
    assert (low, high) == pytest.approx((0.18, 0.271), abs=0.003)
    assert sentence(found) == (
        "cnn misses 25.0% of b but 2.5% of a: recall differs by 22.5 points "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}). "
        "If all groups were alike, chance would rarely give as much (p < 0.001)."
    )


def test_the_clearest_pair_is_named_if_others_lie_farther_apart():
    # The lowest and the highest recall are those of groups of 25, but the sure gap is that of the thousands.
    found = sentence(division((900, 820, 25, 18), (1000, 1000, 25, 25)))
    assert found.startswith("cnn misses 28.0% of d but 0.0% of c: recall differs by 28.0 points")
    assert ". The clearest difference is between b (18.0% missed) and a (10.0%; p < 0.001, Holm)." in found
    assert found.endswith("Holm).")


def test_the_clearest_pair_is_not_named_twice_nor_if_it_is_none():
    shown = division((390, 300), (400, 400))
    assert "clearest" not in sentence(shown)
    pair = PairDifference("b", "a", 0.1, 0.06, 0.01)
    assert "clearest" not in sentence(with_figure(shown, pairs=(pair,)))
    assert "clearest" in sentence(with_figure(shown, pairs=(replace(pair, p_value=0.049),)))
    assert "clearest" not in sentence(with_figure(shown, pairs=()))


@pytest.mark.parametrize("p_value", [0.05, 0.07, 0.0999])
def test_a_gap_that_is_not_settled(p_value):
    found = division((90, 80), (100, 100))
    found = with_figure(found, p_value=p_value, interval=(0.0, 0.2), detectable=0.02)
    assert sentence(found) == (
        "cnn misses 20.0% of b but 10.0% of a: recall differs by 10.0 points (95% interval 0.0 to 20.0). "
        f"This may be chance ({p_text(p_value)}); it is not settled. In b (100 positives) this test finds a "
        "gap of 2.0 points or more with 80% power."
    ).replace("In b", f"In {found.differences[GAP].detectable_in}")


def test_no_gap_is_shown_where_one_that_matters_would_have_been():
    found = division((4750, 9520), (5000, 10_000))
    figure = found.differences[GAP]
    assert figure.p_value >= 0.1
    assert figure.detectable <= 0.05
    text = sentence(found)
    assert ": no gap is shown. In a (5,000 positives) this test finds a gap of " in text
    assert text.endswith(" points or more with 80% power, and a smaller one elsewhere.")


@pytest.mark.parametrize(("detectable", "is_shown"), [(0.05, True), (0.0501, False), (None, False)])
def test_no_gap_is_said_only_if_five_points_would_have_shown(detectable, is_shown):
    text = sentence(with_figure(division((90, 89), (100, 100)), detectable=detectable, p_value=0.6))
    assert "Chance alone can explain this (p = 0.6)" in text
    assert ("no gap is shown" in text) == is_shown
    assert ("These rows are too few to rule out a gap." in text) != is_shown


def test_a_small_group_keeps_a_gap_from_being_ruled_out():
    # The thousands would show two points; 30 rows would not show twenty.
    text = sentence(division((9500, 9500, 28), (10_000, 10_000, 30)))
    assert "too few to rule out a gap. In c (30 positives) this test finds a gap of " in text


def test_rows_that_could_show_nothing():
    text = sentence(division((2, 1), (2, 2), min_group=1))
    where = "a (2 positives) is too small: even the largest possible gap is missed too often (power 80%)."
    assert text.endswith(f"These rows are too few to rule out a gap. {where}")


def test_equal_groups():
    text = sentence(division((36, 72), (40, 80)))
    assert text.startswith(
        "cnn misses 10.0% of the positives in every group: recall differs by 0.0 points (95% "
    )
    assert " interval 0.0 to " in text
    assert " In a (40 positives) this test finds a gap of " in text
    assert text.endswith("a smaller one elsewhere.")


def test_groups_with_negatives_are_not_missed_as_a_whole():
    text = sentence(division((390, 300), (400, 400), negatives=50))
    assert text.startswith("cnn misses 25.0% of the positives in b but 2.5% of those in a: ")


@pytest.mark.parametrize(
    ("sizes", "few"), [((100, 12), "b (12)"), ((10, 12), "a (10), b (12)"), ((50, 0), "b (0)")]
)
def test_nobody_is_compared(sizes, few):
    found = division([size // 2 for size in sizes], sizes, negatives=50)
    assert sentence(found) == (
        "cnn: recall is not compared between groups, as fewer than two have enough positives. "
        f"Too few: {few}."
    )


def test_groups_too_small_are_left_out_of_the_sentence():
    text = sentence(division((390, 300, 0), (400, 400, 5)))
    assert "c" not in text.replace("cnn", "").replace("chance", "").replace("recall", "").split()
    assert "misses 25.0% of b but 2.5% of a" in text


def test_the_widest_gap_names_its_rate():
    found = [division(hits, (400, 400)) for hits in ((390, 380), (390, 300), (380, 310))]
    rates = ("a false positive rate of 0.1%", "a false positive rate of 0.3%", "a false positive rate of 1%")
    figure = found[1].differences[GAP]
    low, high = figure.interval
    text = verdict.widest_sentence("cnn", found, rates.__getitem__)
    assert text == (
        "The gap of cnn is widest at a false positive rate of 0.3%: recall of b is 22.5 points "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}) below that of a ({p_text(figure.p_value)}). "
        "This is the widest of 3 thresholds, so chance explains more of it than p says."
    )


def test_a_widest_gap_of_nothing_and_of_nobody():
    alike = division((36, 72), (40, 80))
    text = verdict.widest_sentence("cnn", [alike, alike], str)
    assert text == "cnn finds the same share of every group at all 2 thresholds."
    assert verdict.widest_sentence("cnn", [division((50, 6), (100, 12))], str) == ""


def test_one_group():
    text = sentence(division((90,), (100,)))
    assert text == "cnn finds 90.0% (82.6 to 94.5) of the positives; there is one group."
    assert sentence(division((0,), (0,), negatives=5)) == "cnn finds - of the positives; there is one group."


def test_compas():
    # The counts as published; Asian has 8 positives and Native American 5.
    groups = Groups(("race",), tuple(COMPAS), np.array([], int))
    found = figures_of(counts(*COMPAS.values()), groups, Options(30, Resampling(2000)), (GAP,))
    text = verdict.model_sentence("decile", found)
    assert text.startswith(
        "decile misses 66.1% of the positives in Other but 28.5% of those in African-American: recall "
        "differs by 37.7 points"
    )
    assert (
        "chance would rarely give as much (p < 0.001). The clearest difference is between Caucasian "
        "(49.6% missed) and African-American (28.5%; p < 0.001, Holm)."
    ) in text


# An interval that begins at 0 stands beside p >= 0.05, and no other does.


@pytest.mark.parametrize("seed", range(8))
def test_a_sentence_never_contradicts_itself(seed):
    rng = np.random.default_rng(seed)
    for _ in range(4):
        sizes = rng.integers(30, 3000, rng.integers(2, 5))
        hits = rng.binomial(sizes, np.clip(0.9 + rng.normal(0, 0.015, len(sizes)), 0, 1))
        found = division(hits, sizes, num_draws=200)
        text, p_value = sentence(found), found.differences[GAP].p_value
        assert ("interval 0.0 to" in text) == (p_value >= 0.05), text
        assert ("would rarely give as much" in text) == (p_value < 0.05), text


def test_an_end_that_rounds_to_0_is_above_it():
    figure = {"interval": (0.0003, 0.2), "p_value": 0.049975, "value": 0.1}
    text = sentence(with_figure(division((90, 80), (100, 100)), **figure))
    assert "10.0 points (95% interval >0.0 to 20.0)" in text
    assert "(p = 0.0499)" in text
    assert bracketed(Estimate(0.1, (0.0003, 0.2))) == "10.0 [>0.0, 20.0]"
    assert bracketed(Estimate(0.1, (0.0, 0.2))) == "10.0 [0.0, 20.0]"
    assert bracketed_ratio(Estimate(0.9, (0.8, 0.9999))) == "0.900 [0.800, <1.000]"
    assert bracketed_ratio(Estimate(0.9, (0.8, 1.0))) == "0.900 [0.800, 1.000]"
    assert bracketed_ratio(Estimate(0.9, None)) == "0.900"
    assert points(0.1, (0.0004, 0.2)) == "10.0 points (95% interval >0.0 to 20.0)"
    assert percent(0.1, (0.0006, 0.2)) == "10.0% (0.1 to 20.0)"


@pytest.mark.parametrize(
    ("p_value", "text"),
    [
        (None, "p unknown"),
        (0.0, "p < 0.001"),
        (0.00099, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.0123, "p = 0.012"),
        (0.0494, "p = 0.049"),
        (0.0495, "p = 0.0495"),
        (0.049975, "p = 0.0499"),
        (0.05 - 1e-12, "p = 0.0499"),
        (0.05, "p = 0.05"),
        (0.0504, "p = 0.05"),
        (1.0, "p = 1"),
    ],
)
def test_p_values_as_people_read_them(p_value, text):
    assert p_text(p_value) == text


def test_a_figure_without_a_value_is_not_compared():
    found = with_figure(division((90, 80), (100, 100)), value=None)
    assert sentence(found).startswith("cnn: recall is not compared")
    assert Between(None).pairs == ()
