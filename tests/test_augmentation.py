import numpy as np
import pytest
import tensorflow as tf

from facedebias.augmentation import Augmentation

PIXELS = tf.random.stateless_uniform([64, 16, 16, 3], [1, 2])
LABELS = tf.constant([1.0] * 32 + [0.0] * 32)


def step(number):
    return tf.constant(number, tf.int64)


def change(number=0, **options):
    return Augmentation(**options)(PIXELS, LABELS, step(number)).numpy()


def test_nothing_asked_for_changes_nothing():
    np.testing.assert_array_equal(change(), PIXELS)


def test_flips_mirror_some_pictures_and_leave_the_rest():
    flipped = change(flip=True)
    is_same = (flipped == PIXELS.numpy()).all(axis=(1, 2, 3))
    is_mirrored = (flipped == PIXELS.numpy()[:, :, ::-1]).all(axis=(1, 2, 3))
    assert np.all(is_same ^ is_mirrored)
    assert 16 < is_mirrored.sum() < 48  # of 64, half expected; outside once in 50,000


def test_brightness_multiplies_each_picture_by_one_factor_in_range():
    pixels = PIXELS.numpy()
    ratio = change(brightness=0.3) / pixels
    below_one = change(brightness=0.3) < 1.0
    for number in range(64):
        factors = ratio[number][below_one[number]]
        assert np.ptp(factors) < 1e-4
        assert 0.7 <= factors[0] <= 1.3


def test_gamma_raises_each_picture_to_one_power_in_range():
    powers = np.log(change(gamma=0.7)) / np.log(np.maximum(PIXELS.numpy(), 1e-4))
    assert np.all(np.ptp(powers.reshape(64, -1), axis=1) < 1e-2)
    assert np.exp(-0.7) - 1e-3 <= powers.min() < 0.7 < 1.4 < powers.max() <= np.exp(0.7) + 1e-3


def test_contrast_scales_the_distance_from_the_mean():
    middle = 0.4 + 0.2 * PIXELS  # far enough from 0 and 1 that nothing is clipped
    changed = Augmentation(contrast=0.5)(middle, LABELS, step(0)).numpy()
    mean = middle.numpy().mean(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(changed.mean(axis=(1, 2, 3), keepdims=True), mean, atol=1e-5)
    spread = changed.std(axis=(1, 2, 3)) / middle.numpy().std(axis=(1, 2, 3))
    assert 0.5 <= spread.min() < 0.7 < 1.3 < spread.max() <= 1.5


def test_softening_blurs_non_faces_only():
    softened = change(soften=1.0)
    np.testing.assert_array_equal(softened[:32], PIXELS[:32])

    def roughness(pixels):
        return np.abs(np.diff(pixels, axis=1)).mean(axis=(1, 2, 3))

    assert np.all(roughness(softened[32:]) < roughness(PIXELS.numpy()[32:]))


def test_softening_keeps_a_plain_picture():
    plain = tf.fill([2, 8, 8, 3], 0.3)
    np.testing.assert_allclose(Augmentation(soften=1.0)(plain, tf.zeros([2]), step(0)), plain, rtol=1e-6)


@pytest.mark.parametrize(
    "options", [{"flip": True}, {"brightness": 0.3}, {"gamma": 0.7}, {"contrast": 0.3}, {"soften": 0.5}]
)
def test_the_step_and_the_seed_decide(options):
    np.testing.assert_array_equal(change(5, **options), change(5, **options))
    assert not np.array_equal(change(5, **options), change(6, **options))
    assert not np.array_equal(change(5, **options), change(5, seed=1, **options))


def test_pixels_stay_in_range():
    changed = change(brightness=0.9, gamma=2.0, contrast=0.9)
    assert changed.min() >= 0.0
    assert changed.max() <= 1.0
