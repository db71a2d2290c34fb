"""How pictures become what a model takes: size, channels, scale, layout, type and batch."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from facedebias.configuration.setting_names import setting
from facedebias.data.records import size_text
from facedebias.errors import InputError
from facedebias.scoring.foreign import BGR, ForeignModels
from facedebias.scoring.loading.loaded_model import contract

# Of red, green and blue in grey: ITU-R BT.601, as Pillow, OpenCV and TensorFlow have it.
_LUMA = (0.299, 0.587, 0.114)
_MOST_BYTES, _BYTES = 1 << 30, 4  # of pictures that a model wants at once; of a number


class ModelInput:
    """The one input of a model.

    Pictures are resized, turned to grey or BGR if need be, scaled, normalised, turned channels first if
    need be, and cast, in this order.

    Args:
        path: of the model, for messages.
        spec: what the input takes.
        foreign: what was told of it.

    Raises:
        InputError: if it takes no pictures, or nothing tells which numbers it takes.
    """

    def __init__(self, path: Path, spec: tf.TensorSpec, foreign: ForeignModels):
        self._path, self._name, self._dtype = path, spec.name, spec.dtype
        self._batch, self._is_first, self._depth, declared = self._layout(spec)
        self._resized = foreign.input_size
        self.image_shape: tuple[int | None, ...] = (*(foreign.input_size or declared), 3)
        self._check_size(declared)
        self._notes: list[str] = []
        self._sizes: set[tuple[int, int]] = set()
        self._is_swapped = foreign.input_channels == BGR
        self._range = self._scale(foreign)
        self._mean = self._per_channel("input_mean", foreign.input_mean)
        self._std = self._per_channel("input_std", foreign.input_std)

    @property
    def needs_shape(self) -> bool:
        """Whether pictures must come in `image_shape`; otherwise they are scaled to it."""
        return self._resized is None

    @property
    def notes(self) -> list[str]:
        """What was done with the pictures beyond what the flags say, a part of a sentence each."""
        found = []
        if self._sizes:
            sizes = ", ".join(sorted(size_text(size) for size in self._sizes))
            found.append(f"pictures of {sizes} were scaled to {size_text(self.image_shape)}")
        if self._is_first:
            found.append(f"pictures were given channels first ({self._depth}, height, width)")
        if self._depth == 1:
            found.append("pictures were turned to grey, as it takes one channel")
        if self._batch:
            found.append(f"pictures were given {self._batch} at a time, as it takes no other number")
        return found + self._notes

    def batches(self, images: np.ndarray) -> Iterator[tuple[tf.Tensor, int]]:
        """What to ask, and how many of its pictures count: the others fill up a fixed batch.

        Args:
            images: uint8 RGB `(n, height, width, 3)`.
        """
        size = self._batch or len(images)
        for start in range(0, len(images), size):
            part = images[start : start + size]
            count = len(part)
            if self._batch and count < size:
                part = np.concatenate([part, np.repeat(part[-1:], size - count, 0)])
            yield self._tensor(part), count

    def _tensor(self, images: np.ndarray) -> tf.Tensor:
        pictures = tf.constant(images)
        if self._resized and images.shape[1:3] != self._resized:
            self._sizes.add((images.shape[1], images.shape[2]))
            # Bilinear with smoothing, so that shrinking does not pick single pixels.
            pictures = tf.image.resize(pictures, self._resized, antialias=True)
        if self._depth == 1:
            pictures = tf.tensordot(tf.cast(pictures, tf.float32), tf.constant(_LUMA), 1)[..., None]
        if self._is_swapped:
            pictures = pictures[..., ::-1]
        if self._range is not None:
            low, high = self._range
            pictures = tf.cast(pictures, tf.float32) * ((high - low) / 255.0) + low
        if self._mean is not None:
            pictures = pictures - self._mean
        if self._std is not None:
            pictures = pictures / self._std
        if self._is_first:
            pictures = tf.transpose(pictures, [0, 3, 1, 2])
        if self._dtype.is_integer and pictures.dtype != self._dtype:
            pictures = tf.round(pictures)
        return tf.cast(pictures, self._dtype)

    def _layout(self, spec: tf.TensorSpec) -> tuple[int | None, bool, int, tuple[int | None, ...]]:
        """Fixed batch, whether channels come first, their number, and height and width."""
        numbers = spec.dtype.is_floating or spec.dtype.is_integer
        if spec.dtype == tf.string:
            raise InputError(
                f"{self._path}: {self._name!r} takes encoded pictures (text); export a signature that takes "
                "pixels, (None, height, width, 3)."
            )
        if spec.shape.rank != 4 or not numbers:
            raise self._refusal(spec)
        batch, *sides = spec.shape
        if math.prod(side or 1 for side in spec.shape) * _BYTES > _MOST_BYTES:
            raise InputError(
                f"{self._path}: {self._name!r} takes no less than {tuple(spec.shape)} numbers at once, over "
                f"{_MOST_BYTES:,} bytes of pictures. Export it with a free number of pictures, (None, ...)."
            )
        for is_first, depth in ((False, sides[2]), (True, sides[0])):
            if depth in {1, 3}:
                return batch, is_first, depth, tuple(sides[1:] if is_first else sides[:2])
        if None not in sides:
            shape = " x ".join(map(str, sides))
            raise InputError(
                f"{self._path}: {self._name!r} takes {shape} numbers for a picture; pictures have 3 channels "
                "(red, green, blue), or 1 as grey, first or last. Export it with such an input."
            )
        if sides[2] is not None or sides[0] is not None and sides[0] < 5:
            raise self._refusal(spec)
        return batch, False, 3, tuple(sides[:2])

    def _refusal(self, spec: tf.TensorSpec) -> InputError:
        shape = "of any rank" if spec.shape.rank is None else tuple(spec.shape)
        return InputError(f"{self._path}: {self._name!r} is {spec.dtype.name} {shape}; {contract()}.")

    def _scale(self, foreign: ForeignModels) -> tuple[float, float] | None:
        """The numbers that pixel values 0 and 255 become; None leaves them."""
        scale = foreign.scale
        if self._dtype.is_floating:
            if scale is None:
                raise InputError(
                    f"{self._path}: {self._name!r} is {self._dtype.name}, and nothing says which numbers it "
                    f"wants for pixels. Give {setting('input_scale', (0, 1))} or -1,1, or 0,255 if it scales "
                    f"them itself; or {setting('input_mean')} and {setting('input_std')}."
                )
            return scale
        low, high = scale or (0.0, 255.0)
        if foreign.input_mean or foreign.input_std or high - low < 2:
            # Whoever takes whole numbers cannot have been trained on these: they are for others.
            self._notes.append(
                "pictures were given as whole numbers from 0 to 255, as it takes no others, whatever "
                f"{setting('input_scale')}, {setting('input_mean')} and {setting('input_std')} say"
            )
            scale, (low, high) = None, (0.0, 255.0)
        if low < self._dtype.min or high > self._dtype.max:
            raise InputError(
                f"{self._path}: {self._name!r} is {self._dtype.name}, from {self._dtype.min} to "
                f"{self._dtype.max}, and pictures would have {low:g} to {high:g}. Say which numbers it "
                f"takes, e.g. {setting('input_scale', (-128, 127))}."
            )
        return scale

    def _per_channel(self, name: str, values: tuple[float, ...]) -> tf.Tensor | None:
        if not values or self._dtype.is_integer:
            return None
        if len(values) not in {1, self._depth}:
            raise InputError(
                f"{self._path}: takes {self._depth} channel, and {setting(name)} has {len(values)} numbers; "
                "give one."
            )
        return tf.constant(values, tf.float32)

    def _check_size(self, declared: tuple[int | None, ...]) -> None:
        for wanted, given in zip(declared, self.image_shape[:2], strict=True):
            if wanted not in {None, given}:
                raise InputError(
                    f"{self._path}: takes pictures of {size_text(declared)}, not "
                    f"{setting('input_size')}={size_text(self.image_shape)}; leave it out or give that size."
                )
