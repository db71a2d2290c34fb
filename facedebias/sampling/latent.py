"""Faces with rare latents more often."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from facedebias.randomness import key
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
        if rule not in RULES:
            raise ValueError(f"rule {rule!r}: unknown; choose one of {', '.join(RULES)}.")
        self.num_rows, self.latent_dim, self.num_bins = num_rows, latent_dim, bins
        self.alpha, self.seed, self.purpose = alpha, seed, purpose
        self._reduce = RULES[rule]
        self._temperature = temperature
        self._uniform = UniformSampler(num_rows, seed, purpose)
        self._num_refreshed = min(_REFRESHED, block_size)
        # A block is a whole number of turns, also where one block is all there is.
        self._num_turns = -(-num_rows // self._num_refreshed)
        self._block_size = min(block_size, self._num_turns * self._num_refreshed)
        self._num_blocks = -(-num_rows // self._block_size)
        self._create_state()

    def _create_state(self) -> None:
        padded = self._num_blocks * self._block_size
        # Rows behind the last face fill its block: weight 0, never drawn.
        log_weights = np.where(np.arange(padded) < self.num_rows, 0.0, -np.inf).astype(np.float32)
        log_weights = log_weights.reshape(self._num_blocks, self._block_size)
        self.bin_of_face = _state(tf.zeros([padded, self.latent_dim], tf.uint8))
        self.is_seen = _state(tf.zeros([padded], tf.bool))
        self.num_seen = _state(tf.zeros([], tf.int64))
        self.counts = _state(tf.zeros([self.latent_dim, self.num_bins], tf.int32))
        self.log_weights = _state(log_weights)
        self.block_log_sums = _state(tf.reduce_logsumexp(log_weights, axis=1))
        self.moments = _state(tf.zeros([2, self.latent_dim]))  # decayed sums of z and z^2
        self.num_updates = _state(tf.zeros([], tf.int64))

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The faces of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        return tf.cond(
            self.num_seen < self.num_rows,
            lambda: self._uniform.draw(step, count),
            lambda: self._draw_by_weight(step, count),
        )

    def update(self, indices: tf.Tensor, latents: tf.Tensor) -> None:
        """Enters a batch's latents into the histograms and re-weights its faces.

        A face that occurs twice in the batch is entered as it came last.

        Args:
            indices: int64 `(batch,)`, faces in [0, num_rows).
            latents: float32 `(batch, latent_dim)`, the encoder's `z_mean`.

        Raises:
            ValueError: if `latents` does not have `latent_dim` columns.
        """
        if latents.shape[-1] != self.latent_dim:
            raise ValueError(
                f"latents have {latents.shape[-1]} columns; expected latent_dim = {self.latent_dim}."
            )
        self.num_updates.assign_add(1)
        self._update_moments(latents)
        self._enter(indices, self._bins_of(latents))
        self._refresh(indices)

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): from 1, one face only, to num_rows, uniform."""
        weights = tf.reshape(self.log_weights, [-1])
        ratio = tf.exp(2.0 * tf.reduce_logsumexp(weights) - tf.reduce_logsumexp(2.0 * weights))
        return tf.where(self.num_seen < self.num_rows, float(self.num_rows), ratio)

    def probabilities(self) -> np.ndarray:
        """Probability of each face to be drawn next, float64 `(num_rows,)`."""
        if self.num_seen < self.num_rows:
            return self._uniform.probabilities()
        weights = self.log_weights.numpy().reshape(-1)[: self.num_rows].astype(np.float64)
        weights = np.exp(weights - weights.max())
        return weights / weights.sum()

    def _draw_by_weight(self, step: tf.Tensor, count: int) -> tf.Tensor:
        block_key = key(self.seed, f"{self.purpose} block", step)
        blocks = tf.random.stateless_categorical(self.block_log_sums[None], count, block_key)[0]
        in_block = tf.gather(self.log_weights, blocks)
        face_key = key(self.seed, f"{self.purpose} face", step)
        return blocks * self._block_size + tf.random.stateless_categorical(in_block, 1, face_key)[:, 0]

    def _update_moments(self, latents: tf.Tensor) -> None:
        batch = tf.stack([tf.reduce_mean(latents, axis=0), tf.reduce_mean(tf.square(latents), axis=0)])
        self.moments.assign(_MOMENT_DECAY * self.moments + (1.0 - _MOMENT_DECAY) * batch)

    def _bins_of(self, latents: tf.Tensor) -> tf.Tensor:
        """Bin of each latent, uint8 `(batch, latent_dim)`."""
        # The decayed sums start at 0; dividing by their total weight makes them averages.
        total = 1.0 - _MOMENT_DECAY ** tf.cast(self.num_updates, tf.float32)
        mean, mean_square = tf.unstack(self.moments / total)
        deviation = tf.sqrt(tf.maximum(mean_square - tf.square(mean), 1e-12))
        place = ((latents - mean) / deviation / _RANGE + 1.0) / 2.0  # 0 to 1 across the range
        return tf.cast(tf.clip_by_value(place * self.num_bins, 0.0, self.num_bins - 0.5), tf.uint8)

    def _enter(self, indices: tf.Tensor, bins: tf.Tensor) -> None:
        last = _last_occurrences(indices)
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

    def _refresh(self, indices: tf.Tensor) -> None:
        """Re-weights the batch's faces and those in turn, then sums the touched blocks anew."""
        first = self.num_updates % self._num_turns * self._num_refreshed
        in_turn = first + tf.range(self._num_refreshed, dtype=tf.int64)
        # Behind the last face is padding: it stands in for that.
        rows = tf.concat([indices, tf.minimum(in_turn, self.num_rows - 1)], axis=0)
        places = tf.stack([rows // self._block_size, rows % self._block_size], axis=1)
        self.log_weights.scatter_nd_update(places, self._weigh(rows))
        blocks = tf.concat([indices, first[None]], axis=0) // self._block_size
        sums = tf.reduce_logsumexp(tf.gather(self.log_weights, blocks), axis=1)
        self.block_log_sums.scatter_update(tf.IndexedSlices(sums, blocks))

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


def _last_occurrences(indices: tf.Tensor) -> tf.Tensor:
    """For each position the last position that holds the same index, int32 `(n,)`."""
    is_same = indices[:, None] == indices[None, :]
    return tf.reduce_max(tf.where(is_same, tf.range(tf.shape(indices)[0])[None, :], -1), axis=1)
