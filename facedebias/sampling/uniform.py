"""Every row as often as any other."""

import numpy as np
import tensorflow as tf

from facedebias.randomness import permutation
from facedebias.sampling.sampler import Sampler


class UniformSampler(Sampler):
    """Draws every row once a pass, each pass in a new order.

    Args:
        num_rows: rows to draw from.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(self, num_rows: int, seed: int = 0, purpose: str = "uniform"):
        super().__init__()
        self.num_rows, self.seed, self.purpose = num_rows, seed, purpose

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The rows of batch number `step` (int64 scalar): int64 `(count,)`."""
        positions = tf.cast(step, tf.int64) * count + tf.range(count, dtype=tf.int64)
        return permutation(positions, self.num_rows, self.seed, self.purpose)

    def effective_sample_size(self) -> tf.Tensor:
        """How many rows share the draws: all."""
        return tf.constant(self.num_rows, tf.float32)

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn next, float64 `(num_rows,)`."""
        return np.full(self.num_rows, 1.0 / self.num_rows)
