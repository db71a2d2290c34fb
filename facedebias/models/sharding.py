"""A batch in shards that the cores work on side by side.

TensorFlow's own way is to share out each operation among threads. The layers here are so small
that the threads mostly wait for one another; a shard's operations follow one another on one
core and meet the other shards' only where the whole batch is needed, at the batch statistics
and the dense layers (benchmarks/training/step_speed.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from facedebias.lazy import LazyModule

if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = LazyModule("tensorflow")


def split(tensor: tf.Tensor, num_shards: int) -> list[tf.Tensor]:
    """Parts of a batch, `(batch, ...)`, in order and about equally large, none empty if it can be known."""
    if num_shards == 1:
        return [tensor]
    size = tensor.shape[0]
    if size is None:
        # The number of parts must be known, their sizes need not.
        size = tf.shape(tensor)[0]
    else:
        num_shards = min(num_shards, size)
    share = size // num_shards
    return tf.split(tensor, [share] * (num_shards - 1) + [size - share * (num_shards - 1)])


def in_shards(function: Callable[..., tf.Tensor], num_shards: int, *tensors: tf.Tensor) -> tf.Tensor:
    """function(*tensors), computed shard by shard; for functions that treat each picture alone.

    Args:
        function: from tensors to a tensor, all `(batch, ...)`.
        num_shards: parts to divide the batch into.
        tensors: its arguments.
    """
    size = tensors[0].shape[0]
    if size is None and num_shards > 1:
        return _in_even_shards(function, num_shards, tensors)
    parts = [function(*shard) for shard in zip(*(split(x, num_shards) for x in tensors), strict=True)]
    return parts[0] if len(parts) == 1 else tf.concat(parts, axis=0)


def _in_even_shards(
    function: Callable[..., tf.Tensor], num_shards: int, tensors: Sequence[tf.Tensor]
) -> tf.Tensor:
    """The same for an unknown number of pictures: the last one fills shards up.

    None may be empty: with the kernels for some processors (AVX-512) a fused convolution of no
    picture at all is an error.
    """
    size = tf.shape(tensors[0])[0]
    share = (size + num_shards - 1) // num_shards
    places = tf.minimum(tf.range(share * num_shards), size - 1)
    shards = zip(*(tf.split(tf.gather(x, places), num_shards) for x in tensors), strict=True)
    return tf.concat([function(*shard) for shard in shards], axis=0)[:size]
