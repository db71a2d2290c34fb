"""Non-maximum suppression beside a loop."""

import numpy as np
import pytest

from facedebias.detection.suppression import MAX_INSIDE, suppress


def areas(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def shared(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def loop(boxes, scores, iou):
    """The rule, word by word."""
    kept = []
    for index in np.argsort(-scores, kind="stable"):
        overlaps = [shared(boxes[index], boxes[other]) for other in kept]
        unions = [areas(boxes[index]) + areas(boxes[other]) for other in kept]
        if all(o / (u - o) <= iou for o, u in zip(overlaps, unions, strict=True)):
            kept.append(int(index))
    best = []
    for index in kept:
        smaller = [min(areas(boxes[index]), areas(boxes[other])) for other in best]
        overlaps = [shared(boxes[index], boxes[other]) for other in best]
        if all(o / s <= MAX_INSIDE for o, s in zip(overlaps, smaller, strict=True)):
            best.append(index)
    return best


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("iou", [0.1, 0.3, 0.7])
def test_it_keeps_what_the_loop_keeps(seed, iou):
    rng = np.random.default_rng(seed)
    corners, sides = rng.integers(0, 100, (60, 2)), rng.integers(5, 60, (60, 1))
    boxes = np.concatenate([corners, corners + sides], axis=1).astype(np.int32)
    scores = rng.normal(size=60).astype(np.float32)
    assert suppress(boxes, scores, iou).tolist() == loop(boxes, scores, iou)


def test_by_hand():
    # The second overlaps the first by 50 of 150, a third; the third touches neither.
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 0, 30, 10]])
    scores = np.array([0.5, 0.9, 0.1], np.float32)
    assert suppress(boxes, scores, 0.3).tolist() == [1, 2]
    assert suppress(boxes, scores, 0.4).tolist() == [1, 0, 2]


def test_a_window_on_the_mouth_is_not_another_face():
    # Intersection over union is 400 / 10,000, far below any limit, but all of it lies inside.
    boxes = np.array([[0, 0, 100, 100], [40, 60, 60, 80]])
    assert suppress(boxes, np.array([9.0, 8.0], np.float32), 0.3).tolist() == [0]
    assert suppress(boxes, np.array([8.0, 9.0], np.float32), 0.3).tolist() == [1]


def test_nothing_gives_nothing():
    assert suppress(np.empty((0, 4), np.int32), np.empty(0, np.float32), 0.3).tolist() == []
