"""A transposed convolution as an ordinary one on the small picture.

With stride 2 each of the four pixels that stem from one input pixel sees its own few taps of
the kernel. Collected into one 3x3 kernel they give the four pixels as channels (Shi et al. 2016,
"Is the deconvolution layer the same as a convolutional layer?"), which suits a processor far
better than three channels of a large picture.
"""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="facedebias")
class SubpixelConv2DTranspose(layers.Conv2DTranspose):
    """`Conv2DTranspose` with stride 2, "same" padding and a kernel of 3 or 5, computed on the small side."""

    def packed(self, x: tf.Tensor) -> tf.Tensor:
        """The layer's output before its pixels are put in their places.

        Args:
            x: float32 `(batch, height, width, channels)`.

        Returns:
            `(batch, height, width, 4 * filters)`, what `tf.nn.space_to_depth(output, 2)` gives.
        """
        packed = tf.nn.conv2d(x, subpixel_kernel(self.kernel.value), 1, "SAME")
        return tf.nn.bias_add(packed, tf.tile(self.bias.value, [4]))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Output `(batch, 2 * height, 2 * width, filters)`."""
        return tf.nn.depth_to_space(self.packed(x), 2)


def subpixel_kernel(kernel: tf.Tensor) -> tf.Tensor:
    """The 3x3 kernel that does with stride 1 what `kernel` does transposed with stride 2.

    Output pixel 2q + p (p = 0 or 1) of the transposed convolution sums, over d = -1, 0, 1,
    input pixel q + d times tap p + pad - 2d, pad = (size - 2) // 2; taps outside the kernel are 0.

    Args:
        kernel: `(size, size, filters, channels)`, size 3 or 5.

    Returns:
        `(3, 3, channels, 4 * filters)`; output channels in the order of `tf.nn.depth_to_space`.
    """
    size, _, filters, channels = kernel.shape
    before = 2 - (size - 2) // 2
    edges = [before, 6 - size - before]
    # Padded to 6 taps, tap p + pad - 2d lies at p + 2(1 - d): pairs of p, d running backwards.
    taps = tf.reshape(tf.pad(kernel, [edges, edges, [0, 0], [0, 0]]), [3, 2, 3, 2, filters, channels])
    taps = tf.transpose(tf.reverse(taps, [0, 2]), [0, 2, 5, 1, 3, 4])
    return tf.reshape(taps, [3, 3, channels, 4 * filters])
