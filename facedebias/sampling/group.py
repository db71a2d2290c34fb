"""Every known group as often as any other."""

import numpy as np
import tensorflow as tf

from facedebias.randomness import key


class GroupSampler(tf.Module):
    """Draws a group evenly, then one of its rows evenly: what balancing by labels can do.

    It knows what the other samplers must find out, so it is what they are measured against
    (an oracle). A row of group g has the probability 1 / (num_groups * rows of g).

    Args:
        groups: int `(num_rows,)`, the group of each row, any numbers.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(self, groups: np.ndarray, seed: int = 0, purpose: str = "group"):
        super().__init__()
        self.num_rows, self.seed, self.purpose = len(groups), seed, purpose
        _, self._group_of_row, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        # Rows sorted by group: each group is a stretch of them.
        self._rows = tf.constant(np.argsort(self._group_of_row, kind="stable"), tf.int64)
        self._sizes = tf.constant(sizes, tf.int64)
        self._first = tf.constant(np.cumsum(sizes) - sizes, tf.int64)
        self._probabilities = 1.0 / len(sizes) / sizes[self._group_of_row]

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The rows of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        group_key, row_key = (key(self.seed, f"{self.purpose} {what}", step) for what in ("group", "row"))
        groups = tf.random.stateless_uniform([count], group_key, 0, len(self._sizes), tf.int64)
        sizes = tf.gather(self._sizes, groups)
        # In double precision: float32 would round a fraction of a large group up to its size.
        fractions = tf.random.stateless_uniform([count], row_key, dtype=tf.float64)
        within = tf.cast(fractions * tf.cast(sizes, tf.float64), tf.int64)
        return tf.gather(self._rows, tf.gather(self._first, groups) + within)

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Learns nothing from a batch."""
        del indices, latents, margins  # AutoGraph cannot convert a method without a body

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the draw (Kish 1965): num_rows if the groups are equally large."""
        return tf.constant(1.0 / np.sum(self._probabilities**2), tf.float32)

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn next, float64 `(num_rows,)`."""
        return self._probabilities
