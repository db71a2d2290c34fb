"""Windows that a scan of the picture finds promising are asked about, and no others."""

import numpy as np
import pytest

from facedebias.detection.first_pass import promising
from facedebias.detection.geometry import WindowOptions, plan
from facedebias.scoring.picture_scan import Scan

SIDE, STEP = 32, 16


def levels_of(size=(150, 90), stride=0.125):
    return plan(size, SIDE, WindowOptions((0.4, 0.7), stride))


def scan_of(level, seed=0):
    """Random logits for every place of a level."""
    rows, columns = (-(-(length - SIDE) // STEP) + 1 for length in reversed(level.size))
    return Scan(np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32), STEP)


def by_hand(level, scan, least):
    """Numbers of windows with a place at most 12 pixels away, along each edge, that reaches a logit."""
    found, number = [], 0
    for top in level.rows:
        for left in level.columns:
            for i, j in np.argwhere(scan.logits >= least):
                # What lies beyond the edge counts for the window at the edge.
                down, right = min(16 * i, level.rows[-1]), min(16 * j, level.columns[-1])
                if abs(top - down) <= 12 and abs(left - right) <= 12:
                    found.append(number)
                    break
            number += 1
    return found


@pytest.mark.parametrize("size", [(150, 90), (90, 150), (65, 64)])
@pytest.mark.parametrize("stride", [0.125, 0.4, 1.0])
@pytest.mark.parametrize("at_least", [0.0, 1.5, 2.5])
def test_windows_near_places_that_reach_the_logit_but_for_1_are_asked_about(size, stride, at_least):
    levels = levels_of(size, stride)
    scans = [scan_of(level, seed) for seed, level in enumerate(levels)]
    reached = max(scan.logits.max() for scan in scans) >= at_least - 1
    expected = [by_hand(level, scan, at_least - 1) for level, scan in zip(levels, scans, strict=True)]
    if reached:
        assert [windows.tolist() for windows in promising(levels, scans, at_least)] == expected


def test_every_window_lies_near_a_place():
    for stride in (0.05, 0.125, 0.3, 1.0):
        levels = levels_of((131, 97), stride)
        scans = [Scan(np.ones_like(scan_of(level).logits), STEP) for level in levels]
        for level, windows in zip(levels, promising(levels, scans, 0.0), strict=True):
            assert windows.tolist() == list(range(level.num_windows))


def test_a_picture_without_anything_is_still_asked_about_its_highest_place():
    levels = levels_of()
    scans = [scan_of(level, seed) for seed, level in enumerate(levels)]
    highest = max(range(2), key=lambda number: scans[number].logits.max())
    found = promising(levels, scans, 1e6)
    expected = by_hand(levels[highest], scans[highest], scans[highest].logits.max())
    assert found[highest].tolist() == expected and expected
    assert found[1 - highest].tolist() == []


def test_where_only_the_highest_window_counts_the_24_highest_places_are_looked_at():
    levels = levels_of((400, 300))
    scans = [scan_of(level, seed) for seed, level in enumerate(levels)]
    least = np.sort(np.concatenate([scan.logits.ravel() for scan in scans]))[-24]
    expected = [by_hand(level, scan, least) for level, scan in zip(levels, scans, strict=True)]
    assert [windows.tolist() for windows in promising(levels, scans, None)] == expected


def test_a_scan_that_is_no_number_hides_no_window():
    levels = levels_of()
    scans = [scan_of(level) for level in levels]
    scans[1].logits[0, 0] = np.nan
    found = promising(levels, scans, 100.0)
    assert [len(windows) for windows in found] == [level.num_windows for level in levels]
