"""Random changes of light, contrast, direction and sharpness, drawn once a picture."""

from dataclasses import dataclass

import tensorflow as tf

from facedebias.randomness import key

_BINOMIAL = (0.25, 0.5, 0.25)


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a training picture; runs inside the training step's graph.

    Attributes:
        flip: whether half of the pictures are mirrored left to right.
        brightness: pixels are multiplied by a factor from 1 - brightness to 1 + brightness.
        gamma: pixels are raised to a power from exp(-gamma) to exp(gamma).
        contrast: the distance from the picture's mean is multiplied by a factor from
            1 - contrast to 1 + contrast.
        soften: share of the non-faces that are blurred, by a strength from 0 to 1 of a 5x5
            binomial filter. Faces that were enlarged are soft; where the others are not, a
            network tells them apart by their sharpness.
        seed: of the run.
    """

    flip: bool = False
    brightness: float = 0.0
    gamma: float = 0.0
    contrast: float = 0.0
    soften: float = 0.0
    seed: int = 0

    def __call__(self, pixels: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Changes a batch.

        Args:
            pixels: float32 `(batch, height, width, 3)` in [0, 1].
            labels: float32 `(batch,)`, 1 face, 0 not.
            step: int64 scalar: the same step gives the same changes.

        Returns:
            pixels of the same shape, in [0, 1].
        """
        if self.soften:
            pixels = self._soften(pixels, labels, step)
        if self.flip:
            is_mirrored = self._uniform(pixels, "flip", step, 0.0, 1.0) < 0.5
            pixels = tf.where(is_mirrored, tf.reverse(pixels, axis=[2]), pixels)
        if self.gamma:
            power = tf.exp(self._uniform(pixels, "gamma", step, -self.gamma, self.gamma))
            # exp(p log x) is x^p; tf.pow itself is slow on a CPU.
            pixels = tf.exp(power * tf.math.log(tf.maximum(pixels, 1e-4)))
        if self.contrast:
            factor = self._uniform(pixels, "contrast", step, 1.0 - self.contrast, 1.0 + self.contrast)
            mean = tf.reduce_mean(pixels, axis=(1, 2, 3), keepdims=True)
            pixels = mean + factor * (pixels - mean)
        if self.brightness:
            low, high = 1.0 - self.brightness, 1.0 + self.brightness
            pixels = pixels * self._uniform(pixels, "brightness", step, low, high)
        return tf.clip_by_value(pixels, 0.0, 1.0)

    def _soften(self, pixels: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        blurred = _blur(_blur(pixels))
        strength = self._uniform(pixels, "blur strength", step, 0.0, 1.0)
        is_chosen = self._uniform(pixels, "blur choice", step, 0.0, 1.0) < self.soften
        is_nonface = tf.reshape(labels, [-1, 1, 1, 1]) < 0.5
        return tf.where(is_chosen & is_nonface, pixels + strength * (blurred - pixels), pixels)

    def _uniform(
        self, pixels: tf.Tensor, purpose: str, step: tf.Tensor, low: float, high: float
    ) -> tf.Tensor:
        shape = [tf.shape(pixels)[0], 1, 1, 1]
        return tf.random.stateless_uniform(shape, key(self.seed, purpose, step), low, high)


def _blur(pixels: tf.Tensor) -> tf.Tensor:
    """The 3x3 binomial filter; edges repeat their outermost pixels."""
    left, middle, right = _BINOMIAL
    padded = tf.pad(pixels, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")
    rows = left * padded[:, :-2] + middle * padded[:, 1:-1] + right * padded[:, 2:]
    return left * rows[:, :, :-2] + middle * rows[:, :, 1:-1] + right * rows[:, :, 2:]
