"""Hard rows more often."""

import tensorflow as tf

from facedebias.sampling.adaptive import AdaptiveSampler
from facedebias.sampling.tables.row_scores import RowScores

_KEPT = 0.5  # share of what was known of a row when it comes again
_LARGEST_MARGIN = 12.0  # beyond, a picture is as easy as can be: its loss is 6e-6
_SMALLEST_MARGIN = -1e4  # where squares can still be summed


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
        self._scores = RowScores(self._weights.num_padded)

    @property
    def hardness(self) -> tf.Variable:
        """Averaged -margin of each row, float32 `(num_padded,)`; 0 of rows not seen."""
        return self._scores.values

    @property
    def sums(self) -> tf.Variable:
        """Of the hardness and of its square over the rows seen, float64 `(2,)`."""
        return self._scores.sums

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
        last, is_counted, was_seen = self._note(indices)
        new = averaged(self._scores, indices, tf.gather(hardness_of(margins), last), was_seen)
        self._scores.put(indices, new, is_counted)
        self._refresh(indices)

    def _weigh(self, rows: tf.Tensor) -> tf.Tensor:
        return self.strength * self._scores.standardized(rows, self.num_seen)


def hardness_of(margins: tf.Tensor) -> tf.Tensor:
    """H = -margin, float32 `(n,)`, within what can be squared and summed.

    A model that diverges says NaN; its run ends with a word on that, not with weights of NaN.
    """
    margins = tf.where(tf.math.is_nan(margins), 0.0, margins)
    return -tf.clip_by_value(margins, _SMALLEST_MARGIN, _LARGEST_MARGIN)


def averaged(scores: RowScores, rows: tf.Tensor, new: tf.Tensor, was_seen: tf.Tensor) -> tf.Tensor:
    """The mean of what was known of rows int64 `(n,)` and what is new: float32 `(n,)`."""
    old = tf.gather(scores.values, rows)
    return tf.where(was_seen, _KEPT * old + (1.0 - _KEPT) * new, new)
