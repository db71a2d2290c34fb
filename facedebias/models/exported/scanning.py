"""A look at a whole picture: about what a network answers for every window of it.

Neighbouring windows share most of their pixels, and the convolutions of a window are those of the picture
but at its rim, where a window is padded and the picture goes on. So they are run once over the picture, and
the dense layer behind them becomes one more convolution, as large as a window.

P. Sermanet et al., OverFeat: Integrated Recognition, Localization and Detection using Convolutional
Networks, ICLR 2014, section 3.5.
"""

import tensorflow as tf

from facedebias.models.augmentation import LEAST_CONTRAST, USUAL_CONTRAST, normalize
from facedebias.models.face_model import FaceModel
from facedebias.models.networks import STRIDE


def scan(model: FaceModel, images: tf.Tensor) -> dict[str, tf.Tensor]:
    """Scans pictures; what a model averages over mirror images, this takes of the pictures alone.

    Args:
        model: tells what the windows are that it takes.
        images: uint8 `(n, height, width, 3)`, no side shorter than a window's. They are mirrored at the
            right and the lower edge until their sides are multiples of 16.

    Returns:
        `logits`, float32 `(n, rows, columns)`, of windows whose left top corners are 16 pixels apart; and
        `step`, int32, these pixels.
    """
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    edges = [[0, 0], [0, -height % STRIDE], [0, -width % STRIDE], [0, 0]]
    pixels = normalize(tf.pad(images, edges, "SYMMETRIC"))
    if model.standardizes:
        pixels = _standardized_around(pixels, model.image_shape)
    return {"logits": model.classifying_network.scan(pixels), "step": tf.constant(STRIDE, tf.int32)}


def _standardized_around(pixels: tf.Tensor, window: tuple[int, ...]) -> tf.Tensor:
    """As `augmentation.standardized`, with mean and contrast of a window around each pixel."""
    parts = tf.stack([tf.reduce_mean(pixels, -1), tf.reduce_mean(tf.square(pixels), -1)], axis=-1)
    cells = tf.nn.avg_pool2d(parts, STRIDE, STRIDE, "VALID")
    around = tf.nn.avg_pool2d(cells, [side // STRIDE for side in window[:2]], 1, "SAME")
    mean, square = tf.split(tf.image.resize(around, tf.shape(pixels)[1:3]), 2, axis=-1)
    deviation = tf.sqrt(tf.maximum(square - tf.square(mean), 0.0))
    return USUAL_CONTRAST * (pixels - mean) / tf.maximum(deviation, LEAST_CONTRAST)
