"""The terms of the loss, summed over the epoch so far and over the last steps: no stop shows in them."""

from collections.abc import Sequence

import tensorflow as tf

_EPOCH, _WINDOW = 0, 1


class RunningSums(tf.Module):
    """Sums of terms; a `tf.Module`, as checkpoints within an epoch hold them.

    They grow step by step in double precision. Sums of calls, added up, would depend on where a run
    was stopped, if only in their last bits.

    Args:
        names: of the terms.
    """

    def __init__(self, names: Sequence[str]):
        super().__init__()
        self._names = names
        # Rows: the epoch, and the steps since `pop_window`.
        self.sums = tf.Variable(tf.zeros([2, len(names)], tf.float64), trainable=False)
        self.counts = tf.Variable(tf.zeros([2], tf.int64), trainable=False)
        self.seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        """What the epoch took so far, in all sessions."""

    def add(self, sums: tf.Tensor, num_steps: tf.Tensor) -> None:
        """Takes new sums.

        Args:
            sums: float64 `(2, num_terms)`, `self.sums` with the terms of some steps added to each row.
            num_steps: int32 scalar, how many steps.
        """
        self.sums.assign(sums)
        self.counts.assign_add(tf.fill([2], tf.cast(num_steps, tf.int64)))

    @property
    def steps_of_epoch(self) -> int:
        """Steps since `end_epoch`."""
        return int(self.counts[_EPOCH])

    def epoch_means(self) -> dict[str, float]:
        """Means over the epoch so far."""
        return self._means(_EPOCH)

    def end_epoch(self) -> None:
        """Has the next epoch begin."""
        self.seconds.assign(0.0)
        self._clear(_EPOCH)

    def pop_window(self) -> dict[str, float]:
        """Means over the steps since the last call."""
        means = self._means(_WINDOW)
        self._clear(_WINDOW)
        return means

    def _means(self, row: int) -> dict[str, float]:
        means = self.sums[row].numpy() / max(1, int(self.counts[row]))
        return {name: float(mean) for name, mean in zip(self._names, means, strict=True)}

    def _clear(self, row: int) -> None:
        self.sums[row].assign(tf.zeros_like(self.sums[row]))
        self.counts[row].assign(0)
