"""The lab's training procedure (MIT 6.S191, lab 2), written anew from its description.

All pictures in memory; batches by `np.random.choice` without replacement, faces with
probabilities; conversion to float on the host; one Python call a step; batch normalisation in
inference mode; probabilities from a pass of the encoder over all faces, once an epoch.
"""

import numpy as np
import tensorflow as tf

from benchmarks.training import keras_reference

BATCH_SIZE = 32
_BINS = 10
_SMOOTHING = 0.001
_PASS_BATCH = 1024


class HostBatches:
    """Batches as the lab makes them; frameworks differ only in what they do with them."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, seed: int = 0):
        self._images, self._half = images, batch_size // 2
        self.faces, self._nonfaces = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        self.probabilities: np.ndarray | None = None
        self._random = np.random.RandomState(seed)
        self._labels = np.concatenate([np.ones(self._half), np.zeros(self._half)]).astype(np.float32)

    def __next__(self) -> tuple[np.ndarray, np.ndarray]:
        """Pixels float32 in [0, 1] and labels float32 of a batch, faces first."""
        faces = self._random.choice(self.faces, self._half, replace=False, p=self.probabilities)
        nonfaces = self._random.choice(self._nonfaces, self._half, replace=False)
        return self.pixels(np.concatenate([faces, nonfaces])), self._labels

    def pixels(self, rows: np.ndarray) -> np.ndarray:
        """Pixels float32 in [0, 1]."""
        return self._images[rows].astype(np.float32) / 255.0


def probabilities_of(latents: np.ndarray) -> np.ndarray:
    """The lab's probabilities: largest, over the latents, of 1 / smoothed density."""
    highest = np.zeros(len(latents))
    for latent in latents.T:
        density, edges = np.histogram(latent, _BINS, density=True)
        edges[0], edges[-1] = -np.inf, np.inf
        density = density + _SMOOTHING
        weights = 1.0 / (density / density.sum())[np.digitize(latent, edges) - 1]
        highest = np.maximum(highest, weights / weights.sum())
    return highest / highest.sum()


def augmented(pixels: tf.Tensor) -> tf.Tensor:
    """Flips, moves, light, colours and standardization of `train.py`'s defaults, by functions of `tf.image`.

    Light and colours are the same for a batch, as those functions have it, which costs least.

    Args:
        pixels: float32 `(batch, height, width, 3)` in [0, 1].
    """
    size, side = tf.shape(pixels)[0], tf.cast(tf.shape(pixels)[1], tf.float32)

    def between(least: float, most: float) -> tf.Tensor:
        return tf.random.uniform([size], least, most)

    angle, zoom = between(-0.42, 0.42), tf.exp(between(-0.2, 0.2))
    stretch, none = tf.exp(between(-0.1, 0.1)), tf.zeros([size])
    cosine, sine = tf.cos(angle), tf.sin(angle)
    a, b = cosine / (zoom * stretch), -sine * stretch / zoom
    c, d = sine / (zoom * stretch), cosine * stretch / zoom
    right, down = (side / 2 + between(-0.1, 0.1) * side for _ in range(2))
    moves = [a, b, side / 2 - a * right - b * down, c, d, side / 2 - c * right - d * down, none, none]
    pixels = tf.image.random_flip_left_right(pixels)
    pixels = tf.raw_ops.ImageProjectiveTransformV3(
        images=pixels,
        transforms=tf.stack(moves, axis=1),
        output_shape=tf.shape(pixels)[1:3],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )
    pixels = tf.image.adjust_gamma(
        tf.clip_by_value(pixels, 0.0, 1.0), tf.exp(tf.random.uniform([], -0.7, 0.7))
    )
    pixels = tf.image.random_brightness(pixels, 0.3)
    pixels = tf.image.random_saturation(pixels, 0.0, 1.5)
    pixels *= tf.exp(0.1 * tf.random.normal([size, 1, 1, 3]))
    return tf.image.per_image_standardization(pixels)


class LabTraining:
    """The procedure in TensorFlow.

    Args:
        images: uint8 `(n, 64, 64, 3)`.
        labels: float32 `(n,)`.
        model: "classifier" or "dbvae".
        batch_size: pictures in a batch.
        augment: whether pictures are changed as `train.py` does by default, see `augmented`.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        model: str,
        batch_size: int = BATCH_SIZE,
        augment: bool = False,
    ):
        self._augments = augment
        self._batches = HostBatches(images, labels, batch_size)
        self._model = keras_reference.create(model)
        if model == "dbvae":
            # Before the first pass: drawing with probabilities costs what it costs later.
            self._batches.probabilities = np.full(len(self._batches.faces), 1 / len(self._batches.faces))

    @tf.function
    def _step(self, pixels: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._model.step(augmented(pixels) if self._augments else pixels, labels, training=False)

    @tf.function
    def _latents(self, pixels: tf.Tensor) -> tf.Tensor:
        return self._model.latents(pixels)

    def run(self, num_steps: int) -> None:
        """Takes steps."""
        for _ in range(num_steps):
            loss = self._step(*next(self._batches))
        loss.numpy()

    def refresh(self, num_faces: int) -> None:
        """The epoch's pass: latents of the first `num_faces` faces, histograms, probabilities."""
        faces = self._batches.faces[:num_faces]
        parts = [
            self._latents(self._batches.pixels(faces[start : start + _PASS_BATCH])).numpy()
            for start in range(0, len(faces), _PASS_BATCH)
        ]
        probabilities = probabilities_of(np.concatenate(parts))
        if num_faces >= len(self._batches.faces):
            self._batches.probabilities = probabilities
