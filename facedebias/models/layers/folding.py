"""Batch normalisation that is folded into the layer behind it, instead of a pass of its own.

Normalised activations scale * x + shift are only ever seen through the next layer's kernel, so
the kernel takes the scale and the shift becomes part of the bias. The activations themselves
are read for their statistics and otherwise left alone. The numbers are those of
`keras.layers.BatchNormalization` followed by the layer, up to rounding; benchmarks/training/rewrites.py
measures what it saves.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import layers

from facedebias.distribution import replicas


@keras.saving.register_keras_serializable(package="facedebias")
class FoldedBatchNormalization(layers.BatchNormalization):
    """Batch normalisation over all but the last axis (Ioffe and Szegedy 2015) as two vectors.

    The batch is that of all replicas together.
    """

    def affine(self, shards: Sequence[tf.Tensor], training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Scale and shift that normalise x, `(channels,)` each: the layer's output is scale * x + shift.

        Args:
            shards: parts of a batch, float32 `(pictures, height, width, channels)` each.
            training: whether the batch's statistics are used, and move the running ones.
        """
        if training:
            mean, variance = batch_statistics(*shards)
            for running, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moved = running * self.momentum + tf.stop_gradient(value) * (1.0 - self.momentum)
                replicas.assign(running, moved)
        else:
            mean, variance = self.moving_mean.value, self.moving_variance.value
        scale = self.gamma * tf.math.rsqrt(variance + self.epsilon)
        return scale, self.beta - mean * scale


@tf.custom_gradient
def batch_statistics(*shards: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], object]:
    """Mean and (population) variance over all axes but the last and all replicas, `(channels,)` each.

    The gradient is written out, d/dx = (d_mean + 2 (x - mean) d_variance) / n, because the one
    that TensorFlow derives reads and writes the activations several times more.

    Args:
        shards: parts of a batch, float32 `(pictures, height, width, channels)` each.
    """
    parts = [tf.reshape(x, [-1, x.shape[-1]]) for x in shards]
    count = tf.cast(tf.add_n([tf.shape(rows)[0] for rows in parts]), tf.float32)
    mean = replicas.mean(tf.add_n([tf.reduce_sum(rows, axis=0) for rows in parts]) / count)
    squares = [tf.reduce_sum(tf.math.squared_difference(rows, mean), axis=0) for rows in parts]
    variance = replicas.mean(tf.add_n(squares) / count)

    def gradient(d_mean: tf.Tensor, d_variance: tf.Tensor) -> list[tf.Tensor]:
        # They hang on the activations of all replicas, which have equally many pictures.
        d_mean, d_variance = replicas.means([d_mean, d_variance])
        slope = 2.0 * d_variance / count
        offset = d_mean / count - mean * slope
        return [x * slope + offset for x in shards]

    return (mean, variance), gradient


def convolve_folded(
    layer: layers.Conv2D, shards: Sequence[tf.Tensor], scale: tf.Tensor, shift: tf.Tensor
) -> list[tf.Tensor]:
    """ReLU of a convolution of scale * x + shift, without forming that.

    Args:
        layer: with one stride for both axes, "same" padding and a bias.
        shards: parts x of a batch, float32 `(pictures, height, width, channels)` each.
        scale: `(channels,)`.
        shift: likewise.
    """
    kernel, stride = layer.kernel.value, layer.strides[0]
    # Padding is zero behind the normalisation, so the shift does not reach the borders whole:
    # it is convolved as a picture, one for the batch.
    plane = tf.broadcast_to(shift, [1, *shards[0].shape[1:]])
    offset = tf.nn.conv2d(plane, kernel, stride, "SAME") + layer.bias
    scaled = kernel * scale[:, None]
    return [tf.nn.relu(tf.nn.conv2d(x, scaled, stride, "SAME") + offset) for x in shards]
