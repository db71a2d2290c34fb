import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from facedebias.models.augmentation import Augmentation
from facedebias.models.layers.moves import transforms

IMAGES = np.random.default_rng(1).integers(1, 255, (64, 16, 16, 3), np.uint8)
PIXELS = (IMAGES / 255.0).astype(np.float32)
LABELS = tf.constant([1.0] * 32 + [0.0] * 32)


def step(number):
    return tf.constant(number, tf.int64)


def change(number=0, num_shards=1, **options):
    return Augmentation.only(**options)(IMAGES, LABELS, step(number), num_shards).numpy()


def test_nothing_asked_for_only_normalizes():
    np.testing.assert_allclose(change(), PIXELS, rtol=1e-6)


def test_flips_mirror_some_pictures_and_leave_the_rest():
    flipped, plain = change(flip=True), change()
    is_same = (flipped == plain).all(axis=(1, 2, 3))
    is_mirrored = (flipped == plain[:, :, ::-1]).all(axis=(1, 2, 3))
    assert np.all(is_same ^ is_mirrored)
    assert 16 < is_mirrored.sum() < 48  # of 64, half expected; outside once in 50,000


def dots(*places):
    """64 black pictures of 65x65 with a soft white dot at each (x, y), counted from the middle."""
    y, x = np.mgrid[-32:33, -32:33]
    light = sum(np.exp(-((x - across) ** 2 + (y - down) ** 2) / 8) for across, down in places)
    return np.repeat((254 * light).astype(np.uint8)[None, :, :, None], 64, axis=0).repeat(3, axis=3)


def centre_of(pictures):
    """Centre of light (x, y) of each picture, counted from the middle: float `(n, 2)`."""
    y, x = np.mgrid[-32:33, -32:33]
    weights = pictures[..., 0] / pictures[..., 0].sum(axis=(1, 2), keepdims=True)
    return np.stack([(weights * x).sum(axis=(1, 2)), (weights * y).sum(axis=(1, 2))], axis=1)


def moved(places, **options):
    return Augmentation.only(**options)(dots(*places), LABELS, step(0)).numpy()


def test_shift_moves_pictures_both_ways_by_up_to_a_share_of_the_side():
    places = centre_of(moved([(0, 0)], shift=0.2))
    assert np.abs(places).max() <= 0.2 * 65 + 0.1
    assert np.all(places.min(axis=0) < -0.15 * 65) and np.all(places.max(axis=0) > 0.15 * 65)
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.4  # across and down are drawn apart


def test_rotation_keeps_the_distance_from_the_middle():
    places = centre_of(moved([(16, 0)], rotate=30.0))
    np.testing.assert_allclose(np.hypot(*places.T), 16, atol=0.1)
    angles = np.degrees(np.arctan2(*places.T[::-1]))
    assert -30.5 <= angles.min() < -20 < 20 < angles.max() <= 30.5


def test_zoom_scales_both_sides_alike_and_stretch_against_each_other():
    zoomed = [centre_of(moved([place], zoom=0.5)) for place in ((12, 0), (0, 12))]
    across, down = zoomed[0][:, 0] / 12, zoomed[1][:, 1] / 12
    np.testing.assert_allclose(across, down, atol=0.02)
    assert np.exp(-0.5) - 0.02 <= across.min() < 0.7 < 1.4 < across.max() <= np.exp(0.5) + 0.02
    stretched = [centre_of(moved([place], stretch=0.3)) for place in ((12, 0), (0, 12))]
    across, down = stretched[0][:, 0] / 12, stretched[1][:, 1] / 12
    np.testing.assert_allclose(across * down, 1.0, atol=0.02)
    assert across.min() < 0.8 < 1.25 < across.max() <= np.exp(0.3) + 0.02


def test_half_of_the_pictures_are_mirrored_while_they_move():
    is_left = centre_of(moved([(10, 0)], flip=True, shift=0.01))[:, 0] < 0
    assert 16 < is_left.sum() < 48  # of 64, half expected; outside once in 50,000


def test_moved_pixels_are_interpolated_and_mirrored_at_the_edge():
    """Against SciPy, which computes the same another way: all that moves pictures at once."""
    options = {"zoom": 0.2, "stretch": 0.2, "rotate": 20.0, "shift": 0.1}
    augmentation = Augmentation.only(**options)
    matrices = transforms((16, 16), tf.zeros([64], tf.bool), augmentation._draw(LABELS, step(0))).numpy()
    for image, found, transform in zip(IMAGES[:8], change(**options), matrices, strict=False):
        a0, a1, a2, b0, b1, b2 = transform[:6]
        for channel in range(3):
            expected = ndimage.affine_transform(  # rows come first there
                image[..., channel].astype(float), [[b1, b0], [a1, a0]], [b2, a2], order=1, mode="reflect"
            )
            # The moved picture is of whole grey levels.
            np.testing.assert_allclose(found[..., channel] * 255, expected, atol=1.01)


def test_brightness_multiplies_each_picture_by_one_factor_in_range():
    ratio = change(brightness=0.3) / np.maximum(PIXELS, 1e-9)
    is_free = (change(brightness=0.3) < 1.0) & (IMAGES > 0)
    factors = [ratio[number][is_free[number]] for number in range(64)]
    assert max(np.ptp(values) for values in factors) < 1e-4
    assert 0.7 <= min(values[0] for values in factors) < 0.8
    assert 1.2 < max(values[0] for values in factors) <= 1.3


def test_gamma_raises_each_picture_to_one_power_in_range():
    is_usable = (IMAGES > 0) & (IMAGES < 250)
    powers = np.log(change(gamma=0.7)) / np.log(np.maximum(PIXELS, 1e-4))
    powers = [power[usable] for power, usable in zip(powers, is_usable, strict=True)]
    assert max(np.ptp(power) for power in powers) < 1e-3
    firsts = [power[0] for power in powers]
    assert np.exp(-0.7) - 1e-3 <= min(firsts) < 0.7 < 1.4 < max(firsts) <= np.exp(0.7) + 1e-3


def test_gamma_comes_before_brightness():
    """Both at once are one expression: gain * pixels ** power, cut at 1."""
    power = np.log(change(gamma=0.7)[:, 0, 0, 0]) / np.log(np.maximum(PIXELS[:, 0, 0, 0], 1e-4))
    bright, plain = change(brightness=0.3), PIXELS
    gain = [(b[p > 0] / p[p > 0]).max() for b, p in zip(bright, np.where(bright < 1, plain, 0), strict=True)]
    expected = np.minimum(np.reshape(gain, (-1, 1, 1, 1)) * PIXELS ** power[:, None, None, None], 1.0)
    changed = change(gamma=0.7, brightness=0.3)
    np.testing.assert_allclose(changed[IMAGES > 0], expected[IMAGES > 0], atol=2e-3)


def test_black_and_white_stay_black_and_white():
    images = np.stack([np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)] * 8)
    pixels = Augmentation.only(gamma=0.7)(images, tf.ones([16]), step(0)).numpy()
    assert pixels[::2].max() < 0.02
    np.testing.assert_allclose(pixels[1::2], 1.0, atol=1e-6)


def test_contrast_scales_the_distance_from_the_mean():
    middle = (102 + IMAGES // 5).astype(np.uint8)  # far enough from 0 and 255 that nothing is clipped
    changed = Augmentation.only(contrast=0.5)(middle, LABELS, step(0)).numpy()
    before = middle / 255.0
    np.testing.assert_allclose(changed.mean(axis=(1, 2, 3)), before.mean(axis=(1, 2, 3)), atol=1e-5)
    spread = changed.std(axis=(1, 2, 3)) / before.std(axis=(1, 2, 3))
    assert 0.5 <= spread.min() < 0.7 < 1.3 < spread.max() <= 1.5


def test_softening_blurs_non_faces_only():
    softened = change(blur=1.0)
    np.testing.assert_allclose(softened[:32], PIXELS[:32], rtol=1e-6)

    def roughness(pixels):
        return np.abs(np.diff(pixels, axis=1)).mean(axis=(1, 2, 3))

    assert np.all(roughness(softened[32:]) < roughness(PIXELS[32:]))


def test_softening_keeps_a_plain_picture():
    plain = np.full((2, 8, 8, 3), 77, np.uint8)
    softened = Augmentation.only(blur=1.0)(plain, tf.zeros([2]), step(0))
    np.testing.assert_allclose(softened, plain / 255.0, rtol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        *({"flip": True}, {"brightness": 0.3}, {"gamma": 0.7}, {"contrast": 0.3}, {"blur": 0.5}),
        *({"zoom": 0.3}, {"stretch": 0.3}, {"rotate": 30}, {"shift": 0.2}),
    ],
)
def test_the_step_and_the_seed_decide(options):
    np.testing.assert_array_equal(change(5, **options), change(5, **options))
    assert not np.array_equal(change(5, **options), change(6, **options))
    assert not np.array_equal(change(5, **options), change(5, seed=1, **options))


def test_shards_change_nothing():
    options = {"flip": True, "brightness": 0.3, "gamma": 0.7, "contrast": 0.3, "blur": 0.5}
    options |= {"zoom": 0.3, "stretch": 0.3, "rotate": 30, "shift": 0.2}
    np.testing.assert_allclose(change(num_shards=3, **options), change(**options), atol=1e-6)


def test_pixels_stay_in_range():
    changed = change(brightness=0.9, gamma=2.0, contrast=0.9)
    assert changed.min() >= 0.0
    assert changed.max() <= 1.0
