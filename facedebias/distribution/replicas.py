"""What the replicas of a model tell one another within a training step.

To be called where `Strategy.run` runs a function. All replicas get the same answer. Without a strategy,
there is one replica, and nothing is added to the graph.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

_SUM, _MEAN = tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN


def count() -> int:
    """Replicas that train one model together; 1 without a strategy."""
    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def mean(tensor: tf.Tensor) -> tf.Tensor:
    """Mean over the replicas, of the same shape and dtype; has a gradient."""
    return tensor if count() == 1 else _reduced(_MEAN, tensor)


def means(tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """`mean` of each, in few messages."""
    return list(tensors) if count() == 1 else list(_reduced(_MEAN, list(tensors)))


def total(tensor: tf.Tensor) -> tf.Tensor:
    """Sum over the replicas, of the same shape and dtype; has a gradient."""
    return tensor if count() == 1 else _reduced(_SUM, tensor)


def gathered(own: tf.Tensor, places: tf.Tensor | None, size: int) -> tf.Tensor:
    """Rows of all replicas, each in its place.

    With the gradient that makes the mean over the replicas of a gradient through it right.

    Args:
        own: `(n, ...)`, numbers of this replica.
        places: int32 `(n,)`, where they belong; None where there is one replica.
        size: rows altogether.

    Returns:
        `(size, ...)`, of the dtype of `own`.
    """
    if places is None:
        return own
    # A sum with zeros changes no number, and needs no order of the replicas.
    return total(tf.scatter_nd(places[:, None], own, [size, *own.shape[1:]]))


def assign(variable: keras.Variable, value: tf.Tensor) -> None:
    """Assigns to this replica's copy of a variable; all replicas are to assign the same."""
    if count() == 1:
        variable.assign(value)
    else:
        # The variable's own way would ask the other replicas.
        own = variable.value
        tf.raw_ops.AssignVariableOp(resource=own.handle, value=tf.cast(value, own.dtype))


def _reduced(kind: tf.distribute.ReduceOp, value: tf.Tensor | list[tf.Tensor]) -> tf.Tensor:
    return tf.distribute.get_replica_context().all_reduce(kind, value)
