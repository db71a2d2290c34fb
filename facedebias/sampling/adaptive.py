"""What samplers share whose weights follow what batches reveal."""

import numpy as np
import tensorflow as tf

from facedebias.sampling.sampler import Sampler
from facedebias.sampling.tables.blocks import BlockWeights, last_occurrences
from facedebias.sampling.uniform import UniformSampler

# Rows weighed anew in turn by each update, besides its own: half of its cost at this number.
_REFRESHED = 256


class AdaptiveSampler(Sampler):
    """Draws rows by weights that each batch changes, and evenly until every row has been seen once.

    The cost of a step does not depend on the number of rows. Weights lie in blocks, see
    `BlockWeights`: a draw picks a block by its sum, then a row in it. An update recomputes the
    weights of its rows and of some others in turn (the rest lag behind what decides them by up to
    one round), and sums the blocks it touched anew, so that no error accumulates.

    A subclass gives `_weigh`, and an `update` that calls `_note` and then `_refresh`.

    Args:
        num_rows: rows to draw from.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
        block_size: weights in a block; up to 256, or a multiple of it.
    """

    def __init__(self, num_rows: int, seed: int, purpose: str, block_size: int = 1024):
        super().__init__()
        self.num_rows = num_rows
        self._uniform = UniformSampler(num_rows, seed, purpose)
        self._weights = BlockWeights(num_rows, block_size, _REFRESHED, seed, purpose)
        self.is_seen = state(tf.zeros([self._weights.num_padded], tf.bool))
        self.num_seen = state(tf.zeros([], tf.int64))
        self.num_updates = state(tf.zeros([], tf.int64))

    @property
    def log_weights(self) -> tf.Variable:
        """Of the rows as they lie in blocks, float32 `(num_blocks, block_size)`."""
        return self._weights.log_weights

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The rows of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        return tf.cond(
            self.num_seen < self.num_rows,
            lambda: self._uniform.draw(step, count),
            lambda: self._weights.draw(step, count),
        )

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): from 1, one row only, to num_rows, uniform."""
        size = self._weights.effective_sample_size()
        return tf.where(self.num_seen < self.num_rows, float(self.num_rows), size)

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn next, float64 `(num_rows,)`."""
        if self.num_seen < self.num_rows:
            return self._uniform.probabilities()
        return self._weights.probabilities()

    def _note(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Counts an update and the rows that it sees for the first time.

        Args:
            indices: int64 `(n,)`, rows; one may come more than once.

        Returns:
            For each place: the last place of the same row, int32; whether it is that place, so
            that every row counts once; and whether the row had been seen before.
        """
        self.num_updates.assign_add(1)
        last = last_occurrences(indices)
        is_counted = last == tf.range(tf.shape(indices)[0])
        was_seen = tf.gather(self.is_seen, indices)
        self.num_seen.assign_add(tf.reduce_sum(tf.cast(is_counted & ~was_seen, tf.int64)))
        self.is_seen.scatter_update(tf.IndexedSlices(tf.ones_like(was_seen), indices))
        return last, is_counted, was_seen

    def _refresh(self, indices: tf.Tensor) -> None:
        """Weighs these rows and some others anew."""

        def weigh(rows: tf.Tensor) -> tf.Tensor:
            return tf.where(tf.gather(self.is_seen, rows), self._weigh(rows), 0.0)

        self._weights.refresh(indices, self._weights.turn(self.num_updates), weigh)

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        """Log weights of rows int64 `(n,)` that have been seen, float32 `(n,)`."""
        raise TypeError(f"{type(self).__name__} does not define _weigh")


def state(value: tf.Tensor | np.ndarray) -> tf.Variable:
    """A variable that checkpoints hold and no optimizer touches."""
    return tf.Variable(value, trainable=False)
