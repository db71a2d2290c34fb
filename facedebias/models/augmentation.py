"""Random changes of place, direction, light, contrast and sharpness, drawn once a picture."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from facedebias.fields import setting, settings_of
from facedebias.lazy import LazyModule
from facedebias.models.sharding import in_shards
from facedebias.randomness import key

if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = LazyModule("tensorflow")

_BINOMIAL = (0.25, 0.5, 0.25)
USUAL_LIGHT, USUAL_CONTRAST = 0.5, 0.25  # about the mean and the deviation of a picture's pixels
_LEAST_CONTRAST = 0.05
_DARKEST = 1e-4  # what 0 counts as where a logarithm is taken


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a training picture; runs inside the training step's graph.

    `Augmentation()` is what faces are trained with, `Augmentation.for_attributes()` what attributes
    are, and `Augmentation.only(zoom=0.2)` does one thing. Another way to change pictures is a field
    here, which becomes a flag of training, and its lines in `_draw` and `_change`.

    Attributes:
        flip: whether half of the pictures are mirrored left to right.
        zoom: pictures are enlarged by a factor from exp(-zoom) to exp(zoom) about their middle.
        stretch: pictures get wider by a factor from exp(-stretch) to exp(stretch), and lower by it.
        rotate: pictures are turned by up to this many degrees either way.
        shift: pictures are moved by up to this share of their sides, across and up or down. What
            comes into view at the edges is the picture mirrored there.
        brightness: pixels are multiplied by a factor from 1 - brightness to 1 + brightness.
        gamma: pixels are raised to a power from exp(-gamma) to exp(gamma).
        contrast: the distance from the picture's mean is multiplied by a factor from
            1 - contrast to 1 + contrast.
        blur: share of the non-faces that are blurred, by a strength from 0 to 1 of a 5x5
            binomial filter. Faces that were enlarged are soft; where the others are not, a
            network tells them apart by their sharpness.
        seed: of the run.
    """

    flip: bool = setting(True, "Mirror half of the training pictures.")
    zoom: float = setting(0.2, "Enlarge by a factor from exp(-z) to exp(z).", 0.0, 1.0)
    stretch: float = setting(0.2, "Widen, and lower, by a factor from exp(-s) to exp(s).", 0.0, 1.0)
    rotate: float = setting(24.0, "Turn by up to this many degrees either way.", 0.0, 180.0)
    shift: float = setting(0.1, "Move by up to this share of the sides, across and up or down.", 0.0, 0.5)
    brightness: float = setting(0.3, "Multiply pixels by a factor from 1 - b to 1 + b.", 0.0, 0.99)
    gamma: float = setting(0.7, "Raise pixels to a power from exp(-g) to exp(g).", 0.0, 3.0)
    contrast: float = setting(0.0, "Scale contrast by a factor from 1 - c to 1 + c.", 0.0, 0.99)
    blur: float = setting(0.0, "Share of the non-faces that are blurred.", 0.0, 1.0)
    seed: int = 0

    @classmethod
    def for_attributes(cls, **changes: Any) -> Self:
        """What attributes are trained with, but for `changes`.

        An attribute is seen in less than a face is, and in light as well: pictures are moved and
        lit less.
        """
        return cls(**{**ATTRIBUTE_AUGMENTATION, **changes})

    @classmethod
    def only(cls, **changes: Any) -> Self:
        """Nothing but `changes`."""
        nothing = {own.name: own.kind(0) for own in settings_of(cls)}
        return cls(**{**nothing, **changes})

    def __call__(
        self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor, num_shards: int = 1
    ) -> tf.Tensor:
        """Changes a batch and normalizes it.

        Args:
            images: uint8 `(batch, height, width, 3)`.
            labels: float32 `(batch,)`, 1 face, 0 not.
            step: int64 scalar: the same step gives the same changes.
            num_shards: parts of the batch that are worked on side by side, see `sharding`.

        Returns:
            pixels float32 of the same shape, in [0, 1].
        """
        draws = self._draw(labels, step)
        names = sorted(draws)
        compiled = _compiled(dataclasses.replace(self, seed=0))

        def change(images: tf.Tensor, *values: tf.Tensor) -> tf.Tensor:
            return compiled(images, dict(zip(names, values, strict=True)))

        return in_shards(change, num_shards, images, *(draws[name] for name in names))

    @property
    def changes_pictures(self) -> bool:
        """Whether a training picture may differ from the one in the file."""
        light = self.brightness or self.gamma or self.contrast
        return bool(self.flip or self._moves or light or self.blur)

    @property
    def _moves(self) -> bool:
        """Whether pixels change places other than by a flip."""
        return bool(self.zoom or self.stretch or self.rotate or self.shift)

    def _draw(self, labels: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """What happens to each picture, float32 `(batch,)` each."""

        def uniform(purpose: str, low: float, high: float) -> tf.Tensor:
            return tf.random.stateless_uniform(tf.shape(labels), key(self.seed, purpose, step), low, high)

        draws = {}
        if self.flip:
            draws["flip"] = uniform("flip", 0.0, 1.0)
        if self._moves:
            angle = math.radians(self.rotate)
            draws["zoom"] = tf.exp(uniform("zoom", -self.zoom, self.zoom))
            draws["stretch"] = tf.exp(uniform("stretch", -self.stretch, self.stretch))
            draws["angle"] = uniform("rotate", -angle, angle)
            draws["across"] = uniform("shift across", -self.shift, self.shift)
            draws["down"] = uniform("shift down", -self.shift, self.shift)
        if self.gamma:
            draws["power"] = tf.exp(uniform("gamma", -self.gamma, self.gamma))
        if self.brightness:
            draws["gain"] = uniform("brightness", 1.0 - self.brightness, 1.0 + self.brightness)
        if self.contrast:
            draws["contrast"] = uniform("contrast", 1.0 - self.contrast, 1.0 + self.contrast)
        if self.blur:
            is_chosen = (uniform("blur choice", 0.0, 1.0) < self.blur) & (labels < 0.5)
            draws["blur"] = uniform("blur strength", 0.0, 1.0) * tf.cast(is_chosen, tf.float32)
        return draws

    def _change(self, images: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
        is_mirrored = draws["flip"] < 0.5 if self.flip else tf.zeros([tf.shape(images)[0]], tf.bool)
        if self._moves:
            images = _move(images, _transforms(images.shape[1:3], is_mirrored, draws))
        elif self.flip:
            images = _mirror(images, is_mirrored)
        draws = {name: values[:, None, None, None] for name, values in draws.items()}
        pixels = self._tone(images, draws)
        if self.contrast:
            mean = tf.reduce_mean(pixels, axis=(1, 2, 3), keepdims=True)
            pixels = tf.clip_by_value(mean + draws["contrast"] * (pixels - mean), 0.0, 1.0)
        if self.blur:
            pixels += draws["blur"] * (_blur(_blur(pixels)) - pixels)
        return pixels

    def _tone(self, images: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Pixels in [0, 1] of gain * (images / 255) ** power."""
        if not self.gamma:
            pixels = normalize(images)
            return tf.minimum(pixels * draws["gain"], 1.0) if self.brightness else pixels
        # As exp(power * log(x / 255) + log(gain)); tf.pow itself is slow on a CPU.
        logarithm = tf.math.log(tf.maximum(tf.cast(images, tf.float32), 255.0 * _DARKEST))
        offset = -draws["power"] * math.log(255.0)
        if self.brightness:
            offset += tf.math.log(draws["gain"])
        return tf.minimum(tf.exp(draws["power"] * logarithm + offset), 1.0)


ATTRIBUTE_AUGMENTATION: Mapping[str, Any] = {
    "zoom": 0.1,
    "stretch": 0.1,
    "rotate": 12.0,
    "shift": 0.05,
    "brightness": 0.2,
    "gamma": 0.3,
}
"""Where `Augmentation.for_attributes` differs."""


@functools.cache
def _compiled(augmentation: Augmentation) -> Callable[[tf.Tensor, Mapping[str, tf.Tensor]], tf.Tensor]:
    """Its changes, by XLA: one pass over the pixels for dozens, a quarter of the time on a CPU.

    Kept, because compiling takes a second.
    """
    return tf.function(augmentation._change, autograph=False, jit_compile=True)


def normalize(images: tf.Tensor) -> tf.Tensor:
    """Pictures of 0 to 255 (uint8, or float of the same range) to float32 in [0, 1]."""
    return tf.cast(images, tf.float32) / 255.0


def standardized(pixels: tf.Tensor) -> tf.Tensor:
    """Takes the light out of pictures: each gets the mean 0 and a contrast of 0.25.

    0.25 (x - mean) / max(deviation, 0.05), over all pixels and channels of a picture: what stays of
    a tint is what differs from grey. Pictures without contrast do not become all noise.

    Args:
        pixels: float32 `(batch, height, width, 3)` in [0, 1].
    """
    mean, variance = tf.nn.moments(pixels, axes=(1, 2, 3), keepdims=True)
    return USUAL_CONTRAST * (pixels - mean) / tf.maximum(tf.sqrt(variance), _LEAST_CONTRAST)


def _mirror(images: tf.Tensor, is_mirrored: tf.Tensor) -> tf.Tensor:
    """The pictures uint8 `(batch, height, width, 3)`, those chosen by bool `(batch,)` left to right."""
    height, width, channels = images.shape[1:]
    # Reversed as rows of pixels and picked as whole pictures: TensorFlow is several times
    # slower at reversing an axis of a batch of pictures, and at `tf.where` between two.
    mirrored = tf.reverse(tf.reshape(images, [-1, width, channels]), axis=[1])
    flat = [tf.reshape(pictures, [-1, height * width * channels]) for pictures in (images, mirrored)]
    size = tf.shape(images)[0]
    picked = tf.gather(tf.concat(flat, axis=0), tf.range(size) + tf.where(is_mirrored, size, 0))
    return tf.reshape(picked, [-1, height, width, channels])


def _transforms(shape: tuple[int, int], is_mirrored: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """From where in a picture the pixel at (x, y) of the result comes: float32 `(batch, 8)`.

    The source of (x, y) is (a0 x + a1 y + a2, b0 x + b1 y + b2), in pixels; the matrix turns,
    scales and mirrors about the middle, which then moves.
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
    return tf.stack([a0, a1, a2, b0, b1, b2, zeros, zeros], axis=1)


def _move(images: tf.Tensor, transforms: tf.Tensor) -> tf.Tensor:
    """The pictures uint8 `(batch, height, width, 3)`, bilinearly interpolated at other places.

    What lies beyond an edge is the picture mirrored there, and so on.

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


def _mirrored_place(places: tf.Tensor, size: int) -> tf.Tensor:
    """Where in a line of `size` pixels to look for these: its ends are mirrors."""
    places = tf.math.floormod(places, 2 * size)
    return tf.minimum(places, 2 * size - 1 - places)


def _blur(pixels: tf.Tensor) -> tf.Tensor:
    """The 3x3 binomial filter; edges repeat their outermost pixels."""
    left, middle, right = _BINOMIAL
    padded = tf.pad(pixels, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")
    rows = left * padded[:, :-2] + middle * padded[:, 1:-1] + right * padded[:, 2:]
    return left * rows[:, :, :-2] + middle * rows[:, :, 1:-1] + right * rows[:, :, 2:]
