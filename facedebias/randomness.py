"""Random numbers as a function of (seed, purpose, step): nothing to store, nothing to seed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from facedebias.lazy import LazyModule

if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = LazyModule("tensorflow")


class Places(NamedTuple):
    """Where pictures lie in a batch that several replicas share out.

    Random numbers are drawn for the whole batch, so that it does not matter who works on a picture.

    Attributes:
        own: int32 `(n,)`, places of the pictures at hand.
        batch_size: pictures of the whole batch.
    """

    own: tf.Tensor
    batch_size: int


def key(seed: int, purpose: str, step: tf.Tensor) -> tf.Tensor:
    """The seed of TensorFlow's stateless random operations for one purpose at one step.

    Args:
        seed: of the run.
        purpose: names the use, so that two uses in one step do not share their numbers.
        step: int64 scalar.

    Returns:
        int64 `(2,)`.
    """
    stream = (zlib.crc32(purpose.encode()) << 31) + seed
    return tf.stack([tf.constant(stream, tf.int64), tf.cast(step, tf.int64)])


def permutation(positions: tf.Tensor, num_rows: int, seed: int, purpose: str) -> tf.Tensor:
    """Rows at these positions of an endless sequence of fresh shuffles of all rows.

    Positions 0 to num_rows - 1 are one shuffle, the next num_rows another: each row comes
    once a pass. A cipher on the numbers, so a million rows cost no more than ten.

    Args:
        positions: int64 `(n,)`, each at least 0.
        num_rows: rows to shuffle.
        seed: of the run.
        purpose: as in `key`.

    Returns:
        int64 `(n,)`, each in [0, num_rows).
    """
    passes = positions // num_rows
    streams = tf.fill(tf.shape(positions), tf.constant(zlib.crc32(purpose.encode()), tf.int64))
    # tf.random.experimental.index_shuffle accepts no seed per position, the operation does.
    return tf.raw_ops.RandomIndexShuffle(
        index=positions % num_rows,
        seed=tf.stack([tf.fill(tf.shape(positions), tf.constant(seed, tf.int64)), passes, streams], axis=1),
        max_index=tf.fill(tf.shape(positions), tf.constant(num_rows - 1, tf.int64)),
        rounds=4,
    )
