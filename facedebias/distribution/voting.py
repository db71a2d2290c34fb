"""Whether all replicas do the same: what would otherwise show in the results only, or in a hang."""

import tensorflow as tf

from facedebias.distribution import replicas

_RANGE = 1 << 16  # of a fingerprint: squares of sums over a thousand replicas are exact in float64
_FACTOR = 2654435761  # Knuth's, which spreads neighbours
_SHIFTS = (0, 16, 32, 48)  # of the parts of a number: what differs by 2^16 or more has another part
_ASKED, _NUM, _SUM, _SQUARES = range(4)


def votes(is_asked_to_stop: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """What all replicas say together: float64 `(4,)`, for the functions below.

    Args:
        is_asked_to_stop: bool scalar, whether this one's process was.
        numbers: int64 `(n,)`, which should be the same everywhere.
    """
    parts = tf.concat([_shifted(numbers, bits) for bits in _SHIFTS], 0) % _RANGE
    places = tf.range(1, tf.size(parts, tf.int64) + 1, dtype=tf.int64)
    # The high bits of a product hang on all bits of its factors.
    mixed = _shifted((parts + 1) * places * _FACTOR, 16)
    fingerprint = tf.cast(tf.reduce_sum(mixed) % _RANGE, tf.float64)
    asked = tf.cast(is_asked_to_stop, tf.float64)
    return replicas.total(tf.stack([asked, tf.ones_like(asked), fingerprint, fingerprint**2]))


def _shifted(numbers: tf.Tensor, bits: int) -> tf.Tensor:
    return tf.bitwise.right_shift(numbers, tf.constant(bits, tf.int64))


def is_anybody_asked(votes: tf.Tensor) -> tf.Tensor:
    """Whether some process was asked to stop, bool scalar.

    Args:
        votes: as the function of that name returns them.
    """
    return votes[_ASKED] > 0.0


def are_alike(votes: tf.Tensor) -> tf.Tensor:
    """Whether all replicas have the same numbers, bool scalar: whether their fingerprints' variance is 0.

    Args:
        votes: as the function of that name returns them.
    """
    return votes[_NUM] * votes[_SQUARES] == votes[_SUM] ** 2
