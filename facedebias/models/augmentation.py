"""Random changes of place, direction, light, contrast and sharpness, drawn once a picture."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from facedebias.configuration.fields import setting, settings_of
from facedebias.lazy import LazyModule
from facedebias.models.layers import colors, moves
from facedebias.models.sharding import in_shards
from facedebias.randomness import Places, key

if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = LazyModule("tensorflow")

USUAL_LIGHT, USUAL_CONTRAST = 0.5, 0.25  # about the mean and the deviation of a picture's pixels
LEAST_CONTRAST = 0.05
_CHANNELS = ("red", "green", "blue")
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
        yaw: pictures are turned to a side by up to this many degrees, as if they lay on an upright
            cylinder: so that faces from the side are not rare.
        brightness: pixels are multiplied by a factor from 1 - brightness to 1 + brightness.
        gamma: pixels are raised to a power from exp(-gamma) to exp(gamma).
        contrast: the distance from the picture's mean is multiplied by a factor from
            1 - contrast to 1 + contrast.
        blur: share of the non-faces that are blurred, by a strength from 0 to 1 of a 5x5
            binomial filter. Faces that were enlarged are soft; where the others are not, a
            network tells them apart by their sharpness.
        saturation: colours are mixed with grey by a factor from 1 - saturation to 1 + saturation / 2.
        hue: colours are turned about the grey axis by up to this many degrees either way.
        tint: each channel is multiplied by exp(tint * n), with n normal.
        gray: share of the pictures that lose their colours.
        seed: of the run.
    """

    flip: bool = setting(True, "Mirror half of the training pictures.")
    zoom: float = setting(0.2, "Enlarge by a factor from exp(-z) to exp(z).", 0.0, 1.0)
    stretch: float = setting(0.2, "Change width against height by a factor from exp(-s) to exp(s).", 0.0, 1.0)
    rotate: float = setting(24.0, "Turn by up to this many degrees either way.", 0.0, 180.0)
    shift: float = setting(0.1, "Move by up to this share of the sides, across and up or down.", 0.0, 0.5)
    yaw: float = setting(0.0, "Turn to a side by up to this many degrees, as on a cylinder.", 0.0, 80.0)
    brightness: float = setting(0.3, "Multiply pixels by a factor from 1 - b to 1 + b.", 0.0, 0.99)
    gamma: float = setting(0.7, "Raise pixels to a power from exp(-g) to exp(g).", 0.0, 3.0)
    contrast: float = setting(0.0, "Scale contrast by a factor from 1 - c to 1 + c.", 0.0, 0.99)
    blur: float = setting(0.0, "Share of the non-faces that are blurred.", 0.0, 1.0)
    saturation: float = setting(1.0, "Mix colours with grey by a factor from 1 - s to 1 + s / 2.", 0.0, 1.0)
    hue: float = setting(0.0, "Turn colours by up to this many degrees either way.", 0.0, 180.0)
    tint: float = setting(0.1, "Multiply each channel by exp(t n), with n normal.", 0.0, 1.0)
    gray: float = setting(0.0, "Share of the pictures that lose their colours.", 0.0, 1.0)
    seed: int = 0

    @classmethod
    def for_attributes(cls, **changes: Any) -> Self:
        """What attributes are trained with, but for `changes`.

        An attribute is seen in less than a face is, and in light as well: pictures are moved and
        lit less. It may be a colour, as of hair: colours stay.
        """
        return cls(**{**ATTRIBUTE_AUGMENTATION, **changes})

    @classmethod
    def only(cls, **changes: Any) -> Self:
        """Nothing but `changes`."""
        nothing = {own.name: own.kind(0) for own in settings_of(cls)}
        return cls(**{**nothing, **changes})

    def __call__(
        self,
        images: tf.Tensor,
        labels: tf.Tensor,
        step: tf.Tensor,
        num_shards: int = 1,
        places: Places | None = None,
    ) -> tf.Tensor:
        """Changes a batch and normalizes it.

        Args:
            images: uint8 `(batch, height, width, 3)`.
            labels: float32 `(batch,)`, 1 face, 0 not.
            step: int64 scalar: the same step gives the same changes.
            num_shards: parts of the batch that are worked on side by side, see `sharding`.
            places: of the pictures in the whole batch; None if they are it.

        Returns:
            pixels float32 of the same shape, in [0, 1].
        """
        draws = self._draw(labels, step, places)
        names = sorted(draws)
        compiled = _compiled(dataclasses.replace(self, seed=0))

        def change(images: tf.Tensor, *values: tf.Tensor) -> tf.Tensor:
            return compiled(images, dict(zip(names, values, strict=True)))

        return in_shards(change, num_shards, images, *(draws[name] for name in names))

    @property
    def changes_pictures(self) -> bool:
        """Whether a training picture may differ from the one in the file."""
        light = self.brightness or self.gamma or self.contrast
        return bool(self.flip or self._moves or light or self.blur or self._recolors)

    @property
    def _moves(self) -> bool:
        """Whether pixels change places other than by a flip."""
        return bool(self.zoom or self.stretch or self.rotate or self.shift or self.yaw)

    @property
    def _recolors(self) -> bool:
        """Whether a pixel may get another hue or saturation."""
        return bool(self.saturation or self.hue or self.tint or self.gray)

    def _draw(self, labels: tf.Tensor, step: tf.Tensor, places: Places | None = None) -> dict[str, Any]:
        """What happens to each picture, float32 `(batch,)` each."""
        size = tf.shape(labels) if places is None else [places.batch_size]

        def uniform(purpose: str, low: float, high: float) -> tf.Tensor:
            drawn = tf.random.stateless_uniform(size, key(self.seed, purpose, step), low, high)
            return drawn if places is None else tf.gather(drawn, places.own)

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
            if self.yaw:
                draws["yaw"] = uniform("yaw", -math.radians(self.yaw), math.radians(self.yaw))
        if self.gamma:
            draws["power"] = tf.exp(uniform("gamma", -self.gamma, self.gamma))
        if self.brightness:
            draws["gain"] = uniform("brightness", 1.0 - self.brightness, 1.0 + self.brightness)
        if self.contrast:
            draws["contrast"] = uniform("contrast", 1.0 - self.contrast, 1.0 + self.contrast)
        if self.blur:
            is_chosen = (uniform("blur choice", 0.0, 1.0) < self.blur) & (labels < 0.5)
            draws["blur"] = uniform("blur strength", 0.0, 1.0) * tf.cast(is_chosen, tf.float32)
        if self._recolors:
            draws |= self._draw_colours(uniform)
            for channel in _CHANNELS:
                normal = tf.random.stateless_normal(size, key(self.seed, f"tint {channel}", step))
                own = normal if places is None else tf.gather(normal, places.own)
                draws[channel] = tf.exp(self.tint * own)
        return draws

    def _draw_colours(self, uniform: Callable[[str, float, float], tf.Tensor]) -> dict[str, tf.Tensor]:
        angle = math.radians(self.hue)
        saturations = uniform("saturation", 1.0 - self.saturation, 1.0 + self.saturation / 2.0)
        return {
            "saturation": tf.where(uniform("gray", 0.0, 1.0) < self.gray, 0.0, saturations),
            "hue": uniform("hue", -angle, angle),
        }

    def _change(self, images: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
        is_mirrored = draws["flip"] < 0.5 if self.flip else tf.zeros([tf.shape(images)[0]], tf.bool)
        if self._moves:
            images = moves.move(images, moves.transforms(images.shape[1:3], is_mirrored, draws))
        elif self.flip:
            images = moves.mirror(images, is_mirrored)
        flat = draws
        draws = {name: values[:, None, None, None] for name, values in draws.items()}
        pixels = self._tone(images, draws)
        if self._recolors:
            gains = tf.stack([flat[channel] for channel in _CHANNELS], axis=1)
            pixels = colors.recolor(pixels, colors.matrices(flat["hue"], flat["saturation"], gains))
        if self.contrast:
            mean = tf.reduce_mean(pixels, axis=(1, 2, 3), keepdims=True)
            pixels = tf.clip_by_value(mean + draws["contrast"] * (pixels - mean), 0.0, 1.0)
        if self.blur:
            pixels += draws["blur"] * (moves.blur(moves.blur(pixels)) - pixels)
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
    "saturation": 0.0,
    "tint": 0.0,
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
    return USUAL_CONTRAST * (pixels - mean) / tf.maximum(tf.sqrt(variance), LEAST_CONTRAST)
