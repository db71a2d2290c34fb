"""Weights by the rarity of latents, made once an epoch."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.sampling.epoch import EpochLatentSampler
from tests.sampling.draws import reference_log_weights, rows, step


class TestEpochLatentSampler:
    def test_lone_face_is_drawn_twice_as_often(self):
        # As in test_latent.py: Q = [3/4, 1/4], alpha = 1/4, p = [.2, .2, .2, .4].
        sampler = EpochLatentSampler(4, alpha=0.25, bins=2)
        sampler.on_epoch_start(lambda: np.array([[0.0], [0.0], [0.0], [8.0]], np.float32))
        np.testing.assert_allclose(sampler.probabilities(), [0.2, 0.2, 0.2, 0.4], rtol=1e-6)
        # 1 / (3 * 0.04 + 0.16)
        assert float(sampler.effective_sample_size()) == pytest.approx(1 / 0.28)

    @pytest.mark.parametrize("rule", ["max", "product", "mean"])
    def test_rules_equal_a_loop_over_faces_and_latents(self, rule):
        latents = (np.random.default_rng(0).normal(size=(37, 5)) * [1, 2, 0.1, 5, 1]).astype(np.float32)
        sampler = EpochLatentSampler(37, rule=rule, alpha=0.05, bins=7)
        sampler.on_epoch_start(lambda: latents)
        # Bins are 8/7 standard deviations wide, the first begins 4 below the mean.
        standardized = (latents - latents.mean(axis=0)) / latents.std(axis=0)
        bins = np.clip(np.floor((standardized + 4) / (8 / 7)), 0, 6)
        expected = reference_log_weights(bins, 7, rule, 0.05)
        np.testing.assert_allclose(sampler.log_weights.numpy(), expected, rtol=1e-5)

    def test_it_draws_uniformly_before_and_by_weight_after(self):
        sampler = EpochLatentSampler(4, alpha=0.25, bins=2)
        assert sorted(sampler.draw(step(0), 4).numpy()) == [0, 1, 2, 3]
        sampler.on_epoch_start(lambda: np.array([[0.0], [0.0], [0.0], [8.0]], np.float32))
        drawn = sampler.draw(step(0), 20_000).numpy()
        shares = np.bincount(drawn, minlength=4) / 20_000
        # Five standard deviations of a binomial share of 20,000 draws.
        np.testing.assert_allclose(shares, [0.2, 0.2, 0.2, 0.4], atol=5 * np.sqrt(0.24 / 20_000))

    def test_an_update_changes_nothing(self):
        sampler = EpochLatentSampler(4)
        sampler.update(rows(0, 1), tf.ones([2, 3]))
        np.testing.assert_array_equal(sampler.probabilities(), [0.25] * 4)
