"""Non-maximum suppression: one box for a face that several windows have found."""

import numpy as np
import tensorflow as tf

# Share of a box that may lie in a better one. Of a face and a window on its mouth the union is
# nearly all of the face, so that their intersection over union is low.
MAX_INSIDE = 0.6


def suppress(boxes: np.ndarray, scores: np.ndarray, iou: float) -> np.ndarray:
    """Keeps the best of boxes that overlap.

    Boxes are taken from the highest score to the lowest (of equal scores the first); one is
    kept unless its intersection over union with a box kept before is above `iou`. Of those
    kept, one is dropped if it shares more than `MAX_INSIDE` of the smaller area with a better.

    Args:
        boxes: int or float `(n, 4)`: left, top, right, bottom.
        scores: float `(n,)`.
        iou: from 0 to 1.

    Returns:
        int64, indices of the boxes kept, best first.
    """
    if not len(boxes):
        return np.empty(0, np.int64)
    # Any two opposite corners will do, in the order y, x; swapping x and y changes no overlap.
    kept = tf.image.non_max_suppression(
        tf.constant(boxes, tf.float32), tf.constant(scores, tf.float32), len(boxes), iou_threshold=iou
    ).numpy()
    shared = _inside(boxes[kept].astype(np.float64))  # of all pairs, now that few boxes are left
    best: list[int] = []
    for index in range(len(kept)):
        if not best or shared[index, best].max() <= MAX_INSIDE:
            best.append(index)
    return kept[best].astype(np.int64)


def _inside(boxes: np.ndarray) -> np.ndarray:
    """Intersections over the smaller area of each two boxes, float64 `(n, n)`."""
    low, high = (choose(boxes[:, None], boxes) for choose in (np.maximum, np.minimum))
    shared = np.prod(np.maximum(high[..., 2:] - low[..., :2], 0), axis=-1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1)
    return shared / np.minimum(areas[:, None], areas)
