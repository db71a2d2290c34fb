"""What a batch changes in the histograms and weights of latents."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from facedebias.errors import InputError
from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.sampling.latent import LatentSampler
from tests.sampling.draws import refreshed, rows, step, weights_of


class TestUpdate:
    @settings(max_examples=20)
    @given(st.integers(0, 2**31 - 1))
    def test_histograms_always_count_each_seen_face_once(self, seed):
        rng = np.random.default_rng(seed)
        sampler = LatentSampler(23, 3, bins=5, block_size=4)
        last_bins, seen = np.zeros((23, 3), int), np.zeros(23, bool)
        for _ in range(6):
            faces = rng.integers(0, 23, 9)  # with repeats
            latents = rng.normal(size=(9, 3)).astype(np.float32)
            sampler.update(tf.constant(faces), tf.constant(latents))
            seen[faces] = True
            last_bins = sampler.bin_of_face.numpy()[:23]
            expected = [[np.sum(last_bins[seen, j] == b) for b in range(5)] for j in range(3)]
            np.testing.assert_array_equal(sampler.counts.numpy(), expected)
            assert int(sampler.num_seen) == seen.sum()

    def test_a_face_that_comes_twice_is_entered_as_it_came_last(self):
        sampler = LatentSampler(4, 1, bins=2)
        sampler.update(rows(2, 0, 2), tf.constant([[-5.0], [0.0], [5.0]]))
        assert sampler.bin_of_face.numpy()[2, 0] == 1
        assert sampler.counts.numpy().sum() == 2

    def test_a_weight_changes_in_the_step_that_saw_its_face(self):
        latents = np.random.default_rng(4).normal(size=(64, 2))
        sampler = refreshed(LatentSampler(64, 2, block_size=8), latents)
        before = weights_of(sampler).copy()
        # Block 0 of 8 is next in turn; face 63 lies in the last one.
        sampler.num_updates.assign(7)
        sampler.update(rows(63), tf.constant([[30.0, 30.0]]))
        changed = np.flatnonzero(weights_of(sampler) != before)
        assert 63 in changed
        assert set(changed) <= {*range(8), 63}
        assert weights_of(sampler)[63] > before[63]

    def test_block_sums_are_those_of_their_weights(self):
        rng = np.random.default_rng(5)
        sampler = LatentSampler(50, 2, block_size=8)
        for _ in range(20):
            sampler.update(
                tf.constant(rng.integers(0, 50, 6)), tf.constant(rng.normal(size=(6, 2)), tf.float32)
            )
        expected = np.log(np.exp(sampler.log_weights.numpy()).sum(axis=1))
        np.testing.assert_allclose(sampler._weights.log_sums.numpy(), expected, rtol=1e-5)

    def test_in_a_graph_it_does_what_it_does_outside(self):
        rng = np.random.default_rng(6)
        batches = [(rng.integers(0, 40, 8), rng.normal(size=(8, 3)).astype(np.float32)) for _ in range(15)]
        eager, graph = LatentSampler(40, 3, block_size=16), LatentSampler(40, 3, block_size=16)
        update = tf.function(graph.update)
        everybody = (np.arange(40), rng.normal(size=(40, 3)).astype(np.float32))
        for number, (faces, latents) in enumerate([everybody, *batches]):
            eager.update(tf.constant(faces), tf.constant(latents))
            update(tf.constant(faces), tf.constant(latents))
            drawn = tf.function(graph.draw)(step(number), 8)
            np.testing.assert_array_equal(eager.draw(step(number), 8), drawn)
        np.testing.assert_array_equal(eager.counts, graph.counts)
        np.testing.assert_allclose(eager.log_weights, graph.log_weights, rtol=1e-6)
        np.testing.assert_allclose(eager._weights.log_sums, graph._weights.log_sums, rtol=1e-6)

    def test_latents_of_another_width_are_refused(self):
        with pytest.raises(ValueError, match="latents have 3 columns; expected latent_dim = 2"):
            LatentSampler(4, 2).update(rows(0), tf.zeros([1, 3]))

    def test_an_unknown_rule_is_refused_with_the_known_ones(self):
        with pytest.raises(InputError, match="--rule=min: unknown; choose one of max, product, mean"):
            LatentSampler(4, 2, rule="min")
        with pytest.raises(InputError, match="--rule=min: unknown; choose one of max, product, mean"):
            EpochLatentSampler(4, rule="min")
