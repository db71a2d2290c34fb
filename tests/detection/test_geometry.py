"""Where windows lie."""

import numpy as np
import pytest

from facedebias.detection.geometry import (
    MIN_SIDE,
    WindowOptions,
    check_size,
    decoded_side,
    parse_sizes,
    plan,
    positions,
)
from facedebias.errors import InputError

SIZES = [(640, 480), (480, 640), (89, 109), (64, 64), (1001, 333), (200, 3000)]


def test_windows_spread_evenly_up_to_the_edge():
    # 100 - 64 = 36 pixels in steps of at most 12: three steps. With 37 there must be four, of 9.25.
    assert positions(100, 64, 12).tolist() == [0, 12, 24, 36]
    assert positions(101, 64, 12).tolist() == [0, 9, 18, 28, 37]
    assert positions(64, 64, 12).tolist() == [0]


@pytest.mark.parametrize("length", range(64, 200))
def test_steps_are_never_longer_than_allowed(length):
    found = positions(length, 64, 12)
    assert (found[0], found[-1]) == (0, length - 64)
    assert np.all(np.diff(found) <= 12)
    assert np.all(np.diff(found) > 0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stride", [0.2, 0.07])
def test_every_pixel_is_covered_at_every_size(size, stride):
    for level in plan(size, 64, WindowOptions(stride=stride)):
        covered = np.zeros(size[::-1], bool)
        boxes = level.boxes()
        for left, top, right, bottom in boxes:
            covered[top:bottom, left:right] = True
        assert covered.all()
        assert boxes.min() == 0
        assert boxes[:, 2:].max(axis=0).tolist() == list(size)
        # Steps in pixels of the picture; half a pixel at each end goes to rounding.
        sides = (boxes[:, 2] - boxes[:, 0]).min(), (boxes[:, 3] - boxes[:, 1]).min()
        for axis, side in zip((0, 1), sides, strict=True):
            steps = np.diff(np.unique(boxes[:, axis]))
            assert np.all(steps <= stride * side + 1)


def test_a_plan_by_hand():
    # Windows of half of 128 are 64 pixels, as the model's: the level is the picture itself.
    (level,) = plan((128, 160), 64, WindowOptions((0.5,), 0.5))
    assert level.size == (128, 160)
    assert level.columns.tolist() == [0, 32, 64]
    assert level.rows.tolist() == [0, 32, 64, 96]
    assert level.num_windows == 12
    # Windows count row by row: number 4 is the second of the second row.
    lefts, tops = level.corners(np.arange(3, 6))
    assert (lefts.tolist(), tops.tolist()) == ([0, 32, 64], [32, 32, 32])
    assert level.boxes()[4].tolist() == [32, 32, 96, 96]


def test_boxes_are_in_pixels_of_the_picture():
    # Scaled by 64 / 128 for windows of half of 256; a box is twice as large in the picture.
    (level,) = plan((256, 256), 64, WindowOptions((0.5,), 0.5))
    assert level.size == (128, 128)
    assert level.boxes().dtype == np.int32
    assert level.boxes()[-1].tolist() == [128, 128, 256, 256]


@pytest.mark.parametrize("size", SIZES)
def test_windows_are_nearly_square(size):
    for level in plan(size, 64, WindowOptions()):
        widths = level.boxes()[:, 2:] - level.boxes()[:, :2]
        # A pixel to rounding, and what the level's whole pixels lose: half of 64 at most.
        assert np.abs(widths[:, 0] - widths[:, 1]).max() <= 1 + 0.5 / 64 * widths.max()


def test_the_largest_window_is_the_shorter_side():
    (level,) = plan((300, 200), 64, WindowOptions((1.0,)))
    assert level.rows.tolist() == [0]
    assert level.boxes()[0].tolist() == [0, 0, 200, 200]


def test_windows_of_a_few_pixels_are_left_out():
    # Of 50 pixels, 0.3 are 15, too few, and 0.4 are 20.
    assert [level.num_windows > 0 for level in plan((50, 50), 64, WindowOptions((0.3, 0.4)))] == [True]
    assert plan((20, 20), 64, WindowOptions((0.3,))) == []
    with pytest.raises(InputError, match=f"a.jpg: 20x90 pixels.*largest window has 6; .*at least {MIN_SIDE}"):
        check_size("a.jpg", (20, 90), WindowOptions((0.3,)))
    assert check_size("a.jpg", (60, 90), WindowOptions((0.3,))) == (60, 90)


def test_the_most_detailed_level_decides_how_large_to_decode():
    assert decoded_side(64, WindowOptions((0.25, 0.5))) == 256


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (WindowOptions(()), "--sizes=: expected shares"),
        (WindowOptions((0.5, 1.5)), "--sizes=0.5,1.5: expected shares of the picture's shorter side"),
        (WindowOptions((0.0,)), "--sizes=0: expected shares"),
        (WindowOptions((0.5, 0.5)), "--sizes=0.5,0.5: expected each once"),
        (WindowOptions(stride=0), "--stride=0: expected a share of the window"),
        (WindowOptions(stride=1.5), "--stride=1.5: expected a share"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        options.validate()


def test_sizes_from_words():
    assert parse_sizes(["0.5", " 0.25"]) == (0.25, 0.5)
    with pytest.raises(InputError, match="--sizes=0.5,large: expected numbers"):
        parse_sizes(["0.5", "large"])
