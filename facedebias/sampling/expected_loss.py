"""Faces more often that look like those the model gets wrong."""

from typing import Any

import tensorflow as tf

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.sampling.adaptive import state
from facedebias.sampling.latent import LatentSampler
from facedebias.sampling.loss import averaged, hardness_of
from facedebias.sampling.tables.blocks import last_occurrences
from facedebias.sampling.tables.row_scores import RowScores

_SHRINKAGE = 20.0  # faces that the mean over all is worth in a bin


class ExpectedLossSampler(LatentSampler):
    """Draws faces more often whose latents are those of hard faces: rule "expected_loss".

    One face's loss is noise; the loss of all faces like it is a group that nobody had to name. With
    h = -margin (see `LossSampler`), each latent j and bin b keep decayed sums over the faces trained
    on. Their mean hardness m_j(b) is shrunk towards the overall mean with the weight of 20 faces:

        m_j(b) = (sum h + 20 mean) / (number + 20)
        p(x)   = sum_j (m_j(b_j(x)) - mean)
        log W(x) = strength * clip((p - mean p) / sd p, -3, 3)
                   + own_strength * clip((h - mean h) / sd h, -3, 3)

    where h(x) is the face's own hardness, averaged over its visits. The latents, histograms and
    bins are those of Amini et al. 2019 (algorithm 1), with errors in place of rarity. George (Sohoni
    et al. 2020) and Domino (Eyuboglu et al. 2022) look for such groups after training. Until every face
    has been seen once, the draws are those of a `UniformSampler`. The cost of a step does not depend
    on the number of faces; p of most faces lags behind by up to one round.

    Args:
        num_rows: faces to draw from.
        latent_dim: latents of a face.
        strength: of p; 0 leaves it out.
        own_strength: of the face's own hardness; 0 leaves it out.
        decay: of the sums, a step.
        kwargs: of `LatentSampler`: bins, binning, seed, purpose, block_size.

    Raises:
        InputError: if there is no such binning.
    """

    def __init__(
        self,
        num_rows: int,
        latent_dim: int,
        strength: float = 0.7,
        own_strength: float = 0.7,
        decay: float = 0.995,
        **kwargs: Any,
    ):
        super().__init__(num_rows, latent_dim, **kwargs)
        self.strength, self.own_strength, self.decay = strength, own_strength, decay
        # Decayed sums of hardness, and of faces, in each bin.
        self.of_bins = state(tf.zeros([2, latent_dim, self.num_bins]))
        self._expected = RowScores(self._weights.num_padded)
        self._own = RowScores(self._weights.num_padded)

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Enters a batch's latents and margins, and re-weights its faces.

        Args:
            indices: int64 `(batch,)`, faces in [0, num_rows).
            latents: float32 `(batch, latent_dim)`, the encoder's `z_mean`.
            margins: float32 `(batch,)`.

        Raises:
            ValueError: if there are no margins, or `latents` does not have `latent_dim` columns.
        """
        if latents.shape[0] == 0:  # nothing is known of these
            return
        if margins is None:
            raise ValueError("margins is None; expected float32 (batch,), the signed logits of the rows.")
        last, is_counted, was_seen = self._enter(indices, latents)
        hardness = hardness_of(margins)
        self._note_hardness(indices, hardness)
        own = averaged(self._own, indices, tf.gather(hardness, last), was_seen)
        self._own.put(indices, own, is_counted)
        self._expect(tf.concat([indices, self._weights.turn(self.num_updates).rows], axis=0))
        self._refresh(indices)

    def mean_hardness(self) -> tuple[tf.Tensor, tf.Tensor]:
        """m_j(b), float32 `(latent_dim, bins)`, and the overall mean, scalar."""
        sums, numbers = tf.unstack(self.of_bins)
        mean = tf.reduce_sum(sums[0]) / tf.maximum(tf.reduce_sum(numbers[0]), 1e-12)
        return (sums + _SHRINKAGE * mean) / (numbers + _SHRINKAGE), mean

    def _note_hardness(self, indices: tf.Tensor, hardness: tf.Tensor) -> None:
        in_bins = tf.cast(self._one_hot(tf.gather(self.bin_of_face, indices)), tf.float32)
        batch = tf.stack([tf.einsum("njb,n->jb", in_bins, hardness), tf.reduce_sum(in_bins, axis=0)])
        self.of_bins.assign(self.decay * self.of_bins + batch)

    def _expect(self, rows: tf.Tensor) -> None:
        """Computes p of rows int64 `(n,)` anew."""
        means, mean = self.mean_hardness()
        is_seen = tf.gather(self.is_seen, rows)
        expected = tf.where(is_seen, tf.reduce_sum(self._look_up(means - mean, rows), axis=1), 0.0)
        is_counted = last_occurrences(rows) == tf.range(tf.shape(rows)[0])
        self._expected.put(rows, expected, is_counted & is_seen)

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        expected = self._expected.standardized(rows, self.num_seen)
        own = self._own.standardized(rows, self.num_seen)
        return self.strength * expected + self.own_strength * own


def no_rarity(rarities: tf.Tensor, temperature: float) -> tf.Tensor:
    """Refuses to weigh by rarity.

    Raises:
        InputError: always; the rule looks at losses.
    """
    del rarities, temperature
    raise InputError(f"{named('rule', 'expected_loss')}: needs the losses of batches, not rarities.")
