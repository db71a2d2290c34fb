"""Faces with rare latents more often, weighed anew once an epoch."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from facedebias.randomness import key
from facedebias.sampling import BINNINGS, RULES
from facedebias.sampling.sampler import Sampler
from facedebias.sampling.tables.binning import (
    bounded,
    density_rarities,
    places_in_range,
    share_rarities,
    spans_between,
)
from facedebias.sampling.uniform import UniformSampler


def histogram_rarities(
    latents: np.ndarray, num_bins: int, alpha: float, binning: str = "deviations"
) -> np.ndarray:
    """How rare each latent of each face is in a histogram of that latent over all of them.

    Args:
        latents: float `(num_faces, latent_dim)`.
        num_bins: at most 255.
        alpha: smoothing of a histogram.
        binning: "deviations" or "range", see `LatentSampler`.

    Returns:
        float32 `(num_faces, latent_dim)`: r_j(x) of `LatentSampler`.
    """
    if binning == "range":
        latents = np.asarray(bounded(latents))
        bins, spans = _bins_in_range(latents, num_bins)
        table = density_rarities(_shares(bins, num_bins), spans, alpha)
    else:
        bins = _bins_by_deviations(latents, num_bins)
        table = share_rarities(_shares(bins, num_bins), alpha)
    return np.asarray(table, np.float32)[np.arange(bins.shape[1]), bins]


def _shares(bins: np.ndarray, num_bins: int) -> np.ndarray:
    """Share of the faces in each bin, float64 `(latent_dim, num_bins)`."""
    return np.stack([np.bincount(own, minlength=num_bins) for own in bins.T]) / len(bins)


def _bins_by_deviations(latents: np.ndarray, num_bins: int) -> np.ndarray:
    mean, deviation = latents.mean(axis=0), np.maximum(latents.std(axis=0), 1e-6)
    bins = places_in_range(latents, mean, deviation) * num_bins
    return np.clip(bins, 0, num_bins - 1).astype(np.uint8)


def _bins_in_range(latents: np.ndarray, num_bins: int) -> tuple[np.ndarray, tf.Tensor]:
    """Bins with the edges of `np.histogram`, and how far it is from the first to the last."""
    low, high = latents.min(axis=0), latents.max(axis=0)
    edges = np.linspace(low, high, num_bins + 1, dtype=latents.dtype)
    bins = [np.digitize(own, inner) for own, inner in zip(latents.T, edges[1:-1].T, strict=True)]
    return np.stack(bins, axis=1).astype(np.uint8), spans_between(low.astype(float), high.astype(float))


class EpochLatentSampler(Sampler):
    """The rules of `LatentSampler` on the latents of all faces at once.

    Before each epoch every face is encoded and weighed; the weights then stay as they are until the
    next. With rule "max", binning "range" and alpha 0.001 they are those of MIT
    6.S191 lab 2. The first epoch is uniform; the lab weighs it by an untrained encoder.

    Args:
        num_rows: faces to draw from.
        rule: "max", "product" or "mean", see `LatentSampler`.
        alpha: smoothing of a histogram.
        bins: bins of a histogram.
        temperature: of rule "mean".
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
        binning: "deviations" or "range", see `LatentSampler`.

    Raises:
        InputError: if there is no such rule or binning.
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
        binning: str = "deviations",
    ):
        super().__init__()
        BINNINGS.get(binning)  # refuses one that there is not
        self.num_rows, self.num_bins, self.alpha = num_rows, bins, alpha
        self.seed, self.purpose, self._binning = seed, purpose, binning
        self._reduce, self._temperature = RULES.get(rule), temperature
        self._uniform = UniformSampler(num_rows, seed, purpose)
        self.log_weights = tf.Variable(tf.zeros([num_rows]), trainable=False)
        self.is_weighed = tf.Variable(False, trainable=False)

    def on_epoch_start(self, encode: Callable[[], np.ndarray]) -> None:
        """Weighs all faces anew by the encoder's `z_mean` of every face; see `Sampler`."""
        rarities = histogram_rarities(encode(), self.num_bins, self.alpha, self._binning)
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

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): from 1, one face only, to num_rows, uniform."""
        weights = self.log_weights.value()
        return tf.exp(2.0 * tf.reduce_logsumexp(weights) - tf.reduce_logsumexp(2.0 * weights))

    def probabilities(self) -> np.ndarray:
        """Probability of each face to be drawn next, float64 `(num_rows,)`."""
        weights = self.log_weights.numpy().astype(np.float64)
        weights = np.exp(weights - weights.max())
        return weights / weights.sum()
