import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from facedebias.errors import InputError
from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.sampling.group import GroupDROSampler, GroupSampler
from facedebias.sampling.latent import LatentSampler
from facedebias.sampling.loss import LossSampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler


def step(number):
    return tf.constant(number, tf.int64)


def rows(*numbers):
    return tf.constant(numbers, tf.int64)


def reference_log_weights(bins, num_bins, rule, alpha, temperature=5.0):
    """The rule of Amini et al. 2019 over all faces at once, in plain loops."""
    num_faces, latent_dim = bins.shape
    log_weights = np.zeros(num_faces)
    for face in range(num_faces):
        rarities = []
        for latent in range(latent_dim):
            share = np.mean(bins[:, latent] == bins[face, latent])
            rarities.append(-np.log(share + alpha))
        log_weights[face] = {
            "max": max(rarities),
            "product": sum(rarities),
            "mean": temperature * sum(rarities) / latent_dim,
        }[rule]
    return log_weights


def refreshed(sampler, latents):
    """Enters the latents often enough that every weight follows the final histograms."""
    for _ in range(3 * sampler._weights.num_blocks):
        sampler.update(tf.range(len(latents), dtype=tf.int64), tf.constant(latents, tf.float32))
    return sampler


def weights_of(sampler):
    return sampler.log_weights.numpy().reshape(-1)[: sampler.num_rows]


class TestUniformSampler:
    def test_every_row_comes_once_a_pass_and_each_pass_in_another_order(self):
        sampler = UniformSampler(10, seed=3)
        drawn = np.concatenate([sampler.draw(step(number), 4) for number in range(5)])
        assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(10))
        assert list(drawn[:10]) != list(drawn[10:])

    def test_a_batch_may_be_larger_than_the_rows(self):
        drawn = UniformSampler(3).draw(step(0), 7).numpy()
        assert sorted(drawn[:3]) == sorted(drawn[3:6]) == [0, 1, 2]

    def test_the_draw_depends_on_seed_and_purpose(self):
        draws = {
            tuple(UniformSampler(100, seed, purpose).draw(step(0), 100).numpy())
            for seed in (0, 1)
            for purpose in ("faces", "non-faces")
        }
        assert len(draws) == 4


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


class TestEpochLatentSampler:
    def test_lone_face_is_drawn_twice_as_often(self):
        # As above: Q = [3/4, 1/4], alpha = 1/4, p = [.2, .2, .2, .4].
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


class TestGroupSampler:
    # Group 3 has one row, group 7 has three: each half of the draws.
    GROUPS = np.array([7, 3, 7, 7])

    def test_each_group_gets_the_same_share(self):
        sampler = GroupSampler(self.GROUPS)
        np.testing.assert_allclose(sampler.probabilities(), [1 / 6, 1 / 2, 1 / 6, 1 / 6])
        # 1 / (3 / 36 + 1 / 4)
        assert float(sampler.effective_sample_size()) == pytest.approx(3.0)

    def test_draws_follow_the_probabilities(self):
        sampler = GroupSampler(self.GROUPS, seed=5)
        drawn = tf.function(sampler.draw)(step(3), 20_000).numpy()
        np.testing.assert_array_equal(drawn, sampler.draw(step(3), 20_000))
        shares = np.bincount(drawn, minlength=4) / 20_000
        np.testing.assert_allclose(shares, sampler.probabilities(), atol=5 * np.sqrt(0.25 / 20_000))
        assert not np.array_equal(drawn, sampler.draw(step(4), 20_000))

    def test_or_the_share_that_is_asked_for(self):
        # A quarter of the draws for group 3 and its one row, a quarter for each of three rows of 7.
        sampler = GroupSampler(self.GROUPS, shares=np.array([9, 9, 9, 1, 9, 9, 9, 3]))
        np.testing.assert_allclose(sampler.probabilities(), 0.25)
        drawn = sampler.draw(step(0), 20_000).numpy()
        np.testing.assert_allclose(np.bincount(drawn) / 20_000, 0.25, atol=5 * np.sqrt(0.19 / 20_000))


class TestGroupDROSampler:
    # Group 0 has one row, group 1 has three.
    GROUPS = np.array([1, 0, 1, 1])

    def test_shares_grow_with_the_losses_as_in_algorithm_1_of_sagawa(self):
        sampler = GroupDROSampler(self.GROUPS, step_size=0.5)
        shares = np.array([0.5, 0.5])
        rng = np.random.default_rng(0)
        for number in range(5):
            indices, margins = np.array([1, 0, 3]), rng.normal(size=3).astype(np.float32)
            losses = np.log1p(np.exp(-margins))
            is_there = 1 - (1 - (0.9 * shares + 0.05)) ** 3  # of three draws one at least
            shares = shares * np.exp(0.5 * np.array([losses[0], losses[1:].mean()]) / is_there)
            shares /= shares.sum()
            tf.function(sampler.update)(rows(*indices), tf.zeros([0, 0]), tf.constant(margins))
            drawn_by = 0.9 * shares + 0.1 / 2
            expected = drawn_by[[1, 0, 1, 1]] / np.array([3, 1, 3, 3])
            np.testing.assert_allclose(sampler.probabilities(), expected, rtol=1e-5, err_msg=str(number))
        assert float(sampler.effective_sample_size()) == pytest.approx(1 / np.sum(expected**2), rel=1e-5)

    def test_groups_that_a_batch_lacks_lose_only_what_the_others_gain(self):
        sampler = GroupDROSampler(self.GROUPS, step_size=1.0)
        sampler.update(rows(1), tf.zeros([0, 0]), tf.constant([0.0]))  # a loss of log 2
        # One draw has the group in half of the cases: log 4 is added. Shares 1/2 * 4 and 1/2, so 4/5
        # and 1/5, of which 9/10 are drawn by.
        assert sampler.probabilities()[1] == pytest.approx(0.9 * 4 / 5 + 0.05)

    def test_losses_of_small_groups_count_for_more_if_asked_for(self):
        """Both have a loss of log 2; 6 / sqrt(1) is added to the one, 6 / sqrt(3) to the other."""
        sampler = GroupDROSampler(self.GROUPS, step_size=0.1, adjustment=6.0)
        sampler.update(rows(0, 1), tf.zeros([0, 0]), tf.constant([0.0, 0.0]))
        ratio = np.exp(0.1 * (6 - 6 / np.sqrt(3)) / 0.75)  # two draws have either in three of four cases
        share = ratio / (1 + ratio)
        assert sampler.probabilities()[1] == pytest.approx(0.9 * share + 0.05, rel=1e-5)
        # What a batch lacks has nothing added: log 4 and 12 as in the test above.
        sampler = GroupDROSampler(self.GROUPS, step_size=1.0, adjustment=6.0)
        sampler.update(rows(1), tf.zeros([0, 0]), tf.constant([0.0]))
        ratio = 4 * np.exp(12)
        assert sampler.probabilities()[1] == pytest.approx(0.9 * ratio / (1 + ratio) + 0.05, rel=1e-5)

    def test_a_rare_group_with_a_high_loss_is_found_however_seldom_it_comes(self):
        """16 groups and batches of 16: most lack it, and it begins with the least share."""
        groups = np.repeat(np.arange(16), 10)
        sampler = GroupDROSampler(groups, step_size=0.05)
        start = np.full(16, 0.066)
        start[0] = 0.01
        sampler.log_shares.assign(np.log(start))
        update = tf.function(lambda rows, margins: sampler.update(rows, tf.zeros([0, 0]), margins))
        for number in range(600):
            drawn = sampler.draw(step(number), 16)
            # A loss of 0.2 in group 0, of 0.1 in the others.
            losses = np.where(groups[drawn.numpy()], 0.1, 0.2)
            update(drawn, tf.constant(-np.log(np.expm1(losses)), tf.float32))
        # From 0.9 * 0.01 + 0.1 / 16 of the draws.
        assert sampler.probabilities()[groups == 0].sum() > 0.1

    def test_no_loss_takes_all_draws(self):
        sampler = GroupDROSampler(self.GROUPS, step_size=10.0)
        for _ in range(50):
            sampler.update(rows(0, 1), tf.zeros([0, 0]), tf.constant([5.0, -100.0]))
        assert sampler.probabilities()[0] == pytest.approx(0.05 / 3)

    def test_draws_follow_the_probabilities(self):
        sampler = GroupDROSampler(self.GROUPS, step_size=1.0, seed=5)
        sampler.update(rows(0, 1), tf.zeros([0, 0]), tf.constant([-2.0, 1.0]))
        drawn = tf.function(sampler.draw)(step(3), 20_000).numpy()
        np.testing.assert_array_equal(drawn, sampler.draw(step(3), 20_000))
        np.testing.assert_allclose(
            np.bincount(drawn) / 20_000, sampler.probabilities(), atol=5 * np.sqrt(0.25 / 20_000)
        )

    def test_without_margins_there_is_nothing_to_learn_from(self):
        with pytest.raises(ValueError, match="margins is None"):
            GroupDROSampler(self.GROUPS).update(rows(0), tf.zeros([0, 0]))


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
