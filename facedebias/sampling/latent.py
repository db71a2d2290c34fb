"""Faces with rare latents more often."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import tensorflow as tf

from facedebias.sampling.blocks import BlockWeights, last_occurrences
from facedebias.sampling.uniform import UniformSampler

# Bins cover the mean plus or minus this many standard deviations of a latent; what lies
# beyond counts into the outermost ones.
_RANGE = 4.0
_MOMENT_DECAY = 0.99
# Faces re-weighted in turn by each update, besides its own: half of its cost at this number.
_REFRESHED = 256


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


class LatentSampler(tf.Module):
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

    The cost of a step does not depend on the number of faces. Weights lie in blocks: a draw
    picks a block by its sum, then a face in it. An update recomputes the weights of its faces
    and of some others in turn (the rest lag behind the histograms by up to one round), and sums
    the blocks it touched anew, so that no error accumulates.

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
        super().__init__()
        self.num_rows, self.latent_dim, self.num_bins = num_rows, latent_dim, bins
        self.alpha, self.seed, self.purpose = alpha, seed, purpose
        self._reduce = reduction(rule)
        self._temperature = temperature
        self._uniform = UniformSampler(num_rows, seed, purpose)
        self._weights = BlockWeights(num_rows, block_size, _REFRESHED, seed, purpose)
        self.bin_of_face = _state(tf.zeros([self._weights.num_padded, latent_dim], tf.uint8))
        self.is_seen = _state(tf.zeros([self._weights.num_padded], tf.bool))
        self.num_seen = _state(tf.zeros([], tf.int64))
        self.counts = _state(tf.zeros([latent_dim, bins], tf.int32))
        self.moments = _state(tf.zeros([2, latent_dim]))  # decayed sums of z and z^2
        self.num_updates = _state(tf.zeros([], tf.int64))

    @property
    def log_weights(self) -> tf.Variable:
        """Of the faces as they lie in blocks, float32 `(num_blocks, block_size)`."""
        return self._weights.log_weights

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The faces of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        return tf.cond(
            self.num_seen < self.num_rows,
            lambda: self._uniform.draw(step, count),
            lambda: self._weights.draw(step, count),
        )

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
        self.num_updates.assign_add(1)
        self._update_moments(latents)
        self._enter(indices, self._bins_of(latents))
        self._weights.refresh(indices, self.num_updates, self._weigh)

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): from 1, one face only, to num_rows, uniform."""
        ratio = self._weights.effective_sample_size()
        return tf.where(self.num_seen < self.num_rows, float(self.num_rows), ratio)

    def probabilities(self) -> np.ndarray:
        """Probability of each face to be drawn next, float64 `(num_rows,)`."""
        if self.num_seen < self.num_rows:
            return self._uniform.probabilities()
        return self._weights.probabilities()

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

    def _enter(self, indices: tf.Tensor, bins: tf.Tensor) -> None:
        last = last_occurrences(indices)
        bins = tf.gather(bins, last)
        is_counted = last == tf.range(tf.shape(indices)[0])
        was_seen = tf.gather(self.is_seen, indices)
        entering = self._one_hot(bins) * tf.cast(is_counted, tf.int32)[:, None, None]
        leaving = self._one_hot(tf.gather(self.bin_of_face, indices))
        leaving *= tf.cast(is_counted & was_seen, tf.int32)[:, None, None]
        self.counts.assign_add(tf.reduce_sum(entering - leaving, axis=0))
        self.num_seen.assign_add(tf.reduce_sum(tf.cast(is_counted & ~was_seen, tf.int64)))
        self.bin_of_face.scatter_update(tf.IndexedSlices(bins, indices))
        self.is_seen.scatter_update(tf.IndexedSlices(tf.ones_like(was_seen), indices))

    def _one_hot(self, bins: tf.Tensor) -> tf.Tensor:
        return tf.one_hot(tf.cast(bins, tf.int32), self.num_bins, dtype=tf.int32)

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        """Log weights of these faces, float32 `(n,)`; 0 for those not seen yet."""
        share = tf.cast(self.counts, tf.float32) / tf.cast(self.num_seen, tf.float32)
        rarity_of_bin = tf.reshape(-tf.math.log(share + self.alpha), [-1])
        first_bin = tf.range(self.latent_dim) * self.num_bins
        bins = tf.cast(tf.gather(self.bin_of_face, rows), tf.int32)
        log_weights = self._reduce(tf.gather(rarity_of_bin, bins + first_bin), self._temperature)
        return tf.where(tf.gather(self.is_seen, rows), log_weights, 0.0)


def _state(value: tf.Tensor | np.ndarray) -> tf.Variable:
    return tf.Variable(value, trainable=False)
