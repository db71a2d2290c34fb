"""Whether replicas hold the same numbers, of two that vote."""

import tensorflow as tf

from facedebias.distribution import voting


def alike(*numbers):
    """What two replicas with these numbers find."""
    each = [voting.votes(tf.constant(False), tf.constant(own, tf.int64)) for own in numbers]
    return bool(voting.are_alike(tf.add_n(each)))


def test_the_same_numbers_are_alike():
    assert alike([100, 7], [100, 7])
    assert alike([-1, 2**62], [-1, 2**62])


def test_any_difference_is_seen():
    for other in (101, 99, 100 + 2**16, 100 + 2**17, 100 + 2**32, 100 + 2**48, 100 - 2**16, -100):
        assert not alike([100, 7], [other, 7]), other
        assert not alike([7, 100], [7, other]), other
    assert not alike([1, 2], [2, 1])
