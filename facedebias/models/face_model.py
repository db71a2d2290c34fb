"""What the classifier and the DB-VAE share: the training step."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import keras
import numpy as np
import tensorflow as tf

from facedebias.distribution import replicas
from facedebias.models.augmentation import Augmentation, normalize, standardized
from facedebias.models.fit_steps import FitSteps
from facedebias.models.networks import Encoder
from facedebias.models.penalties import Penalty
from facedebias.models.sharding import in_shards
from facedebias.randomness import Places, key


class StepResult(NamedTuple):
    """What one training step reveals.

    Attributes:
        losses: float32 `(batch,)`, the loss of each example.
        logits: float32 `(batch,)`, with the batch's statistics.
        terms: float32 `(len(model.term_names),)`, means over the batch, for the log.
        latents: float32 `(num_latents, latent_dim)`, the means of the first pictures, as they were
            after augmentation; the second dimension is 0 for a model without latents.
    """

    losses: tf.Tensor
    logits: tf.Tensor
    terms: tf.Tensor
    latents: tf.Tensor


class FaceModel(FitSteps):
    """A binary classifier of uint8 pictures that knows how to train itself on a batch.

    A subclass gives `image_shape`, `term_names`, `call`, `example_losses` and `classifying_network`.

    Args:
        augmentation: of training pictures; None changes nothing.
        average_mirrored: whether an answer is the mean of the logits of a picture and of its
            mirror image: as a face turned the other way is no less of a face.
        standardize: whether the network sees pictures without their light, see `standardized`.
        seed: of the initial weights and of the noise in a training step.
        num_shards: parts of a training batch that are worked on side by side, see `sharding`.
    """

    image_shape: tuple[int, ...]
    """Height, width and 3 of the pictures it takes."""
    latent_dim = 0
    """Latents of a picture; a model that has some gives `encode` and `decode`."""

    def __init__(
        self,
        augmentation: Augmentation | None = None,
        average_mirrored: bool = False,
        standardize: bool = False,
        seed: int = 0,
        num_shards: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._augmentation = augmentation or Augmentation.only()
        self._average_mirrored, self._standardize = average_mirrored, standardize
        self.seed, self.num_shards = seed, num_shards

    @property
    def standardizes(self) -> bool:
        """Whether its network sees pictures without their light."""
        return self._standardize

    @property
    def changes_pictures(self) -> bool:
        """Whether it trains on pictures other than those it is given."""
        return self._augmentation.changes_pictures

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this model again, without its weights."""
        return super().get_config() | {
            "augmentation": dataclasses.asdict(self._augmentation),
            "average_mirrored": self._average_mirrored,
            "standardize": self._standardize,
            "seed": self.seed,
            "num_shards": self.num_shards,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Makes the model that `get_config` describes, with fresh weights."""
        return cls(**config | {"augmentation": Augmentation(**config["augmentation"])})

    @property
    def classifying_network(self) -> Encoder:
        """The network whose first output is the logit; the subclass knows."""
        raise TypeError(f"{type(self).__name__} does not define classifying_network")

    @property
    def prediction_variables(self) -> list[keras.Variable]:
        """The weights and batch statistics that a logit depends on."""
        return self.classifying_network.variables

    def pixels_of(self, images: tf.Tensor) -> tf.Tensor:
        """What the network sees of uint8 pictures: float32 `(batch, height, width, 3)`."""
        self.check_shape(images)
        return self._seen(normalize(images))

    def _seen(self, pixels: tf.Tensor) -> tf.Tensor:
        return standardized(pixels) if self._standardize else pixels

    def augmented(
        self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor, places: Places | None = None
    ) -> tf.Tensor:
        """What the network sees of pictures when it trains on them, as `pixels_of` returns it.

        Args:
            images: uint8 `(batch, height, width, 3)`.
            labels: float32 `(batch,)`, 1 face, 0 not.
            step: int64 scalar: the same step gives the same changes.
            places: of the pictures in the whole batch; None if they are it.
        """
        pixels = self._augmentation(images, labels, step, self.num_shards, places)
        return in_shards(self._seen, self.num_shards, pixels)

    def answer(self, images: tf.Tensor) -> tf.Tensor:
        """The logits that are validated and exported, float32 `(batch,)`.

        Args:
            images: uint8 `(batch, height, width, 3)`.
        """
        if not self._average_mirrored:
            return self(images, training=False)
        # As one batch: two of a single picture would take longer.
        both = self(tf.concat([images, tf.reverse(images, axis=[2])], axis=0), training=False)
        return tf.reduce_mean(tf.reshape(both, [2, -1]), axis=0)

    def score(self, images: tf.Tensor) -> tf.Tensor:
        """What `answer` returns, computed on all cores."""
        return in_shards(self.answer, self.num_shards, images)

    def signatures(self) -> dict[str, Callable[[tf.Tensor], dict[str, tf.Tensor]]]:
        """What an export can be asked: name -> function of uint8 `(n, height, width, 3)`."""
        return {"serving_default": self._predictions}

    def _predictions(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = self.answer(images)
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    def pictures(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """What shows how the model sees pictures: title -> pictures of the same number; none here.

        Args:
            images: uint8 `(n, height, width, 3)`.
        """
        del images
        return {}

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
        """Losses of a batch; see the subclass.

        Args:
            pixels: float32 `(batch, height, width, 3)`, as `pixels_of` or `augmented` returns them.
            images: uint8 of the same shape, the pictures that they are of, unchanged.
            labels: float32 `(batch,)`, 1 face, 0 not.
            noise_key: int64 `(2,)`, key of the step's random numbers.
            num_faces: says that the first `num_faces` pictures are the faces, and only they;
                None if the batch is in any order.
            training: whether batch statistics are used, and moved.
            places: of the pictures in the whole batch; None if they are it.
        """
        raise TypeError(f"{type(self).__name__} does not define example_losses")

    def update_weights(
        self,
        images: tf.Tensor,
        labels: tf.Tensor,
        num_faces: int | None = None,
        groups: tf.Tensor | None = None,
        penalty: Penalty | None = None,
        weights: tf.Tensor | None = None,
        places: Places | None = None,
    ) -> StepResult:
        """One step of gradient descent on the mean loss of a batch.

        Several replicas each call it with their part of a batch, of the same size and with as many
        faces, and take the step of the whole one together.

        Args:
            images: uint8 `(batch, height, width, 3)`.
            labels: float32 `(batch,)` or `(batch, 1)`.
            num_faces: as in `example_losses`; knowing it saves work, not more.
            groups: int32 `(batch,)`, for the penalty.
            penalty: what else the step is to follow; None for nothing.
            weights: float32 `(batch,)`, of the losses; None weighs them alike.
            places: of the pictures in the whole batch; None if they are it.

        Returns:
            What the step revealed of these pictures; `terms` are of the whole batch.
        """
        step = tf.identity(self.optimizer.iterations.value)
        labels = tf.reshape(labels, [-1])
        pixels = self.augmented(images, labels, step, places)
        variables = [variable.value for variable in self.trainable_variables]
        with tf.GradientTape(persistent=penalty is not None) as tape:
            noise_key = key(self.seed, "latent noise", step)
            result = self.example_losses(pixels, images, labels, noise_key, num_faces, True, places)
            loss = tf.reduce_mean(result.losses if weights is None else weights * result.losses)
            value = None if penalty is None else penalty(*_of_all(places, result.logits, labels, groups))
        if penalty is None:
            gradients = replicas.means(tape.gradient(loss, variables))
        else:
            gradients = penalty.gradients(tape, loss, value, variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return result._replace(terms=replicas.mean(result.terms))


def _of_all(places: Places | None, *parts: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Numbers of pictures, `(n,)` each, of all replicas: `(batch_size,)` each."""
    if places is None:
        return parts
    return tuple(replicas.gathered(part, places.own, places.batch_size) for part in parts)
