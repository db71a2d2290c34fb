"""Rule "expected_loss": faces like those the model gets wrong, by hand and against a NumPy loop."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.sampling.expected_loss import ExpectedLossSampler
from facedebias.sampling.latent_settings import LatentSampling
from facedebias.training.settings.flat_config import compose


def rows(*numbers):
    return tf.constant(numbers, tf.int64)


def test_means_of_bins_are_shrunk_towards_the_mean_of_all():
    # Two bins from -4 to 4 deviations. Faces 0 to 2 lie at -1, face 3 at 3: mean 0, deviation 1.73, so the
    # first three are in bin 0 and the last in bin 1. Hardness 1, 1, 1 and 5: the overall mean is 2.
    sampler = ExpectedLossSampler(4, 1, bins=2)
    latents = tf.constant([[-1.0], [-1.0], [-1.0], [3.0]])
    sampler.update(rows(0, 1, 2, 3), latents, tf.constant([-1.0, -1.0, -1.0, -5.0]))
    means, mean = sampler.mean_hardness()
    assert float(mean) == 2.0
    np.testing.assert_allclose(means, [[(3 + 20 * 2) / 23, (5 + 20 * 2) / 21]], rtol=1e-6)


def test_weights_by_hand():
    # As above: p is -3/23 for three faces and 3/21 for the last; their mean and deviation over the four
    # faces give -1/sqrt(3) and sqrt(3) deviations. So do hardnesses of 1, 1, 1 and 5.
    sampler = ExpectedLossSampler(4, 1, bins=2, strength=0.5, own_strength=0.25)
    latents = tf.constant([[-1.0], [-1.0], [-1.0], [3.0]])
    sampler.update(rows(0, 1, 2, 3), latents, tf.constant([-1.0, -1.0, -1.0, -5.0]))
    log_weights = 0.75 * np.array([-1, -1, -1, 3]) / np.sqrt(3)
    expected = np.exp(log_weights) / np.exp(log_weights).sum()
    np.testing.assert_allclose(sampler.probabilities(), expected, rtol=1e-4)


def batches(num_rows, latent_dim, num_steps, size, seed=0):
    rng = np.random.default_rng(seed)
    first = np.arange(num_rows)
    for step in range(num_steps):
        indices = np.concatenate([first[step * size :][:size], rng.integers(0, num_rows, size)])
        latents = rng.normal(size=(len(indices), latent_dim)).astype(np.float32)
        margins = rng.normal(1.0, 2.0, len(indices)).astype(np.float32)
        # A face that comes twice comes with the same latents.
        _, places = np.unique(indices, return_inverse=True)
        yield indices, latents[places], margins


def test_it_equals_a_loop_over_faces_and_latents():
    num_rows, latent_dim, bins, decay = 23, 3, 5, 0.9
    sampler = ExpectedLossSampler(
        num_rows, latent_dim, bins=bins, decay=decay, strength=1.1, own_strength=0.4
    )
    sums, numbers = np.zeros((latent_dim, bins)), np.zeros((latent_dim, bins))
    own, seen = np.zeros(num_rows), np.zeros(num_rows, bool)
    for indices, latents, margins in batches(num_rows, latent_dim, 8, 6):
        sampler.update(rows(*indices), tf.constant(latents), tf.constant(margins))
        in_bins = sampler.bin_of_face.numpy()
        sums, numbers = decay * sums, decay * numbers
        for place, face in enumerate(indices):
            for j in range(latent_dim):
                sums[j, in_bins[face, j]] += -margins[place]
                numbers[j, in_bins[face, j]] += 1
        last = {face: -margins[place] for place, face in enumerate(indices)}
        for face, hardness in last.items():
            own[face] = 0.5 * own[face] + 0.5 * hardness if seen[face] else hardness
            seen[face] = True
    mean = sums[0].sum() / numbers[0].sum()
    means = (sums + 20 * mean) / (numbers + 20)
    # Few faces: each update looks at them all.
    p = np.array([sum(means[j, in_bins[i, j]] - mean for j in range(latent_dim)) for i in range(num_rows)])
    log_weights = sum(
        strength * np.clip((values - values.mean()) / values.std(), -3, 3)
        for strength, values in ((1.1, p), (0.4, own))
    )
    expected = np.exp(log_weights) / np.exp(log_weights).sum()
    assert seen.all()
    np.testing.assert_allclose(sampler.probabilities(), expected, rtol=1e-3)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_hard_region_is_found_that_single_losses_do_not_show(compiled):
    # 5% of the faces lie apart in two of eight latents and are harder by half a deviation of the noise.
    rng = np.random.default_rng(1)
    num_rows = 2000
    is_hard = np.arange(num_rows) < num_rows // 20
    latents = rng.normal(size=(num_rows, 8)).astype(np.float32)
    latents[is_hard, :2] += 4.0
    sampler = ExpectedLossSampler(num_rows, 8, strength=1.0, own_strength=0.0)
    update = tf.function(sampler.update) if compiled else sampler.update
    for _ in range(3):
        order = rng.permutation(num_rows)
        for part in np.split(order, 20):
            margins = rng.normal(1.0, 2.0, len(part)) - 1.0 * is_hard[part]
            noisy = latents[part] + rng.normal(0, 0.1, (len(part), 8)).astype(np.float32)
            update(tf.constant(part), tf.constant(noisy, tf.float32), tf.constant(margins, tf.float32))
    found = sampler.probabilities()
    assert found[is_hard].sum() > 3 * is_hard.mean()
    assert found.sum() == pytest.approx(1.0)


def test_draws_are_even_until_all_were_seen():
    sampler = ExpectedLossSampler(4, 2)
    sampler.update(rows(0, 1), tf.ones([2, 2]), tf.constant([1.0, -1.0]))
    np.testing.assert_array_equal(sampler.probabilities(), [0.25] * 4)


def test_what_it_needs_is_said():
    with pytest.raises(ValueError, match="margins is None; expected float32"):
        ExpectedLossSampler(3, 2).update(rows(0), tf.zeros([1, 2]))
    config = {"model": "dbvae", "sampler": "latent_epoch", "rule": "expected_loss"}
    with pytest.raises(
        InputError, match="--rule=expected_loss: needs the losses of every batch; use --sampler"
    ):
        compose(config).validate()


def test_a_diverging_model_leaves_finite_weights():
    sampler = ExpectedLossSampler(3, 1)
    nan = float("nan")
    sampler.update(rows(0, 1, 2), tf.constant([[nan], [1.0], [2.0]]), tf.constant([nan, 1.0, -1e30]))
    assert np.isfinite(sampler.probabilities()).all()


def test_settings_that_the_rule_does_not_use_are_named():
    assert set(LatentSampling(rule="expected_loss").unused()) == {"temperature", "alpha"}
    assert "latent_strength" in LatentSampling(rule="max").unused()
