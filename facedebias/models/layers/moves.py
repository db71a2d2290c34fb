"""Pictures mirrored, moved and blurred, in few passes over the pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from facedebias.lazy import LazyModule

if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = LazyModule("tensorflow")

_BINOMIAL = (0.25, 0.5, 0.25)
_AFFINE = 8  # columns of `transforms` without a yaw


def mirror(images: tf.Tensor, is_mirrored: tf.Tensor) -> tf.Tensor:
    """The pictures uint8 `(batch, height, width, 3)`, those chosen by bool `(batch,)` left to right."""
    height, width, channels = images.shape[1:]
    # Reversed as rows of pixels and picked as whole pictures: TensorFlow is several times
    # slower at reversing an axis of a batch of pictures, and at `tf.where` between two.
    mirrored = tf.reverse(tf.reshape(images, [-1, width, channels]), axis=[1])
    flat = [tf.reshape(pictures, [-1, height * width * channels]) for pictures in (images, mirrored)]
    size = tf.shape(images)[0]
    picked = tf.gather(tf.concat(flat, axis=0), tf.range(size) + tf.where(is_mirrored, size, 0))
    return tf.reshape(picked, [-1, height, width, channels])


def transforms(shape: tuple[int, int], is_mirrored: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """From where in a picture the pixel at (x, y) of the result comes: float32 `(batch, 8)`.

    The source of (x, y) is (a0 x + a1 y + a2, b0 x + b1 y + b2), in pixels; the matrix turns,
    scales and mirrors about the middle, which then moves. If pictures are also turned to a side, two columns
    more are the sine and the cosine of the yaw, see `move`.
    """
    height, width = shape
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    cosine, sine = tf.cos(draws["angle"]), tf.sin(draws["angle"])
    mirror = tf.where(is_mirrored, -1.0, 1.0)
    # The result is enlarged by what the way back to its source is shortened by.
    a0, a1 = mirror * cosine / (draws["zoom"] * draws["stretch"]), -sine * draws["stretch"] / draws["zoom"]
    b0, b1 = mirror * sine / (draws["zoom"] * draws["stretch"]), cosine * draws["stretch"] / draws["zoom"]
    a2 = centre_x - a0 * centre_x - a1 * centre_y - width * draws["across"]
    b2 = centre_y - b0 * centre_x - b1 * centre_y - height * draws["down"]
    zeros = tf.zeros_like(a0)
    turned = [tf.sin(draws["yaw"]), tf.cos(draws["yaw"])] if "yaw" in draws else []
    return tf.stack([a0, a1, a2, b0, b1, b2, zeros, zeros, *turned], axis=1)


def move(images: tf.Tensor, transforms: tf.Tensor) -> tf.Tensor:
    """The pictures uint8 `(batch, height, width, 3)`, bilinearly interpolated at other places.

    What lies beyond an edge is the picture mirrored there, and so on. By the yaw, before all else, a picture
    turns as if it lay on an upright cylinder as wide as itself: one side of a face comes to the front.

    Args:
        images: the pictures.
        transforms: see there.

    Returns:
        float32 of the same shape, 0 to 255.
    """
    height, width = images.shape[1:3]
    # A pixel is one number, so that it is fetched at once.
    packed = tf.reshape(tf.bitcast(tf.pad(images, [[0, 0]] * 3 + [[0, 1]]), tf.int32), [-1])
    x = tf.range(width, dtype=tf.float32)[None, None, :]
    y = tf.range(height, dtype=tf.float32)[None, :, None]
    a0, a1, a2, b0, b1, b2 = (transforms[:, place, None, None] for place in range(6))
    source_x, source_y = a0 * x + a1 * y + a2, b0 * x + b1 * y + b2
    if transforms.shape[1] > _AFFINE:
        source_x = _turned(source_x, width, transforms[:, _AFFINE:])
    left, above = tf.floor(source_x), tf.floor(source_y)
    share_right, share_below = (source_x - left)[..., None], (source_y - above)[..., None]
    left, above = tf.cast(left, tf.int32), tf.cast(above, tf.int32)
    first = tf.range(tf.shape(images)[0])[:, None, None] * (height * width)
    columns = [_mirrored_place(left + right, width) for right in (0, 1)]
    rows = [first + _mirrored_place(above + below, height) * width for below in (0, 1)]

    def row_at(row: tf.Tensor) -> tf.Tensor:
        corners = [tf.bitcast(tf.gather(packed, row + column), tf.uint8) for column in columns]
        one, other = (tf.cast(corner, tf.float32) for corner in corners)
        return one + share_right * (other - one)

    upper, lower = (row_at(row) for row in rows)
    return (upper + share_below * (lower - upper))[..., :3]


def _turned(x: tf.Tensor, width: int, yaw: tf.Tensor) -> tf.Tensor:
    """From which columns of the picture those come that are at x once it has turned.

    Args:
        x: float32 `(batch, height, width)`.
        width: of the picture, the cylinder's diameter.
        yaw: float32 `(batch, 2)`, sine and cosine.
    """
    sine, cosine = (values[:, None, None] for values in tf.unstack(yaw, axis=1))
    middle, radius = (width - 1) / 2, width / 2
    across = (x - middle) / radius
    front = tf.clip_by_value(across, -1.0, 1.0)
    # A point of the surface at the angle a is seen at sin(a), and was at sin(a + yaw). Beyond the edges
    # the picture goes on flat.
    turned = front * cosine + tf.sqrt(1.0 - front * front) * sine
    return middle + radius * (turned + across - front)


def _mirrored_place(places: tf.Tensor, size: int) -> tf.Tensor:
    """Where in a line of `size` pixels to look for these: its ends are mirrors."""
    places = tf.math.floormod(places, 2 * size)
    return tf.minimum(places, 2 * size - 1 - places)


def blur(pixels: tf.Tensor) -> tf.Tensor:
    """The 3x3 binomial filter; edges repeat their outermost pixels."""
    left, middle, right = _BINOMIAL
    padded = tf.pad(pixels, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")
    rows = left * padded[:, :-2] + middle * padded[:, 1:-1] + right * padded[:, 2:]
    return left * rows[:, :, :-2] + middle * rows[:, :, 1:-1] + right * rows[:, :, 2:]
