"""What every sampler can do."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf


class Sampler(tf.Module):
    """Draws the rows of one part of a batch; a `tf.Module`, so that checkpoints hold its state.

    A subclass gives `draw`, `effective_sample_size` and `probabilities`, and what it learns from:
    `update` (what a batch revealed) or `on_epoch_start` (the latents of all rows).
    """

    needs_latents = False
    """Whether `update` looks at latents: then those of the pictures as they are in the file are computed."""

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The rows of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        raise TypeError(f"{type(self).__name__} does not define draw")

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Takes note of what a batch revealed of rows int64 `(count,)`; learns nothing by itself.

        Args:
            indices: the rows.
            latents: float32 `(count, latent_dim)`.
            margins: float32 `(count,)`: how far on the right side of 0 their logits are.
        """
        del indices, latents, margins  # AutoGraph cannot convert a method without a body

    def on_epoch_start(self, encode: Callable[[], np.ndarray]) -> None:
        """Called before each epoch but the first; does nothing by itself.

        Args:
            encode: gives the latents of all rows, float32 `(num_rows, latent_dim)`; a pass over
                the pictures each time it is called.
        """

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): float32, from 1 to the number of rows."""
        raise TypeError(f"{type(self).__name__} does not define effective_sample_size")

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn next, float64 `(num_rows,)`."""
        raise TypeError(f"{type(self).__name__} does not define probabilities")
