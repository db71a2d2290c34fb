"""The SavedModel that leaves this project: pictures in, probabilities out, nothing else in it."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from facedebias.models.exported import scanning
from facedebias.models.face_model import FaceModel
from facedebias.safekeeping import atomic, checksums
from facedebias.safekeeping.folder_beside import folder_beside

SCAN = "scan"
"""Name of the signature that looks at whole pictures."""
Answer = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def export(model: FaceModel, image_shape: tuple[int, int, int], path: str | os.PathLike[str]) -> None:
    """Writes a SavedModel that needs only TensorFlow to be loaded.

    `serving_default` takes uint8 `(n, height, width, 3)` RGB under the name `images` and
    returns float32 `(n,)` `logits` and `probabilities` (of being a face, or of having the
    attribute). A DB-VAE also has the signature `encode`, which returns float32 `(n, latent_dim)`
    `latents`, the means. `scan` takes one or more larger pictures of the same size and says of all their
    windows about what `serving_default` would, see `scanning.scan`.

    Only what these answers need is written: no decoder, no optimizer, no sampler, whose
    tables tell which training face was seen how. `SHA256SUMS` lists what each file holds.

    Args:
        model: with its final weights.
        image_shape: height, width, 3.
        path: the folder to write; replaced if it exists.
    """
    images = tf.TensorSpec([None, *image_shape], tf.uint8, name="images")
    signatures = {
        name: tf.function(_of_any_number(function, image_shape), input_signature=[images])
        for name, function in model.signatures().items()
    }
    pictures = tf.TensorSpec([None, None, None, 3], tf.uint8, name="images")
    signatures[SCAN] = tf.function(functools.partial(scanning.scan, model), input_signature=[pictures])
    # Saving the Keras model itself would take along everything that hangs on it.
    holder = tf.Module()
    holder.weights = [variable.value for variable in model.prediction_variables]
    # For converters, some of which cannot follow the branch for an empty batch.
    holder.answer = tf.function(model.signatures()["serving_default"], input_signature=[images])
    path = Path(path)
    with folder_beside(path) as partial:
        tf.saved_model.save(holder, str(partial), signatures=signatures)
        checksums.write(partial)
        atomic.take_place(partial, path)


def _of_any_number(function: Answer, image_shape: tuple[int, int, int]) -> Answer:
    """A signature that also takes no pictures at all, which kernels of convolutions refuse."""

    def answer(images: tf.Tensor) -> dict[str, tf.Tensor]:
        count = tf.shape(images)[0]
        shown = tf.cond(count > 0, lambda: images, lambda: tf.zeros([1, *image_shape], tf.uint8))
        return {name: values[:count] for name, values in function(shown).items()}

    return answer
