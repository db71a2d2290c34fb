"""Positions of repeated indices: what samplers count every row of a batch once by."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.sampling.tables.blocks import last_occurrences


def by_loop(indices):
    last = {int(index): place for place, index in enumerate(indices)}
    return np.array([last[int(index)] for index in indices], np.int32)


def test_by_hand():
    np.testing.assert_array_equal(last_occurrences(tf.constant([7, 3, 7, 5, 3], tf.int64)), [2, 4, 2, 3, 4])


@pytest.mark.parametrize("size", [0, 1, 2, 64, 513])
@pytest.mark.parametrize("num_rows", [1, 20, 2**40])
def test_as_a_loop_finds_them_eagerly_and_in_a_graph(size, num_rows):
    indices = np.random.default_rng(size).integers(0, num_rows, size)
    in_graph = tf.function(last_occurrences, input_signature=[tf.TensorSpec([None], tf.int64)])
    for found in (last_occurrences(tf.constant(indices)), in_graph(tf.constant(indices))):
        assert found.dtype == tf.int32
        np.testing.assert_array_equal(found, by_loop(indices))


def test_the_largest_batch_takes_no_table_of_pairs():
    # 65,536 squared would be 4 GB of booleans and 17 GB of positions.
    indices = np.random.default_rng(0).integers(0, 50_000, 65_536)
    concrete = tf.function(last_occurrences).get_concrete_function(tf.TensorSpec([65_536], tf.int64))
    assert all(output.shape.rank < 2 for op in concrete.graph.get_operations() for output in op.outputs)
    np.testing.assert_array_equal(concrete(tf.constant(indices)), by_loop(indices))
