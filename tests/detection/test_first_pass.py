"""Windows near places of a scan that come near a face are asked about, and those around the best of them."""

import numpy as np
import pytest

from facedebias.detection.first_pass import around, near_promising_places
from facedebias.detection.geometry import WindowOptions, plan
from facedebias.scoring.picture_scan import Scan

SIDE, STEP = 32, 16


def levels_of(size=(150, 90), stride=0.125):
    return plan(size, SIDE, WindowOptions((0.4, 0.7), stride))


def scans_of(levels):
    """Random logits for every place of each level."""
    found = []
    for seed, level in enumerate(levels):
        rows, columns = (-(-(length - SIDE) // STEP) + 1 for length in reversed(level.size))
        logits = 4.0 * np.random.default_rng(seed).normal(size=(rows, columns))
        found.append(Scan(logits.astype(np.float32), STEP))
    return found


def numbered(level):
    """Number, left and top of every window."""
    return [
        (number, left, top)
        for number, (top, left) in enumerate((top, left) for top in level.rows for left in level.columns)
    ]


def nearest_by_hand(level, scan, least):
    """The nearest window to every place that reaches a logit, the first of those equally near."""
    found = set()
    for i, j in np.argwhere(scan.logits >= least):
        # What lies beyond the edge counts for the window at the edge.
        down, right = min(16 * i, level.rows[-1]), min(16 * j, level.columns[-1])
        distances = [(abs(top - down), abs(left - right), n) for n, left, top in numbered(level)]
        found.add(min(distances)[2])
    return sorted(found)


@pytest.mark.parametrize("size", [(150, 90), (90, 150), (65, 64)])
@pytest.mark.parametrize("stride", [0.125, 0.4, 1.0])
@pytest.mark.parametrize("at_least", [0.0, 3.0, 7.0])
def test_the_nearest_windows_to_places_at_most_4_below_are_asked_about(size, stride, at_least):
    levels = levels_of(size, stride)
    scans = scans_of(levels)
    highest = max(scan.logits.max() for scan in scans)
    least = min(at_least - 4, highest)
    expected = [nearest_by_hand(level, scan, least) for level, scan in zip(levels, scans, strict=True)]
    found = near_promising_places(levels, scans, at_least)
    assert [windows.tolist() for windows in found] == expected


def test_a_picture_without_anything_is_still_asked_about_its_highest_place():
    levels = levels_of()
    scans = scans_of(levels)
    highest = max(range(2), key=lambda number: scans[number].logits.max())
    found = near_promising_places(levels, scans, 1e6)
    assert [len(windows) for windows in found] == [int(number == highest) for number in range(2)]


def test_where_only_the_highest_window_counts_the_64_highest_places_are_looked_at():
    levels = plan((600, 400), SIDE, WindowOptions((0.1, 0.3), 0.5))
    scans = scans_of(levels)
    least = np.sort(np.concatenate([scan.logits.ravel() for scan in scans]))[-64]
    expected = [nearest_by_hand(level, scan, least) for level, scan in zip(levels, scans, strict=True)]
    assert [windows.tolist() for windows in near_promising_places(levels, scans, None)] == expected


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_scan_that_is_no_number_hides_no_window(value):
    levels = levels_of()
    scans = scans_of(levels)
    scans[1].logits[0, 0] = value
    found = near_promising_places(levels, scans, 100.0)
    assert [len(windows) for windows in found] == [level.num_windows for level in levels]


@pytest.mark.parametrize("at_least", [2.0, 6.0, None])
@pytest.mark.parametrize("stride", [0.125, 0.3])
def test_then_those_around_windows_at_most_5_below(at_least, stride):
    levels = levels_of((250, 190), stride)
    rng = np.random.default_rng(0)
    first = [np.sort(rng.permutation(level.num_windows)[:6]) for level in levels]
    logits = 4.0 * rng.normal(size=12)
    least = (logits.max() if at_least is None else at_least) - 5
    expected = []
    for level, asked, own in zip(levels, first, (logits[:6], logits[6:]), strict=True):
        places = {number: (left, top) for number, left, top in numbered(level)}
        good = [places[number] for number, logit in zip(asked, own, strict=True) if logit >= least]
        across, down = ((16 + max(np.diff(edges))) / 2 for edges in (level.columns, level.rows))
        expected.append(
            [
                number
                for number, (left, top) in places.items()
                if number not in asked
                and any(abs(left - x) <= across and abs(top - y) <= down for x, y in good)
            ]
        )
    found = around(levels, first, logits, at_least, STEP)
    assert [windows.tolist() for windows in found] == expected
    assert any(expected)


@pytest.mark.parametrize("size", [(150, 90), (131, 97), (64, 64), (400, 333)])
@pytest.mark.parametrize("stride", [0.05, 0.125, 0.2, 0.35, 0.5, 0.8, 1.0])
def test_where_all_looks_like_a_face_no_window_is_left_out(size, stride):
    levels = levels_of(size, stride)
    scans = [Scan(np.full_like(scan.logits, 9.0), STEP) for scan in scans_of(levels)]
    first = near_promising_places(levels, scans, 9.0)
    further = around(levels, first, np.full(sum(map(len, first)), 9.0), 9.0, STEP)
    for level, windows in zip(levels, map(np.union1d, first, further), strict=True):
        assert windows.tolist() == list(range(level.num_windows))


def test_around_nothing_there_is_nothing():
    levels = levels_of()
    first = [np.array([0]), np.array([], int)]
    assert [len(windows) for windows in around(levels, first, np.array([-9.0]), 3.0, STEP)] == [0, 0]
