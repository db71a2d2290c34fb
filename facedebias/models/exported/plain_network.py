"""The network of an export as plain Keras layers, which load without any code of this project."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from facedebias.models.augmentation import LEAST_CONTRAST, USUAL_CONTRAST
from facedebias.models.networks import NUM_SIZES, Encoder


def plain_model(
    weights: Sequence[np.ndarray],
    image_shape: tuple[int, int, int],
    standardize: bool,
    average_mirrored: bool,
) -> keras.Model:
    """The answer of a `FaceModel` as a functional model of plain layers.

    It takes uint8 `images` `(batch, height, width, 3)` and gives float32 `logits` and `probabilities`
    `(batch,)`, as the signature `serving_default` does. Of a DB-VAE's encoder the logit alone is kept.

    Args:
        weights: values of `FaceModel.prediction_variables`, in their order.
        image_shape: height, width, 3.
        standardize: as for `FaceModel`.
        average_mirrored: as for `FaceModel`.

    Raises:
        ValueError: if the weights are not those of an `Encoder`.
    """
    network = _without_folding(_encoder(weights, image_shape), image_shape)
    images = keras.Input(image_shape, dtype="uint8", name="images")
    pixels = layers.Rescaling(1.0 / 255.0, name="to_pixels")(images)
    if standardize:
        pixels = _standardized(pixels)
    logits = network(pixels)
    if average_mirrored:
        logits = 0.5 * (logits + network(ops.flip(pixels, axis=2)))
    logits = layers.Reshape((), name="logits")(logits)
    probabilities = layers.Activation("sigmoid", name="probabilities")(logits)
    model = keras.Model(images, {"logits": logits, "probabilities": probabilities}, name="facedebias")
    for number, operation in enumerate(model.operations):
        if not isinstance(operation, keras.layers.Layer):
            # Keras numbers them over all models that a process made.
            operation.name = f"operation_{number}"
    return model


def _encoder(weights: Sequence[np.ndarray], image_shape: tuple[int, int, int]) -> Encoder:
    """The encoder that has such weights, with them."""
    num_convolutions = sum(value.ndim == 4 for value in weights)
    if not num_convolutions or num_convolutions % NUM_SIZES or weights[-1].ndim != 1:
        raise ValueError("the weights are not those of this project's encoder")
    encoder = Encoder(
        image_shape,
        num_outputs=len(weights[-1]),
        width=weights[0].shape[-1],
        depth=num_convolutions // NUM_SIZES,
    )
    for variable, value in zip(encoder.variables, weights, strict=True):
        variable.assign(value)
    return encoder


def _without_folding(encoder: Encoder, image_shape: tuple[int, int, int]) -> keras.Model:
    pixels = keras.Input(image_shape, name="pixels")
    x: Any = pixels
    for number, (convolution, normalization) in enumerate(
        zip(encoder.convolutions, encoder.normalizations, strict=True)
    ):
        own = layers.Conv2D(
            convolution.filters,
            convolution.kernel_size,
            convolution.strides,
            "same",
            activation="relu",
            name=f"convolution_{number}",
        )
        plain = layers.BatchNormalization(epsilon=normalization.epsilon, name=f"normalization_{number}")
        x = plain(own(x))
        own.set_weights(convolution.get_weights())
        plain.set_weights(normalization.get_weights())
    hidden = layers.Dense(encoder.hidden.units, activation="relu", name="hidden")
    head = layers.Dense(1, name="head")
    x = head(hidden(layers.Flatten(name="flat")(x)))
    hidden.set_weights(encoder.hidden.get_weights())
    kernel, bias = encoder.head.get_weights()
    head.set_weights([kernel[:, :1], bias[:1]])
    return keras.Model(pixels, x, name="network")


def _standardized(pixels: Any) -> Any:
    """As `augmentation.standardized` has it, by operations that Keras saves."""
    centred = pixels - ops.mean(pixels, axis=(1, 2, 3), keepdims=True)
    variance = ops.mean(ops.square(centred), axis=(1, 2, 3), keepdims=True)
    return USUAL_CONTRAST * centred / ops.maximum(ops.sqrt(variance), LEAST_CONTRAST)
