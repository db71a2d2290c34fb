"""What Keras' `fit`, `evaluate` and `predict` do with a batch."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.randomness import key

Batch = tuple[tf.Tensor, tf.Tensor | None, tf.Tensor | None]


class FitSteps(keras.Model):
    """The steps of `fit`, `evaluate` and `predict`; the base class of `FaceModel`.

    Data are (pictures, labels) or (pictures, labels, weights): pictures of the model's shape,
    uint8 or numbers from 0 to 255, which are rounded; labels `(batch,)` or `(batch, 1)`, 1 or 0;
    weights likewise. `sample_weight` and `class_weight` of `fit` become weights.

    - The loss is `sum(weight * loss) / batch`, as everywhere in Keras. A weight counts for the
      whole loss of its picture; for a DB-VAE these are the classification and the VAE terms.
    - The logs `classification`, `reconstruction` and `kl` are means without weights.
    - Metrics of `compile(metrics=[...])` see probabilities `(batch, 1)`, so that thresholds and
      `keras.metrics.AUC()` mean what they say; `weighted_metrics` see the weights, too. In `fit`
      they see the probabilities of the training step, in `evaluate` those that `predict` gives.
    - `compile` takes no loss: the model has its own.
    """

    term_names: tuple[str, ...] = ("loss",)
    image_shape: tuple[int, ...] = ()

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._means = [keras.metrics.Mean(name) for name in self.term_names]

    @property
    def metrics(self) -> list[keras.Metric]:
        """Running means of `term_names`, then the metrics of `compile`."""
        compiled = self._compile_metrics
        return [*self._means, *([] if compiled is None else [compiled])]

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of `fit`; the pictures of a batch may be in any order."""
        images, labels, weights = self._unpacked(data, "fit")
        result = self.update_weights(images, labels, weights=weights)
        self._update_means(result, labels, weights)
        return self.compute_metrics(images, labels, tf.sigmoid(result.logits), weights)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of `evaluate`."""
        images, labels, weights = self._unpacked(data, "evaluate")
        noise_key = key(self.seed, "latent noise", tf.constant(0, tf.int64))
        result = self.example_losses(self.pixels_of(images), images, labels, noise_key, None, training=False)
        self._update_means(result, labels, weights)
        # Mirrored pictures cost a pass more: only if somebody looks at the answers.
        is_mirrored = self._average_mirrored and self._compile_metrics is not None
        answers = self.answer(images) if is_mirrored else result.logits
        return self.compute_metrics(images, labels, tf.sigmoid(answers), weights)

    def predict_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of `predict`: `logits` and `probabilities`, float32 `(batch,)` each."""
        logits = self.answer(self._pictures(keras.utils.unpack_x_y_sample_weight(data)[0]))
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    def fit(self, *args: Any, class_weight: Mapping[int, float] | None = None, **kwargs: Any) -> Any:
        """Trains, as `keras.Model.fit` does; see above what data it takes.

        Args:
            args: of `keras.Model.fit`.
            class_weight: weights of the labels 0 and 1; one left out is 1.
            kwargs: of `keras.Model.fit`.

        Raises:
            InputError: if a key is neither 0 nor 1: Keras would leave it out without a word.
        """
        if unknown := [f'"{name}"' for name in class_weight or () if name not in (0, 1)]:
            raise InputError(
                f"class_weight: has the keys {', '.join(unknown)}; expected the numbers 0 (negative) and 1 "
                "(positive), not text."
            )
        return super().fit(*args, class_weight=class_weight, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> dict[str, np.ndarray]:
        """What the exported model answers, see `export`.

        Args:
            x: pictures uint8 `(n, height, width, 3)`, or anything that `keras.Model.predict` takes.
            args: of `keras.Model.predict`.
            kwargs: likewise.

        Returns:
            float32 `(n,)` `logits` and `probabilities`; of no picture, empty ones.
        """
        if getattr(x, "shape", None) and x.shape[0] == 0:
            return {name: np.zeros(0, np.float32) for name in ("logits", "probabilities")}
        return super().predict(x, *args, **kwargs)

    def compute_metrics(
        self, x: tf.Tensor, y: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """Updates the metrics of `compile`, and returns all results.

        Args:
            x: pictures; not looked at.
            y: labels `(batch,)` or `(batch, 1)`.
            y_pred: probabilities, likewise.
            sample_weight: likewise, or None.
        """
        # As columns: "accuracy" and others guess from the last dimension what they are given.
        columns = [
            None if column is None else tf.reshape(column, [-1, 1]) for column in (y, y_pred, sample_weight)
        ]
        return super().compute_metrics(x, *columns)

    def check_shape(self, images: tf.Tensor) -> None:
        """Raises InputError if pictures are known to have another shape than the model's."""
        shape = tf.TensorShape(images.shape)
        if self.image_shape and not shape.is_compatible_with([None, *self.image_shape]):
            expected = _sides(self.image_shape)
            raise InputError(
                f"a batch of pictures of shape {_sides(shape)}; expected batch x {expected}. Resize the "
                f"pictures to {expected}, or make a model with their image_shape."
            )

    def _unpacked(self, data: Any, method: str) -> Batch:
        """Pictures uint8, labels float32 `(batch,)`, weights float32 `(batch,)` or None."""
        if self._compile_loss is not None:
            raise InputError(
                "compile(loss=...): the model has a loss of its own; leave the argument out. To weigh "
                "pictures, use sample_weight or class_weight of fit."
            )
        images, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        if labels is None:
            raise InputError(f"{method}: got pictures without labels; expected (pictures, labels).")
        images = self._pictures(images)
        labels = _column(labels, "labels", images)
        return images, labels, None if weights is None else _column(weights, "weights", images)

    def _pictures(self, images: tf.Tensor) -> tf.Tensor:
        """Pictures as uint8, whatever numbers from 0 to 255 they were."""
        images = tf.convert_to_tensor(images)
        self.check_shape(images)
        if self.image_shape:  # a graph for several shapes learns of them only as it runs
            images = tf.ensure_shape(images, [None, *self.image_shape])
        if images.dtype == tf.uint8:
            return images
        if images.dtype.is_integer:
            return tf.saturate_cast(images, tf.uint8)
        highest = tf.reduce_max(images)  # 0 is black on either scale
        is_scaled = (highest > 0) & (highest <= 1)
        message = "pictures are floats up to 1; expected 0 to 255. Multiply them by 255, or give uint8."
        with tf.control_dependencies([tf.debugging.Assert(~is_scaled, [message, highest])]):
            return tf.saturate_cast(tf.round(images), tf.uint8)

    def _update_means(self, result: Any, labels: tf.Tensor, weights: tf.Tensor | None) -> None:
        terms, sizes = tf.unstack(result.terms), self.term_sizes(labels)
        if weights is not None:
            terms[0] = tf.reduce_mean(weights * result.losses)
        for mean, term, size in zip(self._means, terms, sizes, strict=True):
            mean.update_state(term, sample_weight=size)

    def term_sizes(self, labels: tf.Tensor) -> list[tf.Tensor]:
        """How many pictures of a batch each of `term_names` is a mean of, float32 scalars.

        Args:
            labels: float32 `(batch,)`.
        """
        return [tf.cast(tf.size(labels), tf.float32)] * len(self.term_names)


def _column(values: tf.Tensor, name: str, images: tf.Tensor) -> tf.Tensor:
    """One number a picture as float32 `(batch,)`; of another number, an error instead of broadcasting."""
    values = tf.cast(values, tf.float32)
    if values.shape.rank not in (1, 2) or values.shape[1:].num_elements() not in (1, None):
        raise InputError(
            f"{name} of shape {_sides(values.shape)}; expected (batch,) or (batch, 1), one number a picture."
        )
    values = tf.reshape(values, [-1])
    size = tf.shape(images)[0]
    message = f"{name}: expected one number for each picture of a batch"
    with tf.control_dependencies([tf.debugging.assert_equal(tf.size(values), size, message)]):
        return tf.identity(values)


def _sides(shape: Iterable[int | None]) -> str:
    """A shape in words, e.g. "?x64x64x3"."""
    return "x".join("?" if side is None else str(side) for side in shape)
