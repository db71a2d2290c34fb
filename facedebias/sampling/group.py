"""Known groups: as often as is asked for, or as their losses ask for."""

import numpy as np
import tensorflow as tf

from facedebias.randomness import key
from facedebias.sampling.adaptive import state
from facedebias.sampling.sampler import Sampler


class GroupRows(tf.Module):
    """Rows by group: draws one of the rows of given groups.

    Args:
        groups: int `(num_rows,)`, the group of each row, any numbers.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(self, groups: np.ndarray, seed: int, purpose: str):
        super().__init__()
        self.values, self.group_of_row, self.sizes = np.unique(
            groups, return_inverse=True, return_counts=True
        )
        self._seed, self._purpose = seed, purpose
        # Rows sorted by group: each group is a stretch of them.
        self._rows = tf.constant(np.argsort(self.group_of_row, kind="stable"), tf.int64)
        self._num_rows_of = tf.constant(self.sizes, tf.int64)
        self._first = tf.constant(np.cumsum(self.sizes) - self.sizes, tf.int64)

    def draw(self, step: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        """A row of each of these groups, places in `values`, int64 `(count,)`: int64 `(count,)`."""
        sizes = tf.gather(self._num_rows_of, groups)
        # In double precision: float32 would round a fraction of a large group up to its size.
        row_key = key(self._seed, f"{self._purpose} row", step)
        fractions = tf.random.stateless_uniform(tf.shape(groups), row_key, dtype=tf.float64)
        within = tf.cast(fractions * tf.cast(sizes, tf.float64), tf.int64)
        return tf.gather(self._rows, tf.gather(self._first, groups) + within)


class GroupSampler(Sampler):
    """Draws a group, then one of its rows evenly: what balancing by labels can do.

    It knows what the other samplers must find out, so it is what they are measured against
    (an oracle). A row of group g has the probability share(g) / rows of g.

    Args:
        groups: int `(num_rows,)`, the group of each row, any numbers.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
        shares: `(largest group + 1,)`, how often each is drawn, in any unit; None draws all
            equally often. Of groups that no row has nothing is drawn.
    """

    def __init__(
        self, groups: np.ndarray, seed: int = 0, purpose: str = "group", shares: np.ndarray | None = None
    ):
        super().__init__()
        self.num_rows, self.seed, self.purpose = len(groups), seed, purpose
        self._rows = GroupRows(groups, seed, purpose)
        weights = np.ones(len(self._rows.values)) if shares is None else shares[self._rows.values]
        self._shares = weights / weights.sum()
        self._are_equal = shares is None

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The rows of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        group_key = key(self.seed, f"{self.purpose} group", step)
        if self._are_equal:
            groups = tf.random.stateless_uniform([count], group_key, 0, len(self._shares), tf.int64)
        else:
            logits = tf.constant(np.log(self._shares)[None], tf.float32)
            groups = tf.random.stateless_categorical(logits, count, group_key)[0]
        return self._rows.draw(step, groups)

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the draw (Kish 1965): num_rows if each group is drawn as often as it comes."""
        return tf.constant(1.0 / np.sum(self.probabilities() ** 2), tf.float32)

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn next, float64 `(num_rows,)`."""
        return (self._shares / self._rows.sizes)[self._rows.group_of_row]


class GroupDROSampler(Sampler):
    """Draws groups more often whose loss is high: group distributionally robust optimization.

    Sagawa et al. 2020 (Distributionally Robust Neural Networks, algorithm 1) weigh the loss of
    group g by q_g, which grows with the loss by exponentiated steps; here q_g is how often the
    group is drawn, which has the same gradient on average and less variance for small groups:

        log q_g += step_size * (mean cross entropy of the batch's rows of g + adjustment / sqrt(n_g))
                   / P(g is in a batch),

    then sum q = 1, with n_g the rows of g: the loss of a small group is below what it will be on
    pictures that it was not trained on, by about so much (section 3.3 there). The source takes one
    group a step, each as often; here a rare group is in few batches, and would fall behind for that
    alone. A share of the draws, `FLOOR`, goes evenly to all groups: what is never drawn could never
    show that its loss is high.

    Args:
        groups: int `(num_rows,)`, the group of each row, any numbers; label and group in one.
        step_size: eta of the source; 0 draws all groups equally often.
        adjustment: C of the source, in nats for a group of one row; 0 takes losses as they are.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    FLOOR = 0.1

    def __init__(
        self,
        groups: np.ndarray,
        step_size: float = 0.01,
        adjustment: float = 0.0,
        seed: int = 0,
        purpose: str = "dro",
    ):
        super().__init__()
        self.num_rows, self.step_size, self.seed, self.purpose = len(groups), step_size, seed, purpose
        self._rows = GroupRows(groups, seed, purpose)
        self._group_of_row = tf.constant(self._rows.group_of_row, tf.int32)
        self._sizes = tf.constant(self._rows.sizes, tf.float32)
        self._adjustments = tf.constant(adjustment / np.sqrt(self._rows.sizes), tf.float32)
        num_groups = len(self._rows.values)
        self.log_shares = state(tf.fill([num_groups], -tf.math.log(float(num_groups))))

    def draw(self, step: tf.Tensor, count: int) -> tf.Tensor:
        """The rows of batch number `step` (int64 scalar): int64 `(count,)` in [0, num_rows)."""
        group_key = key(self.seed, f"{self.purpose} group", step)
        groups = tf.random.stateless_categorical(tf.math.log(self._shares())[None], count, group_key)[0]
        return self._rows.draw(step, groups)

    def update(self, indices: tf.Tensor, latents: tf.Tensor, margins: tf.Tensor | None = None) -> None:
        """Moves the shares by the losses of the groups that are in the batch.

        Args:
            indices: int64 `(batch,)`, rows in [0, num_rows).
            latents: not looked at.
            margins: float32 `(batch,)`; the cross entropy of a row is log(1 + exp(-margin)).

        Raises:
            ValueError: if there are no margins.
        """
        if margins is None:
            raise ValueError("margins is None; expected float32 (batch,), the signed logits of the rows.")
        # A model that diverges says NaN; the run ends with a word on that.
        losses = tf.nn.softplus(-tf.where(tf.math.is_nan(margins), 0.0, margins))
        groups = tf.gather(self._group_of_row, indices)
        means = tf.math.unsorted_segment_mean(losses, groups, len(self._rows.values))
        # Like the losses, only of groups that are in the batch.
        sizes = tf.math.unsorted_segment_sum(tf.ones_like(losses), groups, len(self._rows.values))
        means = tf.where(sizes > 0.0, means + self._adjustments, 0.0)
        count = tf.cast(tf.shape(indices)[0], tf.float32)
        is_there = 1.0 - tf.pow(1.0 - self._shares(), count)
        self.log_shares.assign(tf.nn.log_softmax(self.log_shares + self.step_size * means / is_there))

    def effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw (Kish 1965): num_rows if the groups come as they are."""
        return 1.0 / tf.reduce_sum(self._shares() ** 2 / self._sizes)

    def probabilities(self) -> np.ndarray:
        """Probability of each row to be drawn next, float64 `(num_rows,)`."""
        return (self._shares().numpy().astype(np.float64) / self._rows.sizes)[self._rows.group_of_row]

    def _shares(self) -> tf.Tensor:
        even = 1.0 / len(self._rows.values)
        return (1.0 - self.FLOOR) * tf.exp(self.log_shares) + self.FLOOR * even
