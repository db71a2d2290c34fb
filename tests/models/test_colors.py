"""Colour augmentation against Pillow and NumPy."""

import colorsys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from facedebias.models.augmentation import Augmentation
from facedebias.models.layers import colors

PICTURES = np.random.default_rng(0).integers(40, 200, (256, 8, 8, 3), np.uint8)
LABELS = tf.ones([256])


def changed(**options):
    step = tf.constant(3, tf.int64)
    return Augmentation.only(**options)(tf.constant(PICTURES), LABELS, step).numpy()


def test_grey_is_pillows_grey():
    found = changed(gray=1.0)
    for picture, expected in zip(found[:4], PICTURES[:4], strict=True):
        grey = np.asarray(Image.fromarray(expected).convert("L"), float) / 255
        np.testing.assert_allclose(picture, np.repeat(grey[..., None], 3, axis=-1), atol=0.6 / 255)


def test_as_many_are_grey_as_asked():
    found = changed(gray=0.25)
    is_grey = np.ptp(found, axis=-1).max(axis=(1, 2)) < 1e-5
    # Five standard deviations of a binomial share of 256.
    assert abs(is_grey.mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 256)
    np.testing.assert_allclose(found[~is_grey], PICTURES[~is_grey] / 255.0, atol=1e-5)


def test_saturation_scales_the_distance_from_grey_by_one_factor_a_picture():
    found, pixels = changed(saturation=1.0), PICTURES / 255.0
    grey = (pixels * [0.299, 0.587, 0.114]).sum(axis=-1, keepdims=True)
    is_inside = (found > 0.01) & (found < 0.99) & (np.abs(pixels - grey) > 0.05)
    ratios = (found - grey) / np.where(np.abs(pixels - grey) > 0.05, pixels - grey, 1.0)
    factors = np.array([np.median(ratio[inside]) for ratio, inside in zip(ratios, is_inside, strict=True)])
    for ratio, inside, factor in zip(ratios, is_inside, factors, strict=True):
        np.testing.assert_allclose(ratio[inside], factor, atol=1e-3)
    assert 0.0 <= factors.min() < 0.1 and 1.4 < factors.max() <= 1.5


def test_a_tint_multiplies_each_channel_by_one_factor_a_picture():
    found = changed(tint=0.1)
    factors = np.median(found / (PICTURES / 255.0), axis=(1, 2))
    is_inside = found < 0.999
    expected = PICTURES / 255.0 * factors[:, None, None]
    np.testing.assert_allclose(found[is_inside], expected[is_inside], rtol=1e-4)
    logarithms = np.log(factors)
    assert abs(logarithms.mean()) < 0.02 and abs(logarithms.std() - 0.1) < 0.015
    assert abs(np.corrcoef(logarithms.T)[0, 1]) < 0.3


def test_a_third_of_a_turn_moves_the_channels_on():
    red = tf.constant([[[[1.0, 0.0, 0.0]]]])
    third = tf.constant([2 * np.pi / 3], tf.float32)
    turned = colors.recolor(red, colors.matrices(third, tf.ones([1]), tf.ones([1, 3]))).numpy()
    np.testing.assert_allclose(turned[0, 0, 0], [0.0, 1.0, 0.0], atol=1e-6)


def test_hue_keeps_brightness_and_turns_within_its_range():
    found, pixels = changed(hue=20.0), PICTURES / 255.0
    np.testing.assert_allclose(found.sum(axis=-1), pixels.sum(axis=-1), atol=0.02)
    turns = []
    for before, after in zip(pixels[:, 0, 0], found[:, 0, 0], strict=True):
        turns.append((colorsys.rgb_to_hsv(*after)[0] - colorsys.rgb_to_hsv(*before)[0] + 0.5) % 1 - 0.5)
    assert np.abs(turns).max() < 40 / 360 and np.std(turns) > 5 / 360


@pytest.mark.parametrize("option", ["saturation", "hue", "tint", "gray"])
def test_the_same_step_gives_the_same_colours(option):
    one, same = changed(**{option: 0.5}), changed(**{option: 0.5})
    np.testing.assert_array_equal(one, same)
    assert Augmentation.only(**{option: 0.5}).changes_pictures
