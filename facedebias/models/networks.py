"""The networks of MIT 6.S191 lab 2: four strided convolutions down, four up."""

import itertools
from collections.abc import Iterator

import keras
from keras import layers

# Filters as multiples of the width (12 in the lab), kernel sizes, from the picture inwards.
_FILTERS = (1, 2, 4, 6)
_KERNELS = (5, 5, 3, 3)
_DENSE = 512
STRIDE = 2 ** len(_FILTERS)  # a picture's sides are divided by this


def encoder(
    image_shape: tuple[int, int, int], num_outputs: int, width: int = 12, seed: int = 0
) -> keras.Model:
    """Pixels to `num_outputs` numbers: the classifier, and the DB-VAE's encoder.

    Convolution with stride 2, ReLU, batch normalisation, four times; a dense layer of 512; the
    outputs.

    Args:
        image_shape: height, width, 3; height and width multiples of 16.
        num_outputs: 1 for a classifier, 1 + 2 * latent_dim for a DB-VAE.
        width: filters of the first convolution; the others have 2, 4 and 6 times as many.
        seed: of the initial weights (Glorot and Bengio 2010, uniform).

    Raises:
        ValueError: if the picture's sides are not multiples of 16.
    """
    _check(image_shape)
    initial = _initializers(seed)
    pixels = keras.Input(image_shape, name="pixels")
    x = pixels
    for multiple, kernel in zip(_FILTERS, _KERNELS, strict=True):
        x = layers.Conv2D(
            multiple * width, kernel, 2, "same", activation="relu", kernel_initializer=next(initial)
        )(x)
        x = layers.BatchNormalization()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(_DENSE, activation="relu", kernel_initializer=next(initial))(x)
    outputs = layers.Dense(num_outputs, kernel_initializer=next(initial))(x)
    return keras.Model(pixels, outputs, name="encoder")


def decoder(
    image_shape: tuple[int, int, int], latent_dim: int, width: int = 12, seed: int = 0
) -> keras.Model:
    """Latents to pixels: a dense layer, then four transposed convolutions with stride 2.

    Args:
        image_shape: of the pictures, as for `encoder`.
        latent_dim: latents of a face.
        width: filters of the last hidden layer.
        seed: of the initial weights.
    """
    _check(image_shape)
    initial = _initializers(seed)
    height, breadth = image_shape[0] // STRIDE, image_shape[1] // STRIDE
    deepest = _FILTERS[-1] * width
    latents = keras.Input((latent_dim,), name="latents")
    size = height * breadth * deepest
    x = layers.Dense(size, activation="relu", kernel_initializer=next(initial))(latents)
    x = layers.Reshape((height, breadth, deepest))(x)
    for multiple, kernel in zip(_FILTERS[-2::-1], _KERNELS[:0:-1], strict=True):
        x = layers.Conv2DTranspose(
            multiple * width, kernel, 2, "same", activation="relu", kernel_initializer=next(initial)
        )(x)
    pixels = layers.Conv2DTranspose(
        image_shape[-1], _KERNELS[0], 2, "same", kernel_initializer=next(initial)
    )(x)
    return keras.Model(latents, pixels, name="decoder")


def _initializers(seed: int) -> Iterator[keras.Initializer]:
    """One a layer: an initializer with a seed gives the same numbers each time it is asked."""
    return (keras.initializers.GlorotUniform(seed * 100 + layer) for layer in itertools.count())


def _check(image_shape: tuple[int, int, int]) -> None:
    if image_shape[0] % STRIDE or image_shape[1] % STRIDE:
        raise ValueError(
            f"pictures of {image_shape[0]}x{image_shape[1]}; expected sides that are multiples of {STRIDE}."
        )
