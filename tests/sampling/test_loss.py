"""Weights that grow with the distance from right."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from facedebias.sampling.loss import LossSampler
from tests.sampling.draws import rows, step


class TestLossSampler:
    def sampler_of(self, margins, strength=1.0, rounds=3, **options):
        sampler = LossSampler(len(margins), strength, **options)
        for _ in range(rounds):
            sampler.update(
                tf.range(len(margins), dtype=tf.int64), tf.zeros([0, 0]), tf.constant(margins, tf.float32)
            )
        return sampler

    def test_a_model_that_diverges_leaves_weights_to_draw_by(self):
        sampler = self.sampler_of([np.nan, 1.0, -np.inf, np.inf])
        assert np.isfinite(sampler.probabilities()).all() and sampler.probabilities().argmax() == 2
        assert np.isin(sampler.draw(tf.constant(9, tf.int64), 64), range(4)).all()

    def test_weights_grow_with_the_distance_from_right(self):
        # h = -margin = -3, -1, 1, 3: mean 0, deviation sqrt(5), so p is softmax(h / sqrt(5)).
        found = self.sampler_of([3.0, 1.0, -1.0, -3.0]).probabilities()
        expected = np.exp(np.array([-3, -1, 1, 3]) / np.sqrt(5))
        np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-4)

    def test_neither_scale_nor_offset_of_the_logits_matters(self):
        margins = np.random.default_rng(0).normal(size=50)
        one, other = self.sampler_of(margins), self.sampler_of(4 * margins - 7)
        np.testing.assert_allclose(one.probabilities(), other.probabilities(), rtol=1e-3)

    def test_the_effective_sample_size_is_what_the_strength_promises(self):
        margins = np.random.default_rng(1).normal(size=20_000)
        sampler = LossSampler(20_000, 0.7)
        for start in [*range(0, 20_000, 250)] * 2:
            part = tf.range(start, start + 250, dtype=tf.int64)
            sampler.update(part, tf.zeros([0, 0]), tf.constant(margins[start : start + 250], tf.float32))
        share = float(sampler.effective_sample_size()) / 20_000
        assert share == pytest.approx(np.exp(-(0.7**2)), rel=0.03)

    def test_one_hopeless_row_does_not_take_all_draws(self):
        # It lies 10 deviations out, of which 3 count: e^3 times the weight of the mean.
        margins = np.concatenate([np.random.default_rng(2).normal(size=500), [-300.0]])
        found = self.sampler_of(margins).probabilities()
        assert found[-1] < 25 * np.median(found)

    def test_easier_than_easy_makes_no_difference(self):
        one, other = self.sampler_of([0.0, 12.0, 13.0]), self.sampler_of([0.0, 40.0, 12.0])
        np.testing.assert_allclose(one.probabilities(), other.probabilities(), rtol=1e-5)

    def test_what_was_known_of_a_row_counts_half(self):
        sampler = LossSampler(3)
        sampler.update(rows(0, 1), tf.zeros([0, 0]), tf.constant([2.0, 4.0]))
        sampler.update(rows(1, 1), tf.zeros([0, 0]), tf.constant([9.0, -6.0]))  # the last counts
        np.testing.assert_allclose(sampler.hardness.numpy()[:3], [-2.0, (-4.0 + 6.0) / 2, 0.0])
        np.testing.assert_allclose(sampler.sums.numpy(), [-1.0, 5.0])
        assert int(sampler.num_seen) == 2

    @given(st.integers(0, 2**31 - 1))
    def test_sums_are_those_of_the_rows_seen(self, seed):
        rng = np.random.default_rng(seed)
        sampler = LossSampler(23)
        for _ in range(5):
            margins = tf.constant(rng.normal(size=9), tf.float32)
            sampler.update(tf.constant(rng.integers(0, 23, 9)), tf.zeros([0, 0]), margins)
        hardness = sampler.hardness.numpy()[sampler.is_seen.numpy()].astype(float)
        expected = [hardness.sum(), (hardness**2).sum()]
        np.testing.assert_allclose(sampler.sums.numpy(), expected, rtol=1e-9, atol=1e-9)
        assert int(sampler.num_seen) == len(hardness)

    def test_until_every_row_was_seen_each_comes_once(self):
        sampler = LossSampler(12, seed=1)
        drawn = []
        for number in range(3):
            batch = sampler.draw(step(number), 4)
            sampler.update(batch, tf.zeros([0, 0]), tf.zeros([4]))
            drawn.extend(batch.numpy())
        assert sorted(drawn) == list(range(12))

    def test_draws_follow_the_probabilities(self):
        sampler = self.sampler_of(np.random.default_rng(3).normal(size=30))
        drawn = tf.function(sampler.draw)(step(5), 20_000).numpy()
        expected = sampler.probabilities()
        bound = 4.5 * np.sqrt(20_000 * expected * (1 - expected))
        assert np.all(np.abs(np.bincount(drawn, minlength=30) - 20_000 * expected) < bound)

    def test_without_margins_it_says_so(self):
        with pytest.raises(ValueError, match="margins is None; expected float32"):
            LossSampler(3).update(rows(0), tf.zeros([1, 2]))
