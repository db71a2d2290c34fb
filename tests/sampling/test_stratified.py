"""Batches that are filled from several samplers."""

import numpy as np
import tensorflow as tf

from facedebias.sampling.latent import LatentSampler
from facedebias.sampling.loss import LossSampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler
from tests.sampling.draws import rows, step


class TestStratifiedSampler:
    def make(self):
        faces, nonfaces = np.arange(100, 120), np.arange(500, 507)
        return StratifiedSampler(
            [
                Stratum(faces, LatentSampler(20, 2, purpose="faces"), 6),
                Stratum(nonfaces, UniformSampler(7, purpose="non-faces"), 3),
            ]
        )

    def test_a_batch_is_filled_stratum_after_stratum(self):
        sampler = self.make()
        drawn = sampler.file_rows(sampler.draw(step(0))).numpy()
        assert len(drawn) == sampler.batch_size == 9
        assert np.all((drawn[:6] >= 100) & (drawn[:6] < 120))
        assert np.all((drawn[6:] >= 500) & (drawn[6:] < 507))

    def test_latents_of_the_faces_reach_their_sampler_and_no_other(self):
        sampler = self.make()
        indices = sampler.draw(step(0))
        sampler.update(indices, tf.random.stateless_normal([6, 2], [0, 0]))
        seen = np.flatnonzero(sampler.samplers[0].is_seen.numpy())
        np.testing.assert_array_equal(seen, np.sort(indices[:6]))

    def test_margins_reach_the_stratum_of_their_pictures(self):
        sampler = StratifiedSampler(
            [Stratum(np.arange(4), LossSampler(4), 2), Stratum(np.arange(5), LossSampler(5), 3)]
        )
        margins = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0])
        sampler.update(rows(3, 0, 4, 2, 1), tf.zeros([0, 0]), margins)
        np.testing.assert_array_equal(sampler.samplers[0].hardness.numpy()[:4], [-2, 0, 0, -1])
        np.testing.assert_array_equal(sampler.samplers[1].hardness.numpy()[:5], [0, -5, -4, 0, -3])

    def test_a_model_without_latents_updates_nothing(self):
        sampler = self.make()
        sampler.update(sampler.draw(step(0)), tf.zeros([0, 0]))
        assert int(sampler.samplers[0].num_seen) == 0
