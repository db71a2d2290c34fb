"""Faces with rare latents more often."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import tensorflow as tf

from facedebias.sampling.adaptive import AdaptiveSampler, state

# Bins cover the mean plus or minus this many standard deviations of a latent; what lies
# beyond counts into the outermost ones.
_RANGE = 4.0
_MOMENT_DECAY = 0.99


def _maximum(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    return tf.reduce_max(rarities, axis=1)


def _product(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    return tf.reduce_sum(rarities, axis=1)


def _mean(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    return temperature * tf.reduce_mean(rarities, axis=1)


RULES: dict[str, Callable[[tf.Tensor, float], tf.Tensor]] = {
    "max": _maximum,
    "product": _product,
    "mean": _mean,
}


def reduction(rule: str) -> Callable[[tf.Tensor, float], tf.Tensor]:
    """The rule of this name: from rarities `(n, latent_dim)` and the temperature to log weights `(n,)`.

    Raises:
        ValueError: if there is none.
    """
    if rule not in RULES:
        raise ValueError(f"rule {rule!r}: unknown; choose one of {', '.join(RULES)}.")
    return RULES[rule]


Numbers = TypeVar("Numbers", tf.Tensor, np.ndarray)


def places_in_range(latents: Numbers, mean: Numbers, deviation: Numbers) -> Numbers:
    """Where latents lie in the range of the bins: 0 at its lower, 1 at its upper end, or beyond."""
    return ((latents - mean) / deviation / _RANGE + 1.0) / 2.0


class LatentSampler(AdaptiveSampler):
    """Draws faces with rare latents more often (Amini et al. 2019, algorithm 1).

    Each latent j has a histogram Q_j of its means over the faces, every face counted once, in
    the bin it was last seen in. With r_j(x) = -log(Q_j(z_j(x)) + alpha), a face's weight is

        rule "max" (the lab):      log W(x) = max_j r_j(x)
        rule "product" (the paper): log W(x) = sum_j r_j(x)
        rule "mean":               log W(x) = temperature / latent_dim * sum_j r_j(x)

    and its probability W(x) / sum W. Until every face has been seen once, the draws are those
    of a `UniformSampler`. Bins are equally wide and follow the running mean and deviation of a
    latent over the batches as drawn, since the encoder, and with it the scale of the latents,
    moves while it trains.

    Args:
        num_rows: faces to draw from.
        latent_dim: latents of a face.
        rule: "max", "product" or "mean".
        alpha: added to the share of faces in a bin; smaller values raise rare faces more.
        bins: bins of a histogram, at most 255.
        temperature: of rule "mean": 0 draws uniformly, latent_dim is rule "product".
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
        block_size: weights in a block; up to 256, or a multiple of it.
    """

    def __init__(
        self,
        num_rows: int,
        latent_dim: int,
        rule: str = "max",
        alpha: float = 0.01,
        bins: int = 10,
        temperature: float = 5.0,
        seed: int = 0,
        purpose: str = "latent",
        block_size: int = 1024,
    ):
        super().__init__(num_rows, seed, purpose, block_size)
        self.latent_dim, self.num_bins, self.alpha = latent_dim, bins, alpha
        self._reduce, self._temperature = reduction(rule), temperature
        self.bin_of_face = state(tf.zeros([self._weights.num_padded, latent_dim], tf.uint8))
        self.counts = state(tf.zeros([latent_dim, bins], tf.int32))
        self.moments = state(tf.zeros([2, latent_dim]))  # decayed sums of z and z^2

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Enters a batch's latents into the histograms and re-weights its faces.

        A face that occurs twice in the batch is entered as it came last.

        Args:
            indices: int64 `(batch,)`, faces in [0, num_rows).
            latents: float32 `(batch, latent_dim)`, the encoder's `z_mean`.
            margins: not looked at.

        Raises:
            ValueError: if `latents` does not have `latent_dim` columns.
        """
        if latents.shape[0] == 0:  # nothing is known of these
            return
        if latents.shape[-1] != self.latent_dim:
            raise ValueError(
                f"latents have {latents.shape[-1]} columns; expected latent_dim = {self.latent_dim}."
            )
        last, is_counted, was_seen = self._note(indices)
        self._update_moments(latents)
        bins = tf.gather(self._bins_of(latents), last)
        entering = self._one_hot(bins) * tf.cast(is_counted, tf.int32)[:, None, None]
        leaving = self._one_hot(tf.gather(self.bin_of_face, indices))
        leaving *= tf.cast(is_counted & was_seen, tf.int32)[:, None, None]
        self.counts.assign_add(tf.reduce_sum(entering - leaving, axis=0))
        self.bin_of_face.scatter_update(tf.IndexedSlices(bins, indices))
        self._refresh(indices)

    def _update_moments(self, latents: tf.Tensor) -> None:
        batch = tf.stack([tf.reduce_mean(latents, axis=0), tf.reduce_mean(tf.square(latents), axis=0)])
        self.moments.assign(_MOMENT_DECAY * self.moments + (1.0 - _MOMENT_DECAY) * batch)

    def _bins_of(self, latents: tf.Tensor) -> tf.Tensor:
        """Bin of each latent, uint8 `(batch, latent_dim)`."""
        # The decayed sums start at 0; dividing by their total weight makes them averages.
        total = 1.0 - _MOMENT_DECAY ** tf.cast(self.num_updates, tf.float32)
        mean, mean_square = tf.unstack(self.moments / total)
        deviation = tf.sqrt(tf.maximum(mean_square - tf.square(mean), 1e-12))
        place = places_in_range(latents, mean, deviation)
        return tf.cast(tf.clip_by_value(place * self.num_bins, 0.0, self.num_bins - 0.5), tf.uint8)

    def _one_hot(self, bins: tf.Tensor) -> tf.Tensor:
        return tf.one_hot(tf.cast(bins, tf.int32), self.num_bins, dtype=tf.int32)

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        share = tf.cast(self.counts, tf.float32) / tf.cast(self.num_seen, tf.float32)
        rarity_of_bin = tf.reshape(-tf.math.log(share + self.alpha), [-1])
        first_bin = tf.range(self.latent_dim) * self.num_bins
        bins = tf.cast(tf.gather(self.bin_of_face, rows), tf.int32)
        return self._reduce(tf.gather(rarity_of_bin, bins + first_bin), self._temperature)
