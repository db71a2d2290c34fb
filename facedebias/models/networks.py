"""The networks of MIT 6.S191 lab 2: four strided convolutions down, four up.

Two things differ. The encoder may have more convolutions behind each of these. The lab's last
transposed convolution goes through a ReLU, ours is linear. Layers, weights and results are those of the
plain Keras layers; how they are computed is not (see `folding` and `subpixel`).
"""

import itertools
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from facedebias.models.layers.folding import FoldedBatchNormalization, convolve_folded
from facedebias.models.layers.subpixel import SubpixelConv2DTranspose
from facedebias.models.sharding import in_shards, split

# Filters as multiples of the width (12 in the lab), kernel sizes, from the picture inwards.
_FILTERS = (1, 2, 4, 6)
_KERNELS = (5, 5, 3, 3)
_FURTHER_KERNEL = 3  # of further convolutions at the same size, which the lab has not
_DENSE = 512
STRIDE = 2 ** len(_FILTERS)  # a picture's sides are divided by this
NUM_SIZES = len(_FILTERS)  # of a picture on its way inwards, with `depth` convolutions each


@keras.saving.register_keras_serializable(package="facedebias")
class Encoder(keras.Model):
    """Pixels to `num_outputs` numbers: the classifier, and the DB-VAE's encoder.

    Convolution with stride 2, ReLU, batch normalisation, four times; a dense layer of 512; the
    outputs. With `depth` d, d - 1 more convolutions without stride follow each of the four.

    Args:
        image_shape: height, width, 3; height and width multiples of 16.
        num_outputs: 1 for a classifier, 1 + 2 * latent_dim for a DB-VAE.
        width: filters of the first convolution; the others have 2, 4 and 6 times as many.
        seed: of the initial weights (Glorot and Bengio 2010, uniform).
        num_shards: parts of a training batch that are worked on side by side, see `sharding`.
        depth: convolutions at each size of the picture.

    Raises:
        ValueError: if the picture's sides are not multiples of 16.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_outputs: int,
        width: int = 12,
        seed: int = 0,
        num_shards: int = 1,
        depth: int = 1,
    ):
        super().__init__(name="encoder")
        _check(image_shape)
        self.num_shards, self._num_convolutions = num_shards, depth * len(_FILTERS)
        sizes = {"image_shape": list(image_shape), "num_outputs": num_outputs, "width": width, "depth": depth}
        self._arguments: dict[str, Any] = sizes | {"seed": seed, "num_shards": num_shards}
        initial = _initializers(seed)
        for number, (multiple, kernel, stride) in enumerate(_convolutions(depth)):
            convolution = layers.Conv2D(
                multiple * width, kernel, stride, "same", activation="relu", kernel_initializer=next(initial)
            )
            # An attribute each: checkpoints do not see into a Keras model's lists.
            setattr(self, f"convolution_{number}", convolution)
            setattr(self, f"normalization_{number}", FoldedBatchNormalization())
        self.hidden = layers.Dense(_DENSE, activation="relu", kernel_initializer=next(initial))
        self.head = layers.Dense(num_outputs, kernel_initializer=next(initial))
        self._build_layers(image_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this network again, without its weights."""
        return dict(self._arguments)

    @property
    def convolutions(self) -> list[layers.Conv2D]:
        """From the picture inwards."""
        return [getattr(self, f"convolution_{number}") for number in range(self._num_convolutions)]

    @property
    def normalizations(self) -> list[FoldedBatchNormalization]:
        """One behind each convolution."""
        return [getattr(self, f"normalization_{number}") for number in range(self._num_convolutions)]

    def _build_layers(self, image_shape: tuple[int, int, int]) -> None:
        height, breadth, channels = image_shape
        for convolution, normalization in zip(self.convolutions, self.normalizations, strict=True):
            convolution.build((None, height, breadth, channels))
            stride, channels = convolution.strides[0], convolution.filters
            height, breadth = height // stride, breadth // stride
            normalization.build((None, height, breadth, channels))
        self.hidden.build((None, height * breadth * channels))
        self.head.build((None, _DENSE))
        self.built = True

    def call(self, pixels: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Outputs `(batch, num_outputs)` of pixels float32 `(batch, height, width, 3)`."""
        return self.head(self.features(pixels, training))

    def features(self, pixels: tf.Tensor, training: bool = False) -> tf.Tensor:
        """What the outputs are linear in: float32 `(batch, 512)`, of pixels as for `call`."""
        shards = split(pixels, self.num_shards if training else 1)
        first, *others = self.convolutions
        shards = [first(x) for x in shards]
        scale, shift = self.normalizations[0].affine(shards, training)
        for convolution, normalization in zip(others, self.normalizations[1:], strict=True):
            shards = convolve_folded(convolution, shards, scale, shift)
            scale, shift = normalization.affine(shards, training)
        # The dense layer's kernel is larger than the activations: it is these that are scaled.
        features = [tf.reshape(x * scale + shift, [-1, self.hidden.kernel.shape[0]]) for x in shards]
        features = tf.concat(features, axis=0) if len(features) > 1 else features[0]
        return self.hidden(features)

    def scan(self, pixels: tf.Tensor) -> tf.Tensor:
        """About the first output for every part of larger pictures, `STRIDE` pixels apart.

        Args:
            pixels: float32 `(batch, height, width, 3)`, sides multiples of 16 and not below the encoder's.

        Returns:
            float32 `(batch, rows, columns)`.
        """
        for convolution, normalization in zip(self.convolutions, self.normalizations, strict=True):
            scale, shift = normalization.affine([], training=False)
            pixels = convolution(pixels) * scale + shift
        height, width, _ = self._arguments["image_shape"]
        window = [height // STRIDE, width // STRIDE, pixels.shape[-1], _DENSE]
        kernel = tf.reshape(self.hidden.kernel, window)
        hidden = tf.nn.relu(tf.nn.conv2d(pixels, kernel, 1, "VALID") + self.hidden.bias)
        return (tf.tensordot(hidden, self.head.kernel[:, :1], 1) + self.head.bias[:1])[..., 0]


@keras.saving.register_keras_serializable(package="facedebias")
class Decoder(keras.Model):
    """Latents to pixels: a dense layer, then four transposed convolutions with stride 2.

    The last one is linear. The lab's ends in a ReLU, which passes no gradient to a pixel at 0; nor
    could it rebuild the pixels below 0 of a standardized picture.

    Args:
        image_shape: of the pictures, as for `Encoder`.
        latent_dim: latents of a face.
        width: filters of the last hidden layer.
        seed: of the initial weights.
        num_shards: as for `Encoder`.

    Raises:
        ValueError: if the picture's sides are not multiples of 16.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        width: int = 12,
        seed: int = 0,
        num_shards: int = 1,
    ):
        super().__init__(name="decoder")
        _check(image_shape)
        self.num_shards = num_shards
        sizes = {"image_shape": list(image_shape), "latent_dim": latent_dim, "width": width}
        self._arguments: dict[str, Any] = sizes | {"seed": seed, "num_shards": num_shards}
        initial = _initializers(seed)
        height, breadth, channels = image_shape[0] // STRIDE, image_shape[1] // STRIDE, _FILTERS[-1] * width
        self._deepest = (height, breadth, channels)
        self.hidden = layers.Dense(
            height * breadth * channels, activation="relu", kernel_initializer=next(initial)
        )
        for number, (multiple, kernel) in enumerate(zip(_FILTERS[-2::-1], _KERNELS[:0:-1], strict=True)):
            convolution = layers.Conv2DTranspose(
                multiple * width, kernel, 2, "same", activation="relu", kernel_initializer=next(initial)
            )
            setattr(self, f"convolution_{number}", convolution)
        self.last = SubpixelConv2DTranspose(
            image_shape[-1], _KERNELS[0], 2, "same", kernel_initializer=next(initial)
        )
        self.hidden.build((None, latent_dim))
        for convolution in [*self.convolutions, self.last]:
            convolution.build((None, height, breadth, channels))
            height, breadth, channels = 2 * height, 2 * breadth, convolution.filters
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this network again, without its weights."""
        return dict(self._arguments)

    @property
    def convolutions(self) -> list[layers.Conv2DTranspose]:
        """From the latents outwards, all but the last."""
        return [getattr(self, f"convolution_{number}") for number in range(len(_FILTERS) - 1)]

    def call(self, latents: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Pixels float32 `(batch, height, width, 3)` of latents `(batch, latent_dim)`."""
        return tf.nn.depth_to_space(self.packed(latents), 2)

    def packed(self, latents: tf.Tensor) -> tf.Tensor:
        """`tf.nn.space_to_depth(pixels, 2)` of the pixels that `call` returns, for less work."""
        x = tf.reshape(self.hidden(latents), [-1, *self._deepest])
        return in_shards(self._enlarge, self.num_shards, x)

    def _enlarge(self, x: tf.Tensor) -> tf.Tensor:
        for convolution in self.convolutions:
            x = convolution(x)
        return self.last.packed(x)


def _convolutions(depth: int) -> Iterator[tuple[int, int, int]]:
    """Multiple of the width, kernel size and stride of each, from the picture inwards."""
    for multiple, kernel in zip(_FILTERS, _KERNELS, strict=True):
        yield multiple, kernel, 2
        yield from [(multiple, _FURTHER_KERNEL, 1)] * (depth - 1)


def _initializers(seed: int) -> Iterator[keras.Initializer]:
    """One a layer: an initializer with a seed gives the same numbers each time it is asked."""
    return (keras.initializers.GlorotUniform(seed * 100 + layer) for layer in itertools.count())


def _check(image_shape: tuple[int, int, int]) -> None:
    if image_shape[0] % STRIDE or image_shape[1] % STRIDE:
        raise ValueError(
            f"pictures of {image_shape[0]}x{image_shape[1]}; expected sides that are multiples of {STRIDE}."
        )
