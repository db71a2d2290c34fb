"""What a model pays, besides its loss, for letting its answers tell a group.

Both act on answers within a label: if the scores of those who have the attribute are spread alike
in all groups, one threshold finds as many of each (equal opportunity), and with those who have it
not, too, equalized odds holds. Groups are needed while it trains, and never afterwards.
"""

from collections.abc import Sequence
from typing import Protocol

import keras
import tensorflow as tf

from facedebias.distribution import replicas
from facedebias.models.adam import FusedAdam

_BANDWIDTHS = (0.5, 1.0, 2.0, 4.0)  # of logits


class Penalty(Protocol):
    """Changes the gradient of a step; a `tf.Module`, so that checkpoints hold its state."""

    def __call__(self, logits: tf.Tensor, labels: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        """What the gradient is changed by, float32 scalar.

        Args:
            logits: float32 `(batch,)`.
            labels: float32 `(batch,)`, 1 or 0.
            groups: int32 `(batch,)`; -1 for pictures of no group.
        """

    def gradients(
        self, tape: tf.GradientTape, loss: tf.Tensor, value: tf.Tensor, variables: Sequence[tf.Variable]
    ) -> list[tf.Tensor]:
        """What all replicas follow instead of the gradient of the loss alone, one for each variable.

        Args:
            tape: persistent, has seen how `loss` and `value` came about.
            loss: float32 scalar, the model's on this replica's pictures.
            value: what a call of this returned for the whole batch.
            variables: of the model.
        """


def mmd(logits: tf.Tensor, labels: tf.Tensor, groups: tf.Tensor, num_groups: int) -> tf.Tensor:
    """How differently the logits of groups are spread within each label, float32 scalar.

    The unbiased estimate of the squared maximum mean discrepancy (A. Gretton et al., A Kernel
    Two-Sample Test, JMLR 2012, equation 3) between the rows of a label in one group and those in all
    others, with a mixture of Gaussian kernels of 0.5, 1, 2 and 4 logits; mean over the groups and
    labels that have two rows of both. It may be negative. (The biased one is above 0 for a few rows
    of equal groups, and would pull all logits together.) F. Prost et al. (Toward a better trade-off
    between performance and fairness with kernel-based distribution matching, 2019) train with it;
    MinDiff is Google's name of that.

    Args:
        logits: float32 `(batch,)`.
        labels: float32 `(batch,)`, 1 or 0.
        groups: int32 `(batch,)` from 0 to num_groups - 1; rows with -1 do not count.
        num_groups: how many there are.
    """
    squares = tf.square(logits[:, None] - logits[None, :])
    kernel = tf.add_n([tf.exp(-squares / (2.0 * width**2)) for width in _BANDWIDTHS]) / len(_BANDWIDTHS)
    members = tf.one_hot(groups, num_groups)  # of -1 nothing
    total, count = 0.0, 0.0
    for label in (0.0, 1.0):
        own = members * tf.cast(labels == label, tf.float32)[:, None]  # (batch, num_groups)
        rest = tf.reduce_sum(own, axis=1, keepdims=True) - own
        sizes, rests = tf.reduce_sum(own, axis=0), tf.reduce_sum(rest, axis=0)
        is_compared = tf.cast((sizes > 1.0) & (rests > 1.0), tf.float32)
        between = tf.reduce_sum(own * tf.matmul(kernel, rest), axis=0) / tf.maximum(sizes * rests, 1.0)
        discrepancies = _mean_of_pairs(kernel, own) + _mean_of_pairs(kernel, rest) - 2.0 * between
        total += tf.reduce_sum(is_compared * discrepancies)
        count += tf.reduce_sum(is_compared)
    return total / tf.maximum(count, 1.0)


def _mean_of_pairs(kernel: tf.Tensor, members: tf.Tensor) -> tf.Tensor:
    """Mean kernel of two different members of each column of `(batch, num_groups)`."""
    sizes = tf.reduce_sum(members, axis=0)
    # A row with itself has the kernel 1.
    total = tf.reduce_sum(members * tf.matmul(kernel, members), axis=0) - sizes
    return total / tf.maximum(sizes * (sizes - 1.0), 1.0)


class MMDPenalty(tf.Module):
    """Adds `weight` times the discrepancy of `mmd` to the loss.

    Args:
        num_groups: groups that rows may have, at least 2.
        weight: 0 leaves the loss alone.
    """

    def __init__(self, num_groups: int, weight: float):
        super().__init__()
        self._num_groups, self._weight = num_groups, weight

    def __call__(self, logits: tf.Tensor, labels: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        """The discrepancy, see `Penalty`."""
        return mmd(logits, labels, groups, self._num_groups)

    def gradients(
        self, tape: tf.GradientTape, loss: tf.Tensor, value: tf.Tensor, variables: Sequence[tf.Variable]
    ) -> list[tf.Tensor]:
        """Of the sum, see `Penalty`."""
        own = tape.gradient([loss, value], variables, [tf.ones([]), tf.constant(self._weight)])
        return replicas.means(own)


class AdversaryPenalty(tf.Module):
    """Hides the group from an adversary that guesses it from the answer and the true label.

    B. Zhang, B. Lemoine, M. Mitchell, Mitigating Unwanted Biases with Adversarial Learning, AIES
    2018, for equalized odds: the adversary sees s, s y and s (1 - y), s = sigmoid((1 + |c|) logit) with
    a c that it learns, and guesses the group linearly. With g the gradient of the model's loss and a
    that of the adversary's, the model follows g - proj_a g - weight a: it does nothing that would
    help the adversary, and what hurts it.

    Args:
        num_groups: groups that rows may have, at least 2.
        weight: alpha of the source.
        learning_rate: of the adversary's Adam.
    """

    def __init__(self, num_groups: int, weight: float, learning_rate: float = 0.01):
        super().__init__()
        self._weight = weight
        self.scale = keras.Variable(1.0, name="scale")
        self.kernel = keras.Variable(tf.zeros([3, num_groups]), name="kernel")
        self.bias = keras.Variable(tf.zeros([num_groups]), name="bias")
        self.optimizer = FusedAdam(learning_rate)
        self.optimizer.build(self._guessing)

    @property
    def _guessing(self) -> list[keras.Variable]:
        return [self.scale, self.kernel, self.bias]

    def __call__(self, logits: tf.Tensor, labels: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        """The adversary's mean cross entropy in nats, see `Penalty`; rows of no group do not count."""
        sharpened = tf.sigmoid((1.0 + tf.abs(self.scale.value)) * logits)
        seen = tf.stack([sharpened, sharpened * labels, sharpened * (1.0 - labels)], axis=1)
        guesses = tf.matmul(seen, self.kernel.value) + self.bias.value
        is_counted = tf.cast(groups >= 0, tf.float32)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(groups, 0), guesses)
        return tf.reduce_sum(is_counted * losses) / tf.maximum(tf.reduce_sum(is_counted), 1.0)

    def gradients(
        self, tape: tf.GradientTape, loss: tf.Tensor, value: tf.Tensor, variables: Sequence[tf.Variable]
    ) -> list[tf.Tensor]:
        """The model's, see above; the adversary takes a step of its own."""
        own = replicas.means(tape.gradient(loss, variables))
        # What the answer does not depend on, the decoder, hears nothing of the adversary.
        unheard = tf.UnconnectedGradients.ZERO
        theirs = replicas.means(tape.gradient(value, variables, unconnected_gradients=unheard))
        self.optimizer.apply(tape.gradient(value, [v.value for v in self._guessing]), self._guessing)
        square = tf.add_n([tf.reduce_sum(tf.square(their)) for their in theirs])
        along = tf.add_n([tf.reduce_sum(mine * their) for mine, their in zip(own, theirs, strict=True)])
        share = along / tf.maximum(square, 1e-12) + self._weight
        return [mine - share * their for mine, their in zip(own, theirs, strict=True)]
