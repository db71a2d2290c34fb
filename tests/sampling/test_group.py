"""Draws by known groups: equal shares, given ones, or those that learn from losses."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.sampling.group import GroupDROSampler, GroupSampler
from tests.sampling.draws import rows, step


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
