"""Weights of rows that are drawn by, at a cost that does not depend on their number."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from facedebias.randomness import key


class Turn(NamedTuple):
    """Rows that an update looks at besides its own, so that in the end all are looked at.

    Attributes:
        number: of the update, int64 scalar.
        rows: int64 `(n,)`; one may come more than once.
        begins_round: bool scalar, whether these are the first rows of all.
    """

    number: tf.Tensor
    rows: tf.Tensor
    begins_round: tf.Tensor


class BlockWeights(tf.Module):
    """Log weights in blocks: a draw picks a block by its sum, then a row in it.

    Refreshing sums the blocks it touched anew, so that no error accumulates.

    Args:
        num_rows: rows to draw from.
        block_size: weights in a block; up to `num_in_turn`, or a multiple of it.
        num_in_turn: rows that are refreshed besides those asked for.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(self, num_rows: int, block_size: int, num_in_turn: int, seed: int, purpose: str):
        super().__init__()
        self.num_rows, self._seed, self._purpose = num_rows, seed, purpose
        self._num_in_turn = min(num_in_turn, block_size)
        # A block is a whole number of turns, also where one block is all there is.
        self._num_turns = -(-num_rows // self._num_in_turn)
        self._block_size = min(block_size, self._num_turns * self._num_in_turn)
        self.num_blocks = -(-num_rows // self._block_size)
        # Rows behind the last one fill its block: weight 0, never drawn.
        log_weights = np.where(np.arange(self.num_padded) < num_rows, 0.0, -np.inf).astype(np.float32)
        log_weights = log_weights.reshape(self.num_blocks, self._block_size)
        self.log_weights = tf.Variable(log_weights, trainable=False)
        self.log_sums = tf.Variable(tf.reduce_logsumexp(log_weights, axis=1), trainable=False)

    @property
    def num_padded(self) -> int:
        """Rows with those that fill the last block."""
        return self.num_blocks * self._block_size

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """Rows by their weights, with replacement: int64 `(count,)`; `step` is an int64 scalar."""
        block_key = key(self._seed, f"{self._purpose} block", step)
        blocks = tf.random.stateless_categorical(self.log_sums[None], count, block_key)[0]
        in_block = tf.gather(self.log_weights, blocks)
        row_key = key(self._seed, f"{self._purpose} face", step)
        return blocks * self._block_size + tf.random.stateless_categorical(in_block, 1, row_key)[:, 0]

    def turn(self, number: tf.Tensor) -> Turn:
        """The `num_in_turn` rows that go with update `number` (int64 scalar)."""
        first = number % self._num_turns * self._num_in_turn
        rows = first + tf.range(self._num_in_turn, dtype=tf.int64)
        # Behind the last row is padding: it stands in for that.
        return Turn(number, tf.minimum(rows, self.num_rows - 1), tf.equal(first, 0))

    def refresh(self, rows: tf.Tensor, turn: Turn, weigh: Callable[[tf.Tensor], tf.Tensor]) -> None:
        """Weighs rows anew, and those in turn besides.

        Args:
            rows: int64 `(n,)`.
            turn: the others.
            weigh: from rows int64 `(m,)` to log weights float32 `(m,)`.
        """
        both = tf.concat([rows, turn.rows], axis=0)
        places = tf.stack([both // self._block_size, both % self._block_size], axis=1)
        self.log_weights.scatter_nd_update(places, weigh(both))
        # Those in turn lie in one block.
        blocks = tf.concat([rows, turn.rows[:1]], axis=0) // self._block_size
        sums = tf.reduce_logsumexp(tf.gather(self.log_weights, blocks), axis=1)
        self.log_sums.scatter_update(tf.IndexedSlices(sums, blocks))

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of a draw (Kish 1965): from 1, one row only, to num_rows, uniform."""
        weights = tf.reshape(self.log_weights, [-1])
        return tf.exp(2.0 * tf.reduce_logsumexp(weights) - tf.reduce_logsumexp(2.0 * weights))

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn, float64 `(num_rows,)`."""
        weights = self.log_weights.numpy().reshape(-1)[: self.num_rows].astype(np.float64)
        weights = np.exp(weights - weights.max())
        return weights / weights.sum()


def last_occurrences(indices: tf.Tensor) -> tf.Tensor:
    """Last position that holds the same index, for each position; time and memory grow with n alone.

    Args:
        indices: int64 `(n,)`; one may come more than once.

    Returns:
        int32 `(n,)`.
    """
    _, numbers = tf.unique(indices)  # equal indices have equal numbers, below n
    size = tf.shape(indices)[0] if indices.shape[0] is None else indices.shape[0]
    return tf.gather(tf.math.unsorted_segment_max(tf.range(size), numbers, size), numbers)
