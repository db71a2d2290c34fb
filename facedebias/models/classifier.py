"""The standard classifier."""

from typing import Any

import keras
import tensorflow as tf

from facedebias.models import losses, networks
from facedebias.models.face_model import FaceModel, StepResult
from facedebias.randomness import Places


@keras.saving.register_keras_serializable(package="facedebias")
class Classifier(FaceModel):
    """The lab's convolutional network with one logit: positive for a face.

    Args:
        image_shape: height, width, 3.
        width: filters of the first convolution.
        depth: convolutions at each size of the picture, 1 as in the lab.
        kwargs: of `FaceModel`.
    """

    def __init__(self, image_shape: tuple[int, int, int], width: int = 12, depth: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.image_shape, self.width, self.depth = tuple(image_shape), width, depth
        self.network = networks.Encoder(image_shape, 1, width, self.seed, self.num_shards, depth)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this model again, without its weights."""
        sizes = {"image_shape": list(self.image_shape), "width": self.width, "depth": self.depth}
        return super().get_config() | sizes

    @property
    def classifying_network(self) -> networks.Encoder:
        """All there is."""
        return self.network

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits, float32 `(batch,)`, of pictures uint8 `(batch, height, width, 3)`."""
        return self.network(self.pixels_of(images), training=training)[:, 0]

    def example_losses(
        self,
        pixels: tf.Tensor,
        images: tf.Tensor,
        labels: tf.Tensor,
        noise_key: tf.Tensor,
        num_faces: int | None,
        training: bool,
        places: Places | None = None,
    ) -> StepResult:
        """Cross entropy of each picture."""
        logits = self.network(pixels, training=training)[:, 0]
        example_losses = losses.classification(labels, logits)
        terms = tf.reduce_mean(example_losses)[None]
        return StepResult(example_losses, logits, terms, tf.zeros([0, 0]))
