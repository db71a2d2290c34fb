"""Faces with rare latents more often, weighed anew once an epoch: the lab's procedure."""

import numpy as np
import tensorflow as tf

from facedebias.randomness import key
from facedebias.sampling.latent import places_in_range, reduction
from facedebias.sampling.uniform import UniformSampler


def histogram_rarities(latents: np.ndarray, num_bins: int, alpha: float) -> np.ndarray:
    """-log(Q_j(z_j) + alpha) of each latent of each face, Q_j the histogram of latent j over all of them.

    Args:
        latents: float `(num_faces, latent_dim)`.
        num_bins: at most 255.
        alpha: added to the share of faces in a bin.

    Returns:
        float32 `(num_faces, latent_dim)`.
    """
    mean, deviation = latents.mean(axis=0), np.maximum(latents.std(axis=0), 1e-6)
    bins = places_in_range(latents, mean, deviation) * num_bins
    bins = np.clip(bins, 0, num_bins - 1).astype(np.uint8)
    rarities = np.empty(latents.shape, np.float32)
    for latent, own in enumerate(bins.T):
        share = np.bincount(own, minlength=num_bins) / len(own)
        rarities[:, latent] = -np.log(share + alpha)[own]
    return rarities


class EpochLatentSampler(tf.Module):
    """The rules of `LatentSampler` on the latents of all faces at once, as MIT 6.S191 lab 2 does it.

    Before each epoch the trainer encodes every face and calls `recompute`; the weights then
    stay as they are until the next. The first epoch is uniform (the lab weighs it by an
    untrained encoder).

    Args:
        num_rows: faces to draw from.
        rule: "max", "product" or "mean", see `LatentSampler`.
        alpha: added to the share of faces in a bin.
        bins: bins of a histogram.
        temperature: of rule "mean".
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(
        self,
        num_rows: int,
        rule: str = "max",
        alpha: float = 0.01,
        bins: int = 10,
        temperature: float = 5.0,
        seed: int = 0,
        purpose: str = "latent",
    ):
        super().__init__()
        self.num_rows, self.num_bins, self.alpha = num_rows, bins, alpha
        self.seed, self.purpose = seed, purpose
        self._reduce, self._temperature = reduction(rule), temperature
        self._uniform = UniformSampler(num_rows, seed, purpose)
        self.log_weights = tf.Variable(tf.zeros([num_rows]), trainable=False)
        self.is_weighed = tf.Variable(False, trainable=False)

    def recompute(self, latents: np.ndarray) -> None:
        """Weighs all faces anew.

        Args:
            latents: float32 `(num_rows, latent_dim)`, the encoder's `z_mean` of every face.
        """
        rarities = histogram_rarities(latents, self.num_bins, self.alpha)
        self.log_weights.assign(self._reduce(tf.constant(rarities), self._temperature))
        self.is_weighed.assign(True)

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The faces of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        return tf.cond(
            self.is_weighed,
            lambda: tf.random.stateless_categorical(
                self.log_weights[None], count, key(self.seed, f"{self.purpose} face", step)
            )[0],
            lambda: self._uniform.draw(step, count),
        )

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Learns nothing from a batch."""
        del indices, latents, margins  # AutoGraph cannot convert a method without a body

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): from 1, one face only, to num_rows, uniform."""
        weights = self.log_weights.value()
        return tf.exp(2.0 * tf.reduce_logsumexp(weights) - tf.reduce_logsumexp(2.0 * weights))

    def probabilities(self) -> np.ndarray:
        """Probability of each face to be drawn next, float64 `(num_rows,)`."""
        weights = self.log_weights.numpy().astype(np.float64)
        weights = np.exp(weights - weights.max())
        return weights / weights.sum()
