"""How latents fall into the bins of their histograms, and how rare a bin makes its faces."""

from typing import Protocol, TypeVar

import numpy as np
import tensorflow as tf

from facedebias.sampling.tables.blocks import Turn

# Binning "deviations" covers the mean plus or minus this many standard deviations of a latent.
_RANGE = 4.0
_MOMENT_DECAY = 0.99
# Where float32 can still subtract, multiply and divide.
_LARGEST_LATENT, _SMALLEST_SPAN = 1e15, 1e-30

Numbers = TypeVar("Numbers", tf.Tensor, np.ndarray)


def places_in_range(latents: Numbers, mean: Numbers, deviation: Numbers) -> Numbers:
    """Where latents lie in the range of binning "deviations": from 0 at its lower end to 1, or beyond."""
    return ((latents - mean) / deviation / _RANGE + 1.0) / 2.0


def bounded(latents: tf.Tensor) -> tf.Tensor:
    """Latents that can be binned by their range: a model that diverges says NaN and infinity.

    Its run ends with a word on that, and not in a histogram.
    """
    latents = tf.where(tf.math.is_nan(latents), tf.zeros_like(latents), latents)
    return tf.clip_by_value(latents, -_LARGEST_LATENT, _LARGEST_LATENT)


def spans_between(low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """How far it is from the smallest to the largest latent, above 0 where all are the same."""
    return tf.maximum(high - low, _SMALLEST_SPAN)


def share_rarities(shares: tf.Tensor, alpha: float) -> tf.Tensor:
    """Rarity of the faces in a bin by binning "deviations": -log(Q + alpha), Q the share of faces in it.

    Args:
        shares: float `(latent_dim, bins)`; each row sums to 1.
        alpha: added to the share.

    Returns:
        Of the dtype and shape of `shares`.
    """
    return -tf.math.log(shares + alpha)


def density_rarities(shares: tf.Tensor, spans: tf.Tensor, alpha: float) -> tf.Tensor:
    """Rarity of the faces in a bin by binning "range", as MIT 6.S191 lab 2 smooths and normalises it.

    With d = Q / width the density of a bin, a face in it has p = (1 / (d + alpha)) / sum over faces
    of the same. The rarity is log(num_faces * p): 0 for a face that this latent alone would draw as
    often as even draws do. Normalising d + alpha over the bins, as the lab does first, cancels.

    Args:
        shares: float `(latent_dim, bins)`, of the faces in a bin, Q; each row sums to 1.
        spans: float `(latent_dim,)`, largest less smallest latent.
        alpha: added to the density.

    Returns:
        Of the dtype and shape of `shares`.
    """
    num_bins = shares.shape[1]
    smoothed = shares * num_bins / spans[:, None] + alpha
    mean = tf.reduce_sum(shares / smoothed, axis=1, keepdims=True)  # of 1 / smoothed over the faces
    return -tf.math.log(smoothed) - tf.math.log(mean)


class Binning(Protocol):
    """What bins the faces of a `LatentSampler`; a `tf.Module`, so that checkpoints hold its state."""

    def note(
        self, indices: tf.Tensor, latents: tf.Tensor, last: tf.Tensor, turn: Turn
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Takes note of the latents of a batch and bins its faces, or some others, too.

        Args:
            indices: int64 `(batch,)`, the faces.
            latents: float32 `(batch, latent_dim)`.
            last: int32 `(batch,)`, for each place the last place of the same face.
            turn: this update, and faces that it can look at besides, seen or not.

        Returns:
            Faces to be moved to other bins, int64 `(n,)`, and these, uint8 `(n, latent_dim)`; of a
            face not seen yet, any.
        """

    def rarities(self, shares: tf.Tensor, alpha: float) -> tf.Tensor:
        """Rarity of the faces in each bin.

        Args:
            shares: float32 `(latent_dim, bins)`, of the faces in a bin; each row sums to 1.
            alpha: smoothing.

        Returns:
            float32 `(latent_dim, bins)`.
        """


class DeviationBinning(tf.Module):
    """Equal bins over the running mean of a latent plus and minus four standard deviations.

    What lies beyond counts into the outermost bins. A face stays in the bin that it was last seen
    in, whatever the mean does later.

    Args:
        num_rows: not looked at: nothing is kept of single faces.
        latent_dim: latents of a face.
        num_bins: at most 255.
    """

    def __init__(self, num_rows: int, latent_dim: int, num_bins: int):
        super().__init__()
        del num_rows
        self._num_bins = num_bins
        self.moments = tf.Variable(tf.zeros([2, latent_dim]), trainable=False)  # decayed sums of z and z^2

    def note(
        self, indices: tf.Tensor, latents: tf.Tensor, last: tf.Tensor, turn: Turn
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Moves the range and bins the batch's faces; see `Binning`."""
        batch = tf.stack([tf.reduce_mean(latents, axis=0), tf.reduce_mean(tf.square(latents), axis=0)])
        self.moments.assign(_MOMENT_DECAY * self.moments + (1.0 - _MOMENT_DECAY) * batch)
        return indices, tf.gather(self.bins_of(latents, turn.number), last)

    def bins_of(self, latents: tf.Tensor, num_updates: tf.Tensor) -> tf.Tensor:
        """Bins of latents float32 `(n, latent_dim)` after so many updates (int64 scalar), uint8."""
        # The decayed sums start at 0; dividing by their total weight makes them averages.
        total = 1.0 - _MOMENT_DECAY ** tf.cast(num_updates, tf.float32)
        mean, mean_square = tf.unstack(self.moments / total)
        deviation = tf.sqrt(tf.maximum(mean_square - tf.square(mean), 1e-12))
        return _whole(places_in_range(latents, mean, deviation) * self._num_bins, self._num_bins)

    def rarities(self, shares: tf.Tensor, alpha: float) -> tf.Tensor:
        """See `share_rarities`."""
        return share_rarities(shares, alpha)


class RangeBinning(tf.Module):
    """Equal bins between the smallest and the largest latent of the faces, as in MIT 6.S191 lab 2.

    The range is that of the latents with which faces were last seen. Each update looks at some
    faces in turn: how far their latents reach, and in which bin of today's range they are. What no
    face has any more leaves the range after two rounds at most. The cost does not depend on the
    number of faces; the latents are kept for it, 4 bytes each.

    Args:
        num_rows: faces.
        latent_dim: latents of a face.
        num_bins: at most 255.
    """

    def __init__(self, num_rows: int, latent_dim: int, num_bins: int):
        super().__init__()
        self._num_bins = num_bins
        # NaN: not seen yet.
        self.latents = tf.Variable(tf.fill([num_rows, latent_dim], np.float32(np.nan)), trainable=False)
        # Smallest z and smallest -z, of the last round and of this one.
        self.ends = tf.Variable(tf.fill([2, 2, latent_dim], np.float32(np.inf)), trainable=False)

    def note(
        self, indices: tf.Tensor, latents: tf.Tensor, last: tf.Tensor, turn: Turn
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Keeps the latents, moves the range, and bins the batch's faces and those in turn; see `Binning`."""
        self.latents.scatter_update(tf.IndexedSlices(tf.gather(bounded(latents), last), indices))
        rows = tf.concat([indices, turn.rows], axis=0)
        kept = tf.gather(self.latents, rows)
        self._follow(kept, turn.begins_round)
        low, span = self._range()
        return rows, _whole((kept - low) * self._num_bins / span, self._num_bins)

    def rarities(self, shares: tf.Tensor, alpha: float) -> tf.Tensor:
        """See `density_rarities`."""
        return density_rarities(shares, self._range()[1], alpha)

    def _follow(self, latents: tf.Tensor, begins_round: tf.Tensor) -> None:
        both_ways = tf.stack([latents, -latents])
        found = tf.reduce_min(tf.where(tf.math.is_nan(both_ways), np.inf, both_ways), axis=1)
        last_round, this_round = tf.unstack(self.ends)
        last_round = tf.where(begins_round, this_round, last_round)
        this_round = tf.where(begins_round, found, tf.minimum(this_round, found))
        self.ends.assign(tf.stack([last_round, this_round]))

    def _range(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Smallest latent and how far it is from there to the largest, float32 `(latent_dim,)` each."""
        low, minus_high = tf.unstack(tf.reduce_min(self.ends, axis=0))
        return low, spans_between(low, -minus_high)


def _whole(places: tf.Tensor, num_bins: int) -> tf.Tensor:
    """Bins of places in units of a bin, uint8; the outermost hold what lies beyond."""
    return tf.cast(tf.clip_by_value(places, 0.0, num_bins - 0.5), tf.uint8)
