import numpy as np
import pytest
from hypothesis import given
from statsmodels.stats.contingency_tables import mcnemar

from facedebias.auditing.comparison import COMPARED, RateChange, compare
from facedebias.auditing.statistics.metrics import RATES, count
from facedebias.auditing.statistics.significance import holm
from tests.auditing.tables import drawn_alike, rows

NAMES = ("a", "b", "c")


def changes(labels, before, after, codes, compared=None, num_draws=200):
    """Comparison of two models' decisions by rate."""
    names = NAMES[: max(codes) + 1]
    of_rates = dict.fromkeys(COMPARED, compared or names)
    found = compare(("old", "new"), labels, (before, after), codes, names, of_rates, (num_draws, 0))
    assert (found.before, found.after) == ("old", "new")
    return found.rates


def positives(*groups):
    """Rows from (both, only the first, only the second, neither) of each group, all positive."""
    joint = [(1, 1), (1, 0), (0, 1), (0, 0)]
    pairs = [pair for cells in groups for pair, times in zip(joint, cells, strict=True) for _ in range(times)]
    before, after = np.array(pairs, bool).T
    codes = np.repeat(np.arange(len(groups)), [sum(cells) for cells in groups])
    return np.ones(len(codes), bool), before, after, codes


def test_mcnemar_counts_by_hand():
    # Positives: rows 0 to 3; only the first model finds row 1, only the second row 2. Negatives: rows
    # 4 to 6; only the second selects row 5. Right answers: the first alone on rows 1 and 5.
    labels = np.array([1, 1, 1, 1, 0, 0, 0], bool)
    before = np.array([1, 1, 0, 0, 0, 0, 1], bool)
    after = np.array([1, 0, 1, 0, 0, 1, 1], bool)
    found = changes(labels, before, after, np.zeros(7, int))
    counts = {name: (found[name].groups[0].only_before, found[name].groups[0].only_after) for name in found}
    assert counts == {"true_positive_rate": (1, 1), "false_positive_rate": (0, 1), "accuracy": (2, 1)}
    recall = found["true_positive_rate"].groups[0]
    assert (recall.before, recall.after) == (0.5, 0.5)
    assert found["true_positive_rate"].change is None  # one group has no gap
    assert found["true_positive_rate"].interval is None


@drawn_alike
@given(rows(), rows())
def test_groups_equal_a_mask_recomputation(first, second):
    size = min(len(first[0]), len(second[0]))
    labels, before, codes = (part[:size] for part in first)
    after = second[1][:size]
    codes[0] = 2  # some row is in the last group
    found = changes(labels, before, after, codes, num_draws=100)
    for name in COMPARED:
        raw = []
        for group, change in enumerate(found[name].groups):
            mask = codes == group
            if name != "accuracy":
                mask &= labels if name == "true_positive_rate" else ~labels
            hits = [x[mask] == labels[mask] if name == "accuracy" else x[mask] for x in (before, after)]
            only = [int(np.sum(hits[0] & ~hits[1])), int(np.sum(hits[1] & ~hits[0]))]
            assert [change.only_before, change.only_after] == only
            if not mask.any():
                assert (change.before, change.after, change.p_value) == (None, None, None)
                raw.append(np.nan)
                continue
            assert [change.before, change.after] == pytest.approx([hits[0].mean(), hits[1].mean()])
            table = [[0, only[0]], [only[1], 0]]
            raw.append(min(1.0, mcnemar(table, exact=True).pvalue) if sum(only) else 1.0)
            assert change.raw_p_value == pytest.approx(raw[-1])
        corrected = [np.nan if c.p_value is None else c.p_value for c in found[name].groups]
        np.testing.assert_allclose(corrected, holm(np.array(raw)))


@drawn_alike
@given(rows(), rows())
def test_the_change_is_that_of_the_gaps_and_its_interval_holds_it(first, second):
    size = min(len(first[0]), len(second[0]))
    labels, before, codes = (part[:size] for part in first)
    after = second[1][:size]
    codes[0] = 2
    for name, found in changes(labels, before, after, codes, num_draws=100).items():
        gaps = []
        for decisions in (before, after):
            values = RATES[name](count(labels, decisions, codes, 3))
            values = values[np.isfinite(values)]
            gaps.append(np.ptp(values) if len(values) > 1 else None)
        if gaps[0] is None:
            assert (found.gap_before, found.change, found.p_value) == (None, None, None)
            continue
        assert [found.gap_before, found.gap_after] == pytest.approx(gaps)
        assert found.change == pytest.approx(gaps[1] - gaps[0])
        assert found.interval[0] <= found.change <= found.interval[1]
        assert 0 < found.p_value <= 1


def test_a_model_has_not_changed_from_itself():
    labels, before, _, codes = positives((60, 0, 0, 40), (80, 0, 0, 20), (70, 0, 0, 30))
    found = changes(labels, before, before, codes, num_draws=1000)["true_positive_rate"]
    assert found.change == 0
    assert found.p_value == pytest.approx(1, abs=0.1)
    assert [change.p_value for change in found.groups] == [1, 1, 1]
    assert found.interval[0] < 0 < found.interval[1]
    assert found.leveled_down == 0
    assert not found.is_leveling_down


def test_a_gap_that_closed_for_certain():
    # Gaps of .5 and 0: the second model finds the 250 of 500 that the first misses.
    labels, before, after, codes = positives((475, 0, 0, 25), (225, 0, 250, 25))
    found = changes(labels, before, after, codes, num_draws=1000)["true_positive_rate"]
    assert found.change == pytest.approx(-0.5)
    assert found.interval[1] < -0.4
    assert found.p_value <= 2 / 1001 + 1e-9
    assert found.leveled_down == 0


@pytest.mark.parametrize(
    ("first", "second", "leveled", "is_marked"),
    [
        # Best falls from .9 to .7, worst stays at .5: the whole of the .2 is a loss.
        ((70, 20, 0, 10), (50, 0, 0, 50), 0.2, True),
        # Best falls by .1, worst gains .1: half of the .2.
        ((80, 10, 0, 10), (50, 0, 10, 40), 0.1, True),
        # Best falls by .05, worst gains .15: a quarter.
        ((85, 5, 0, 10), (50, 0, 15, 35), 0.05, False),
        # Worst gains .2.
        ((90, 0, 0, 10), (50, 0, 20, 30), 0.0, False),
        # Both fall by .1: the gap stays.
        ((80, 10, 0, 10), (40, 10, 0, 50), 0.0, False),
        # Best falls by .1, worst by .2: the gap grows.
        ((80, 10, 0, 10), (30, 20, 0, 50), 0.0, False),
    ],
)
def test_levelling_down_is_marked_when_and_only_when_it_is(first, second, leveled, is_marked):
    found = changes(*positives(first, second))["true_positive_rate"]
    assert found.leveled_down == pytest.approx(leveled)
    assert found.is_leveling_down == is_marked


def test_levelling_down_in_errors_is_more_errors_of_the_best_group():
    # Negatives selected: .1 and .5, then .4 and .5: the gap shrank by .3 as the best group lost .3.
    labels, before, after, codes = positives((10, 0, 30, 60), (50, 0, 0, 50))
    found = changes(~labels, before, after, codes)["false_positive_rate"]
    assert found.change == pytest.approx(-0.3)
    assert found.leveled_down == pytest.approx(0.3)
    assert found.is_leveling_down
    # The other way about: .5 falls to .2.
    labels, before, after, codes = positives((10, 0, 0, 90), (20, 30, 0, 50))
    found = changes(~labels, before, after, codes)["false_positive_rate"]
    assert found.change == pytest.approx(-0.3)
    assert not found.is_leveling_down


def test_small_groups_show_their_change_but_not_in_the_gap():
    labels, before, after, codes = positives((90, 0, 0, 10), (50, 0, 0, 50), (0, 0, 2, 0))
    found = changes(labels, before, after, codes, compared=("a", "b"))["true_positive_rate"]
    assert (found.gap_before, found.gap_after) == pytest.approx((0.4, 0.4))
    assert (found.groups[2].before, found.groups[2].after) == (0, 1)


def test_every_rate_has_its_own_groups():
    # The third group has two positives, which say nothing of recall, but counts for accuracy.
    labels, before, after, codes = positives((90, 0, 0, 10), (50, 0, 0, 50), (0, 0, 2, 0))
    compared = {
        "true_positive_rate": ("a", "b"), "false_positive_rate": (), "accuracy": ("a", "b", "c")
    }  # fmt: skip
    found = compare(("old", "new"), labels, (before, after), codes, NAMES, compared, (200, 0)).rates
    assert found["true_positive_rate"].gap_before == pytest.approx(0.4)
    assert (found["accuracy"].gap_before, found["accuracy"].gap_after) == pytest.approx((0.9, 0.5))
    assert found["false_positive_rate"].gap_before is None
    assert found["false_positive_rate"].interval is None


def test_a_change_that_cannot_be_computed_is_no_levelling_down():
    found = RateChange("accuracy", (), None, None, None, None)
    assert found.change is None
    assert not found.is_leveling_down


def test_change_of_the_gap_is_held_in_about_95_percent():
    # 150 samples of 300 a group; recalls .9 and .7, then .9 and .8, half of the errors shared: the gap
    # changes by -.1. One standard deviation of 95% is 1.8%.
    rng, held = np.random.default_rng(0), []
    for _ in range(150):
        cells = [rng.multinomial(300, p) for p in ((0.85, 0.05, 0.05, 0.05), (0.6, 0.1, 0.2, 0.1))]
        found = changes(*positives(*(cell.tolist() for cell in cells)), num_draws=150)["true_positive_rate"]
        held.append(found.interval[0] <= -0.1 <= found.interval[1])
    assert 0.9 <= np.mean(held) <= 0.99
