"""Binning "range": the resampling of MIT 6.S191 lab 2, at once and batch by batch."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import spearmanr

from facedebias.errors import InputError
from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.sampling.latent import LatentSampler

SMOOTHING = 0.001  # the lab's


def lab_probabilities(latents, num_bins=10, smoothing=SMOOTHING):
    """What the lab publishes, written down from its description."""
    highest = np.zeros(len(latents))
    for latent in latents.T:
        density, edges = np.histogram(latent, density=True, bins=num_bins)
        edges[0], edges[-1] = -np.inf, np.inf
        smoothed = density + smoothing
        smoothed = smoothed / np.sum(smoothed)
        p = 1.0 / smoothed[np.digitize(latent, edges) - 1]
        highest = np.maximum(p / np.sum(p), highest)
    return highest / np.sum(highest)


def planted_latents(num_faces, latent_dim, seed):
    """Latents of which 2.5% lie 4 deviations off in 4 dimensions, and which these are."""
    latents = np.random.default_rng(seed).normal(size=(num_faces, latent_dim)).astype(np.float32)
    is_rare = np.arange(num_faces) < num_faces // 40
    latents[is_rare, :4] += 4
    return latents, is_rare


def drawn(num_faces=500, latent_dim=6, seed=0):
    """Latents of unlike scales, one of them skewed and one constant."""
    rng = np.random.default_rng(seed)
    latents = (rng.normal(size=(num_faces, latent_dim)) + 1) * np.logspace(-3, 2, latent_dim)
    latents[:, 1], latents[:, 2] = rng.exponential(size=num_faces), 0.25
    return latents.astype(np.float32)


def at_once(latents, **options):
    sampler = EpochLatentSampler(len(latents), **{"alpha": SMOOTHING, "binning": "range"} | options)
    sampler.on_epoch_start(lambda: latents)
    return sampler


def by_batch(num_faces, latent_dim, **options):
    return LatentSampler(num_faces, latent_dim, **{"alpha": SMOOTHING, "binning": "range"} | options)


def train(sampler, latents, num_batches, batch_size=32, seed=0):
    """Batches as training makes them: drawn by the sampler, then entered."""
    draw, update = tf.function(sampler.draw), tf.function(sampler.update)
    for number in range(num_batches):
        faces = draw(tf.constant(number, tf.int64), batch_size)
        update(faces, tf.gather(latents, faces))
    return sampler


class TestAtOnce:
    def test_hand_values(self):
        # Latents 0, 0, 0, 4 in two bins, each 2 wide: densities 3/8 and 1/8. With alpha 1/8 these
        # are 1/2 and 1/4, so 1 / density is 2 and 4, and p = [2, 2, 2, 4] / 10.
        found = at_once(np.array([[0.0], [0.0], [0.0], [4.0]], np.float32), bins=2, alpha=1 / 8)
        np.testing.assert_allclose(found.probabilities(), [0.2, 0.2, 0.2, 0.4], rtol=1e-6)
        # A rarity is log(num_faces * p): 4/5 and 8/5 of what even draws give.
        np.testing.assert_allclose(found.log_weights.numpy(), np.log([0.8, 0.8, 0.8, 1.6]), rtol=1e-5)

    def test_latents_compete_after_each_is_normalised(self):
        # The second latent has the densities of the first, but for a scale that makes alpha small
        # against them: 3 and 1 for bins 1/4 wide. p = [1/3.125, .., 1/1.125] / sum has its largest
        # value for face 0, who is alone there.
        latents = np.array([[0.0, 0.5], [0.0, 0.0], [0.0, 0.0], [4.0, 0.0]], np.float32)
        one = np.array([2, 2, 2, 4]) / 10
        other = np.array([1 / 1.125, 1 / 3.125, 1 / 3.125, 1 / 3.125])
        expected = np.maximum(one, other / other.sum())
        found = at_once(latents, bins=2, alpha=1 / 8)
        np.testing.assert_allclose(found.probabilities(), expected / expected.sum(), rtol=1e-6)

    @pytest.mark.parametrize("num_bins", [2, 10, 255])
    @pytest.mark.parametrize("smoothing", [1e-6, 0.001, 1.0])
    def test_probabilities_are_the_lab_s(self, num_bins, smoothing):
        latents = drawn()
        found = at_once(latents, bins=num_bins, alpha=smoothing).probabilities()
        expected = lab_probabilities(latents, num_bins, smoothing)
        # The lab's edges, and so its widths of 255 bins, are rounded to float32.
        np.testing.assert_allclose(found, expected, rtol=1e-4)

    def test_many_latents_and_faces(self):
        latents, _ = planted_latents(5000, 100, seed=1)
        found, expected = at_once(latents).probabilities(), lab_probabilities(latents)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        assert spearmanr(found, expected).statistic > 0.999

    def test_the_other_rules_take_the_same_normalised_probabilities(self):
        latents = drawn(latent_dim=4)
        log_p = np.log([lab_probabilities(latent[:, None]) for latent in latents.T])
        for rule, expected in (("product", log_p.sum(axis=0)), ("mean", 2.0 * log_p.mean(axis=0))):
            found = at_once(latents, rule=rule, temperature=2.0).log_weights.numpy()
            np.testing.assert_allclose(found - found[0], expected - expected[0], rtol=1e-4, atol=1e-4)

    def test_latents_of_a_model_that_diverges_leave_weights_to_draw_by(self):
        latents = np.array([[np.nan], [np.inf], [-np.inf], [1.0], [2.0]], np.float32)
        assert np.isfinite(at_once(latents).probabilities()).all()


class TestBatchByBatch:
    def test_hand_values(self):
        # As above; three updates go round all four faces often enough.
        sampler = by_batch(4, 1, bins=2, alpha=1 / 8)
        for _ in range(3):
            sampler.update(tf.range(4, dtype=tf.int64), tf.constant([[0.0], [0.0], [0.0], [4.0]]))
        np.testing.assert_allclose(sampler.probabilities(), [0.2, 0.2, 0.2, 0.4], rtol=1e-6)

    @pytest.mark.parametrize("rule", ["max", "product", "mean"])
    def test_after_two_rounds_the_weights_are_those_of_all_faces_at_once(self, rule):
        """On latents that stay, though faces were first binned in a range that was not complete."""
        latents, _ = planted_latents(3000, 20, seed=2)
        num_batches = -(-3000 // 32) + 2 * -(-3000 // 256)
        sampler = train(by_batch(3000, 20, rule=rule), latents, num_batches)
        expected = at_once(latents, rule=rule).probabilities()
        np.testing.assert_allclose(sampler.probabilities(), expected, rtol=1e-4)
        assert spearmanr(sampler.probabilities(), expected).statistic > 0.999
        if rule == "max":
            np.testing.assert_allclose(sampler.probabilities(), lab_probabilities(latents), rtol=1e-4)

    def test_rare_faces_come_as_often_as_in_the_lab_and_by_deviations_less(self):
        latents, is_rare = planted_latents(3000, 10, seed=3)
        assert is_rare.mean() == 0.025
        shares = {}
        for binning in ("range", "deviations"):
            alpha = SMOOTHING if binning == "range" else 0.01  # the default
            sampler = train(by_batch(3000, 10, binning=binning, alpha=alpha), latents, 150)
            shares[binning] = sampler.probabilities()[is_rare].sum()
        assert shares["range"] == pytest.approx(lab_probabilities(latents)[is_rare].sum(), rel=1e-4)
        assert shares["range"] > 1.5 * shares["deviations"] > 1.5 * 0.025

    def test_histograms_count_each_seen_face_once_while_the_range_grows(self):
        rng = np.random.default_rng(4)
        sampler = by_batch(23, 3, bins=5, block_size=4)
        seen = np.zeros(23, bool)
        for number in range(12):
            faces = rng.integers(0, 23, 9)  # with repeats
            latents = (1.5**number * rng.normal(size=(9, 3))).astype(np.float32)
            sampler.update(tf.constant(faces), tf.constant(latents))
            seen[faces] = True
            bins = sampler.bin_of_face.numpy()[:23]
            expected = [[np.sum(bins[seen, j] == b) for b in range(5)] for j in range(3)]
            np.testing.assert_array_equal(sampler.counts.numpy(), expected)
            assert np.all(bins[~seen] == 5)

    def test_the_range_forgets_what_no_face_has_any_more_within_two_rounds(self):
        """Blocks of 4 make rounds of 5 updates of 20 faces."""
        rng = np.random.default_rng(5)
        wide, narrow = rng.normal(size=(20, 2)) * 100, rng.normal(size=(20, 2))
        everybody, sampler = tf.range(20, dtype=tf.int64), by_batch(20, 2, block_size=4)
        sampler.update(everybody, tf.constant(wide, tf.float32))
        for _ in range(4 * 5):
            sampler.update(everybody, tf.constant(narrow, tf.float32))
        np.testing.assert_allclose(
            sampler.probabilities(), lab_probabilities(narrow.astype(np.float32)), rtol=1e-5
        )

    def test_a_face_counts_in_the_step_that_saw_it(self):
        latents = np.random.default_rng(6).normal(size=(64, 2)).astype(np.float32)
        sampler = train(by_batch(64, 2, block_size=8), latents, 30, batch_size=64)
        common = sampler.probabilities().argmin()
        before = sampler.probabilities()[common]
        sampler.update(tf.constant([common], tf.int64), tf.constant([[30.0, 30.0]]))
        assert sampler.probabilities()[common] > 1.5 * before
        assert sampler.bin_of_face.numpy()[common].tolist() == [9, 9]

    def test_in_a_graph_it_does_what_it_does_outside(self):
        latents = drawn(40, 3)
        eager, graph = by_batch(40, 3, block_size=16), by_batch(40, 3, block_size=16)
        update, draw = tf.function(graph.update), tf.function(graph.draw)
        for number in range(20):
            faces = eager.draw(tf.constant(number, tf.int64), 8)
            np.testing.assert_array_equal(draw(tf.constant(number, tf.int64), 8), faces)
            eager.update(faces, tf.gather(latents, faces))
            update(faces, tf.gather(latents, faces))
        np.testing.assert_array_equal(eager.counts, graph.counts)
        np.testing.assert_allclose(eager.log_weights, graph.log_weights, rtol=1e-5, atol=1e-6)

    def test_resumed_it_goes_on_as_if_never_stopped(self, tmp_path):
        latents = drawn(300, 4)
        whole, first, second = (by_batch(300, 4, seed=7) for _ in range(3))
        train(whole, latents, 30)
        train(first, latents, 17)
        path = tf.train.Checkpoint(sampler=first).write(str(tmp_path / "state"))
        tf.train.Checkpoint(sampler=second).read(path).assert_consumed()
        for sampler in (first, second):
            update = tf.function(sampler.update)
            for number in range(17, 30):
                faces = sampler.draw(tf.constant(number, tf.int64), 32)
                update(faces, tf.gather(latents, faces))
        for one, other, uninterrupted in zip(first.variables, second.variables, whole.variables, strict=True):
            np.testing.assert_array_equal(one, other)
            np.testing.assert_array_equal(one, uninterrupted)

    @pytest.mark.parametrize("binning", ["deviations", "range"])
    def test_no_operation_of_an_update_touches_as_many_values_as_there_are_faces(self, binning):
        num_faces = 200_000
        sampler = by_batch(num_faces, 2, bins=5, binning=binning)
        update = tf.function(sampler.update).get_concrete_function(
            tf.TensorSpec([4], tf.int64), tf.TensorSpec([4, 2], tf.float32)
        )
        sizes = [
            output.shape.num_elements()
            for operation in update.graph.get_operations()
            if operation.type != "Unique"  # of a batch; it has no more values than that
            for output in operation.outputs
        ]
        assert None not in sizes
        assert max(sizes) < num_faces

    def test_latents_of_a_model_that_diverges_leave_weights_to_draw_by(self):
        sampler = by_batch(4, 1)
        for _ in range(3):
            latents = tf.constant([[np.nan], [np.inf], [-np.inf], [1.0]])
            sampler.update(tf.range(4, dtype=tf.int64), latents)
        assert np.isfinite(sampler.probabilities()).all()

    def test_an_unknown_binning_is_refused_with_the_known_ones(self):
        for make in (lambda: by_batch(4, 2, binning="width"), lambda: EpochLatentSampler(4, binning="width")):
            with pytest.raises(InputError, match="--binning=width: unknown; choose one of deviations, range"):
                make()
