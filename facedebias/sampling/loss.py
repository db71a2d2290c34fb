"""Hard rows more often."""

import tensorflow as tf

from facedebias.sampling.adaptive import AdaptiveSampler, state

_KEPT = 0.5  # share of what was known of a row when it comes again
_LARGEST_MARGIN = 12.0  # beyond, a picture is as easy as can be: its loss is 6e-6
_SMALLEST_MARGIN = -1e4  # where squares can still be summed
_RANGE = 3.0  # standard deviations of the hardness that count


class LossSampler(AdaptiveSampler):
    """Draws rows more often that the model gets wrong, or right by little.

    A row's margin is its logit, signed so that positive is right; its cross entropy is
    log(1 + exp(-margin)). With h = -margin, averaged over the visits to the row, and its mean and
    deviation over the rows,

        log W(x) = strength * clip((h(x) - mean) / deviation, -3, 3)

    so that the scale of the logits does not matter: were h normal, the effective sample size would
    be num_rows * exp(-strength^2); real margins are skewed, and it is smaller. Neither a wrong
    label nor one group of rows takes all draws. Like "just train
    twice" (Liu et al. 2021) it needs no groups: who is served badly shows in the losses; but it
    goes on while the model trains. (Shrivastava et al. 2016 pick hard examples likewise.) Until
    every row has been seen once, the draws are those of a `UniformSampler`.

    Args:
        num_rows: rows to draw from.
        strength: 0 draws uniformly.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(self, num_rows: int, strength: float = 0.7, seed: int = 0, purpose: str = "loss"):
        super().__init__(num_rows, seed, purpose)
        self.strength = strength
        self.hardness = state(tf.zeros([self._weights.num_padded]))
        # Sums of h and h^2 over the rows seen; in double precision, as they are added to for ever.
        self.sums = state(tf.zeros([2], tf.float64))

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Enters a batch's margins and re-weights its rows.

        A row that occurs twice in the batch is entered as it came last.

        Args:
            indices: int64 `(batch,)`, rows in [0, num_rows).
            latents: not looked at.
            margins: float32 `(batch,)`.

        Raises:
            ValueError: if there are no margins.
        """
        if margins is None:
            raise ValueError("margins is None; expected float32 (batch,), the signed logits of the rows.")
        # A model that diverges says NaN; the run ends with a word on that, not with weights of NaN.
        margins = tf.where(tf.math.is_nan(margins), 0.0, margins)
        hardness = -tf.clip_by_value(margins, _SMALLEST_MARGIN, _LARGEST_MARGIN)
        last, is_counted, was_seen = self._note(indices)
        old, new = tf.gather(self.hardness, indices), tf.gather(hardness, last)
        new = tf.where(was_seen, _KEPT * old + (1.0 - _KEPT) * new, new)
        # Rows not seen yet have the hardness 0, and so add nothing to the sums so far. Doubles before
        # the difference: what is added and later taken away cancels but for their rounding.
        exact_new, exact_old = tf.cast(new, tf.float64), tf.cast(old, tf.float64)
        change = tf.stack([exact_new - exact_old, tf.square(exact_new) - tf.square(exact_old)])
        self.sums.assign_add(tf.reduce_sum(change * tf.cast(is_counted, tf.float64), axis=1))
        self.hardness.scatter_update(tf.IndexedSlices(new, indices))
        self._refresh(indices)

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        mean, mean_square = tf.unstack(self.sums / tf.cast(self.num_seen, tf.float64))
        deviation = tf.sqrt(tf.maximum(mean_square - tf.square(mean), 1e-6))
        distance = tf.gather(self.hardness, rows) - tf.cast(mean, tf.float32)
        standardized = distance / tf.cast(deviation, tf.float32)
        return self.strength * tf.clip_by_value(standardized, -_RANGE, _RANGE)
