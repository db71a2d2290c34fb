"""Pictures turned to a side, as on a cylinder."""

import numpy as np
import tensorflow as tf
from scipy import ndimage

from facedebias.models.augmentation import Augmentation
from facedebias.models.layers.moves import move, transforms

SIDE = 64
IMAGES = np.random.default_rng(2).integers(0, 256, (6, SIDE, SIDE, 3), np.uint8)
STEP = tf.constant(3, tf.int64)


def turned(images, degrees, **others):
    """By so many degrees each, and nothing else."""
    size = len(images)
    still = {"angle": np.zeros(size), "zoom": np.ones(size), "stretch": np.ones(size)}
    draws = {**still, "across": np.zeros(size), "down": np.zeros(size), "yaw": np.radians(degrees), **others}
    draws = {name: tf.constant(values, tf.float32) for name, values in draws.items()}
    return move(tf.constant(images), transforms((SIDE, SIDE), tf.zeros([size], tf.bool), draws)).numpy()


def test_columns_come_from_where_they_were_on_the_cylinder():
    """Against SciPy: the surface seen at sin(a) was at sin(a + yaw)."""
    degrees = np.array([0.0, 10.0, -25.0, 40.0, 60.0, -80.0])
    found = turned(IMAGES, degrees)
    middle, radius = (SIDE - 1) / 2, SIDE / 2
    seen = np.arcsin((np.arange(SIDE) - middle) / radius)
    for image, picture, angle in zip(IMAGES, found, np.radians(degrees), strict=True):
        columns = middle + radius * np.sin(seen + angle)
        rows, columns = np.meshgrid(np.arange(SIDE), columns, indexing="ij")
        for channel in range(3):
            expected = ndimage.map_coordinates(
                image[..., channel].astype(float), [rows, columns], order=1, mode="reflect"
            )
            np.testing.assert_allclose(picture[..., channel], expected, atol=0.05)


def test_the_middle_of_a_face_goes_to_the_side_it_turns_to():
    """A line in the middle of the picture is seen at -sin(yaw) of the radius; its ends stay as high."""
    picture = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    picture[:, 10:50, 31:33] = 200
    found = turned(np.repeat(picture, 3, axis=0), np.array([-30.0, 0.0, 30.0]))[..., 0]
    places = (found * np.arange(SIDE)).sum(axis=(1, 2)) / found.sum(axis=(1, 2))
    np.testing.assert_allclose(places, 31.5 + 32 * np.array([0.5, 0.0, -0.5]), atol=0.6)
    assert np.all(found[:, :10] == 0) and np.all(found[:, 50:] == 0)


def test_both_ways_up_to_the_largest_angle_and_never_beyond():
    size = 400
    draws = Augmentation.only(yaw=30.0)._draw(tf.ones([size]), STEP)
    degrees = np.degrees(draws["yaw"].numpy())
    assert np.abs(degrees).max() <= 30.0 and degrees.min() < -25 < 25 < degrees.max()
    assert abs(degrees.mean()) < 4  # of a uniform draw once in 100,000


def test_it_is_one_of_the_changes_that_a_step_makes():
    augmentation = Augmentation.only(yaw=50.0)
    assert augmentation.changes_pictures and not Augmentation.only().changes_pictures
    pixels = augmentation(tf.constant(IMAGES), tf.ones([6]), STEP).numpy()
    degrees = np.degrees(augmentation._draw(tf.ones([6]), STEP)["yaw"].numpy())
    np.testing.assert_allclose(255 * pixels, turned(IMAGES, degrees), atol=1.01)
