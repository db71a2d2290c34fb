"""Pictures with other colours: one matrix a picture, applied in one pass over the pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from facedebias.lazy import LazyModule

if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = LazyModule("tensorflow")

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow turns colours into grey


def matrices(hues: tf.Tensor, saturations: tf.Tensor, gains: tf.Tensor) -> tf.Tensor:
    """From colours to colours: turned about the grey axis, then mixed with grey, then scaled.

    Args:
        hues: float32 `(batch,)`, radians.
        saturations: float32 `(batch,)`, 0 grey, 1 as it is.
        gains: float32 `(batch, 3)`, factors of red, green and blue.

    Returns:
        float32 `(batch, 3, 3)`; a colour c, as a column, becomes M c.
    """
    cosine, sine = tf.cos(hues), tf.sin(hues)
    third, edge = (1.0 - cosine) / 3.0, sine / math.sqrt(3.0)
    same, before, behind = cosine + third, third - edge, third + edge
    rows = [[same, before, behind], [behind, same, before], [before, behind, same]]
    turned = tf.stack([tf.stack(row, axis=-1) for row in rows], axis=-2)
    grey = tf.tile(tf.constant([_LUMA]), [3, 1])
    mixed = saturations[:, None, None] * tf.eye(3) + (1.0 - saturations[:, None, None]) * grey
    return gains[:, :, None] * tf.matmul(mixed, turned)


def recolor(pixels: tf.Tensor, colours: tf.Tensor) -> tf.Tensor:
    """Pixels float32 `(batch, height, width, 3)` in [0, 1] by matrices `(batch, 3, 3)`, clipped."""
    height, width = pixels.shape[1:3]
    # A product of matrices, because XLA puts sums of channels into the loop that made the pixels, and
    # makes them again for each: a quarter of the time on a CPU.
    changed = tf.matmul(tf.reshape(pixels, [-1, height * width, 3]), colours, transpose_b=True)
    return tf.clip_by_value(tf.reshape(changed, [-1, height, width, 3]), 0.0, 1.0)
