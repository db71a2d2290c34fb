"""Batches made of fixed shares of several parts of the training set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from facedebias.sampling.sampler import Sampler


@dataclass(frozen=True)
class Stratum:
    """A part of the training set that fills a fixed share of every batch.

    Attributes:
        rows: int32 `(num_rows,)`, its rows in the face file.
        sampler: draws indices into `rows`.
        count: pictures of a batch that come from it.
    """

    rows: np.ndarray
    sampler: Sampler
    count: int


class StratifiedSampler(tf.Module):
    """Fills each batch with `count` rows of every stratum, stratum after stratum.

    Args:
        strata: the parts, in the order they take in a batch.
    """

    def __init__(self, strata: Sequence[Stratum]):
        super().__init__()
        self.counts = [stratum.count for stratum in strata]
        self.samplers = [stratum.sampler for stratum in strata]
        self.batch_size = sum(self.counts)
        self._rows = [tf.constant(stratum.rows, tf.int32) for stratum in strata]

    def draw(self, step: tf.Tensor) -> tf.Tensor:
        """Indices within the strata of batch number `step`: int64 `(batch_size,)`."""
        drawn = [sampler.draw(step, count) for sampler, count in zip(self.samplers, self.counts, strict=True)]
        return tf.concat(drawn, axis=0)

    def file_rows(self, indices: tf.Tensor) -> tf.Tensor:
        """Rows of the face file behind indices as `draw` returns them."""
        parts = zip(self._rows, tf.split(indices, self.counts), strict=True)
        return tf.cast(tf.concat([tf.gather(rows, part) for rows, part in parts], axis=0), tf.int64)

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Passes what a batch revealed of the pictures of each stratum to its sampler.

        Args:
            indices: int64 `(batch_size,)`, as drawn.
            latents: float32 `(n, latent_dim)` of the first n pictures, n at most batch_size; a
                stratum that they do not cover whole gets none.
            margins: float32 `(batch_size,)`, or None where no sampler asks for them.
        """
        start = 0
        for sampler, count in zip(self.samplers, self.counts, strict=True):
            part = slice(start, start + count)
            is_covered = 0 < latents.shape[0] >= start + count
            own = latents[part] if is_covered else latents[:0]
            sampler.update(indices[part], own, None if margins is None else margins[part])
            start += count
