"""Weights by the rarity of latents, and draws by these."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.sampling.latent import LatentSampler
from tests.sampling.draws import reference_log_weights, refreshed, rows, step, weights_of


class TestWeights:
    def test_lone_face_is_drawn_twice_as_often(self):
        # Three faces share a bin, one is alone: Q = [3/4, 1/4]; with alpha = 1/4 the weights are
        # 1 / (3/4 + 1/4) = 1 and 1 / (1/4 + 1/4) = 2, so p = [.2, .2, .2, .4].
        sampler = refreshed(LatentSampler(4, 1, alpha=0.25, bins=2), np.array([[0.0], [0.0], [0.0], [8.0]]))
        np.testing.assert_allclose(sampler.probabilities(), [0.2, 0.2, 0.2, 0.4], rtol=1e-6)

    @pytest.mark.parametrize("rule", ["max", "product", "mean"])
    def test_rules_equal_a_loop_over_faces_and_latents(self, rule):
        latents = np.random.default_rng(0).normal(size=(37, 5)) * [1, 2, 0.1, 5, 1]
        sampler = refreshed(LatentSampler(37, 5, rule=rule, alpha=0.05, bins=7, block_size=8), latents)
        bins = sampler.bin_of_face.numpy()[:37]
        expected = reference_log_weights(bins, 7, rule, 0.05)
        np.testing.assert_allclose(weights_of(sampler), expected, rtol=1e-5)

    def test_bins_are_equally_wide_over_four_deviations_each_way(self):
        # Mean 0, deviation 1 and four bins: edges at -2, 0 and 2; what lies outside counts
        # into the outermost bins.
        latents = np.repeat([-1.0, 1.0], 50)[:, None]
        sampler = refreshed(LatentSampler(100, 1, bins=4), latents)
        latents = tf.constant([[-9.0], [-2.1], [-1.9], [-0.1], [0.1], [1.9], [2.1], [9.0]])
        found = sampler.binning.bins_of(latents, sampler.num_updates)
        assert found.numpy()[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]

    def test_mean_at_temperature_zero_is_even_and_at_latent_dim_is_the_product(self):
        latents = np.random.default_rng(1).normal(size=(30, 4))
        even = refreshed(LatentSampler(30, 4, rule="mean", temperature=0.0), latents)
        np.testing.assert_allclose(even.probabilities(), 1 / 30, rtol=1e-6)
        mean = refreshed(LatentSampler(30, 4, rule="mean", temperature=4.0), latents)
        product = refreshed(LatentSampler(30, 4, rule="product"), latents)
        np.testing.assert_allclose(weights_of(mean), weights_of(product), rtol=1e-5)

    def test_effective_sample_size_is_one_over_the_sum_of_squared_probabilities(self):
        latents = np.random.default_rng(2).normal(size=(50, 3))
        sampler = refreshed(LatentSampler(50, 3, rule="product", block_size=16), latents)
        expected = 1 / np.sum(sampler.probabilities() ** 2)
        assert 1 < expected < 50
        assert float(sampler.effective_sample_size()) == pytest.approx(expected, rel=1e-4)

    def test_product_over_many_latents_stays_finite(self):
        latents = np.random.default_rng(3).normal(size=(200, 300))
        sampler = refreshed(LatentSampler(200, 300, rule="product", alpha=0.001), latents)
        assert np.isfinite(sampler.probabilities()).all()
        assert sampler.draw(step(5), 16).numpy().max() < 200


class TestDraw:
    def test_until_every_face_was_seen_each_comes_once(self):
        sampler = LatentSampler(12, 2, seed=1)
        drawn = []
        for number in range(3):
            batch = sampler.draw(step(number), 4)
            sampler.update(batch, tf.random.stateless_normal([4, 2], [number, 0]))
            drawn.extend(batch.numpy())
        assert sorted(drawn) == list(range(12))
        assert int(sampler.num_seen) == 12

    def test_effective_sample_size_is_all_faces_while_the_draws_are_even(self):
        sampler = LatentSampler(12, 2)
        sampler.update(rows(0, 1), tf.constant([[0.0, 0.0], [9.0, 9.0]]))
        assert float(sampler.effective_sample_size()) == 12
        np.testing.assert_array_equal(sampler.probabilities(), np.full(12, 1 / 12))

    def test_draws_follow_the_probabilities(self):
        # 20,000 draws of 30 faces: each count within 4.5 standard deviations of its binomial,
        # which all of them miss by chance once in 5,000 runs; the seed is fixed.
        latents = np.random.default_rng(7).normal(size=(30, 3))
        sampler = refreshed(LatentSampler(30, 3, rule="product", alpha=0.1, block_size=7, seed=11), latents)
        expected = sampler.probabilities()
        drawn = np.concatenate([sampler.draw(step(number), 2000) for number in range(10)])
        deviation = np.sqrt(20_000 * expected * (1 - expected))
        assert expected.max() > 3 * expected.min()
        assert np.all(np.abs(np.bincount(drawn, minlength=30) - 20_000 * expected) < 4.5 * deviation)

    def test_the_same_step_draws_the_same_and_another_seed_differs(self):
        latents = np.random.default_rng(8).normal(size=(100, 3))
        one, same, other = (refreshed(LatentSampler(100, 3, seed=seed), latents) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one.draw(step(9), 32), same.draw(step(9), 32))
        assert not np.array_equal(one.draw(step(9), 32), other.draw(step(9), 32))
        assert not np.array_equal(one.draw(step(9), 32), one.draw(step(10), 32))

    def test_numbers_of_the_design_document_on_normal_latents(self):
        # 55,000 x 100 standard-normal latents, 10 bins, alpha 0.01: effective sample size 47,079
        # with rule max over bins from the smallest to the largest value; bins of 4 deviations
        # each way are a little narrower or wider than those, so within 5%.
        latents = np.random.default_rng(9).normal(size=(55_000, 100)).astype(np.float32)
        sampler = LatentSampler(55_000, 100, rule="max", alpha=0.01)
        for start in range(0, 55_000, 500):
            sampler.update(
                tf.range(start, start + 500, dtype=tf.int64), tf.constant(latents[start : start + 500])
            )
        for _ in range(54):
            sampler.update(rows(0), tf.constant(latents[:1]))
        assert float(sampler.effective_sample_size()) == pytest.approx(47_079, rel=0.05)
