"""Faces with rare latents more often."""

import tensorflow as tf

from facedebias.sampling import BINNINGS, RULES
from facedebias.sampling.adaptive import AdaptiveSampler, state
from facedebias.sampling.tables.binning import Binning
from facedebias.sampling.tables.blocks import last_occurrences


def maximum(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    """Rule "max": log weights float32 `(n,)` of rarities `(n, latent_dim)`."""
    del temperature
    return tf.reduce_max(rarities, axis=1)


def product(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    """Rule "product", likewise."""
    del temperature
    return tf.reduce_sum(rarities, axis=1)


def mean(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    """Rule "mean", likewise."""
    return temperature * tf.reduce_mean(rarities, axis=1)


class LatentSampler(AdaptiveSampler):
    """Draws faces with rare latents more often (Amini et al. 2019, algorithm 1).

    Each latent j has a histogram of its means over the faces, every face counted once, with the
    latents it was last seen with. It makes a face rare by r_j(x), and a face's weight is

        rule "max":     log W(x) = max_j r_j(x)
        rule "product": log W(x) = sum_j r_j(x), the paper's
        rule "mean":    log W(x) = temperature / latent_dim * sum_j r_j(x)

    and its probability W(x) / sum W. With Q_j the share of faces in the bin of x,

        binning "deviations": r_j(x) = -log(Q_j + alpha), see `DeviationBinning`
        binning "range":      r_j(x) = log p_j(x) + log num_faces, where p_j(x) is 1 / (Q_j / width + alpha)
                              divided by its sum over the faces, see `RangeBinning`

    Rule "max" with binning "range" and alpha 0.001 is that of MIT 6.S191 lab 2. Until every face has
    been seen once, the draws are those of a `UniformSampler`. Either range follows the latents, since
    the encoder, and with it their scale, moves while it trains.

    Args:
        num_rows: faces to draw from.
        latent_dim: latents of a face.
        rule: "max", "product" or "mean".
        alpha: smoothing of a histogram; smaller values raise rare faces more.
        bins: bins of a histogram, at most 255.
        temperature: of rule "mean": 0 draws uniformly, latent_dim is rule "product".
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
        block_size: weights in a block; up to 256, or a multiple of it.
        binning: "deviations" or "range". The former takes a byte for each latent of a face, the
            latter five.

    Raises:
        InputError: if there is no such rule or binning.
    """

    needs_latents = True

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
        binning: str = "deviations",
    ):
        super().__init__(num_rows, seed, purpose, block_size)
        self.latent_dim, self.num_bins, self.alpha = latent_dim, bins, alpha
        self._reduce, self._temperature = RULES.get(rule), temperature
        self.binning: Binning = BINNINGS.get(binning)(num_rows, latent_dim, bins)
        # Number `bins`: in none yet.
        self.bin_of_face = state(tf.fill([self._weights.num_padded, latent_dim], tf.cast(bins, tf.uint8)))
        self.counts = state(tf.zeros([latent_dim, bins], tf.int32))

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
        self._enter(indices, latents)
        self._refresh(indices)

    def _enter(self, indices: tf.Tensor, latents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Moves a batch's faces to the bins of their latents; returns what `_note` does."""
        if latents.shape[-1] != self.latent_dim:
            raise ValueError(
                f"latents have {latents.shape[-1]} columns; expected latent_dim = {self.latent_dim}."
            )
        noted = self._note(indices)
        rows, bins = self.binning.note(indices, latents, noted[0], self._weights.turn(self.num_updates))
        self._move(rows, tf.where(tf.gather(self.is_seen, rows)[:, None], bins, self.num_bins))
        return noted

    def _move(self, rows: tf.Tensor, bins: tf.Tensor) -> None:
        """Moves faces int64 `(n,)` from the bins they are in to others, uint8 `(n, latent_dim)`.

        A face that occurs twice has the same bins each time, and is counted once.
        """
        is_counted = last_occurrences(rows) == tf.range(tf.shape(rows)[0])
        change = self._one_hot(bins) - self._one_hot(tf.gather(self.bin_of_face, rows))
        self.counts.assign_add(tf.reduce_sum(change * tf.cast(is_counted, tf.int32)[:, None, None], axis=0))
        self.bin_of_face.scatter_update(tf.IndexedSlices(bins, rows))

    def _one_hot(self, bins: tf.Tensor) -> tf.Tensor:
        return tf.one_hot(tf.cast(bins, tf.int32), self.num_bins, dtype=tf.int32)  # 0 of those in no bin

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        shares = tf.cast(self.counts, tf.float32) / tf.cast(self.num_seen, tf.float32)
        return self._reduce(self._look_up(self.binning.rarities(shares, self.alpha), rows), self._temperature)

    def _look_up(self, table: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Entries of a table float32 `(latent_dim, bins)` for the bins of rows: float32 `(n, latent_dim)`.

        A face that is in no bin has 0.
        """
        table = tf.pad(table, [[0, 0], [0, 1]])
        first_bin = tf.range(self.latent_dim) * (self.num_bins + 1)
        bins = tf.cast(tf.gather(self.bin_of_face, rows), tf.int32)
        return tf.gather(tf.reshape(table, [-1]), bins + first_bin)
