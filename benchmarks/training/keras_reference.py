"""The classifier and the DB-VAE as a Keras user would write them: what this project is measured against.

Keras' own layers in functional models, Keras' Adam, every picture of a batch decoded and the
non-faces' losses masked. No code in common with facedebias.models, whose results must equal
these (tests/models/test_networks.py).
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import layers

SHAPE = (64, 64, 3)
LATENT_DIM = 100
KL_WEIGHT = 0.0005
LEARNING_RATE = 5e-4


def encoder(num_outputs: int, shape: Sequence[int] = SHAPE, width: int = 12) -> keras.Model:
    """Pixels in [0, 1] to `num_outputs` numbers."""
    stack = [keras.Input(shape)]
    for filters, kernel in ((width, 5), (2 * width, 5), (4 * width, 3), (6 * width, 3)):
        stack.append(layers.Conv2D(filters, kernel, 2, "same", activation="relu"))
        stack.append(layers.BatchNormalization())
    stack += [layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dense(num_outputs)]
    return keras.Sequential(stack)


def decoder(latent_dim: int = LATENT_DIM, shape: Sequence[int] = SHAPE, width: int = 12) -> keras.Model:
    """Latents to pixels."""
    height, breadth = shape[0] // 16, shape[1] // 16
    stack = [
        keras.Input((latent_dim,)),
        layers.Dense(height * breadth * 6 * width, activation="relu"),
        layers.Reshape((height, breadth, 6 * width)),
    ]
    for filters, kernel in ((4 * width, 3), (2 * width, 3), (width, 5)):
        stack.append(layers.Conv2DTranspose(filters, kernel, 2, "same", activation="relu"))
    return keras.Sequential([*stack, layers.Conv2DTranspose(shape[-1], 5, 2, "same")])


class PlainClassifier(keras.Model):
    """Cross entropy on faces and non-faces; pixels float32 `(batch, height, width, 3)` in [0, 1]."""

    def __init__(self, shape: Sequence[int] = SHAPE, width: int = 12, num_outputs: int = 1):
        super().__init__()
        self.encoder = encoder(num_outputs, shape, width)
        self.loss_tracker = keras.metrics.Mean("loss")

    @property
    def metrics(self) -> list[keras.Metric]:
        """The running loss, which `fit` shows."""
        return [self.loss_tracker]

    def call(self, pixels: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits `(batch, 1)`; of a DB-VAE also what follows them."""
        return self.encoder(pixels, training=training)

    def loss_of(self, pixels: tf.Tensor, labels: tf.Tensor, training: bool) -> tf.Tensor:
        """Mean loss of a batch."""
        logits = self(pixels, training=training)[:, 0]
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of `fit`."""
        self.loss_tracker.update_state(self.step(*data, training=True))
        return {"loss": self.loss_tracker.result()}

    def step(self, pixels: tf.Tensor, labels: tf.Tensor, training: bool) -> tf.Tensor:
        """Descends; `training` False leaves batch normalisation in inference mode, as the lab does."""
        with tf.GradientTape() as tape:
            loss = self.loss_of(pixels, labels, training)
        gradients = tape.gradient(loss, [weight.value for weight in self.trainable_variables])
        self.optimizer.apply(gradients, self.trainable_variables)
        return loss


class PlainDBVAE(PlainClassifier):
    """Cross entropy, and for faces L1 reconstruction + KL_WEIGHT * KL."""

    def __init__(self, shape: Sequence[int] = SHAPE, latent_dim: int = LATENT_DIM, width: int = 12):
        super().__init__(shape, width, 1 + 2 * latent_dim)
        self.decoder = decoder(latent_dim, shape, width)

    def noise(self, z_mean: tf.Tensor) -> tf.Tensor:
        """Standard normal numbers of the latents' shape."""
        return tf.random.normal(tf.shape(z_mean))

    def loss_of(self, pixels: tf.Tensor, labels: tf.Tensor, training: bool) -> tf.Tensor:
        """Mean loss of a batch."""
        outputs = self.encoder(pixels, training=training)
        z_mean, z_log_var = tf.split(outputs[:, 1:], 2, axis=1)
        rebuilt = self.decoder(z_mean + tf.exp(0.5 * z_log_var) * self.noise(z_mean), training=training)
        reconstruction = tf.reduce_mean(tf.abs(pixels - rebuilt), axis=(1, 2, 3))
        kl = 0.5 * tf.reduce_sum(tf.exp(z_log_var) + z_mean**2 - 1.0 - z_log_var, axis=1)
        classification = tf.nn.sigmoid_cross_entropy_with_logits(labels, outputs[:, 0])
        return tf.reduce_mean(classification + labels * (reconstruction + KL_WEIGHT * kl))

    def latents(self, pixels: tf.Tensor) -> tf.Tensor:
        """Mean latents `(batch, latent_dim)`."""
        return tf.split(self(pixels)[:, 1:], 2, axis=1)[0]


def create(model: str) -> PlainClassifier:
    """The named model ("classifier" or "dbvae") with its optimizer."""
    network = {"classifier": PlainClassifier, "dbvae": PlainDBVAE}[model]()
    network.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), jit_compile=False)
    network(np.zeros((1, *SHAPE), np.float32))
    if model == "dbvae":
        network.decoder(np.zeros((1, LATENT_DIM), np.float32))
    network.optimizer.build(network.trainable_variables)
    return network


class KerasFit:
    """`model.fit` on a tf.data pipeline of the pictures in memory, shuffled, batched, prefetched."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, model: str, batch_size: int):
        self._model = create(model)
        batches = tf.data.Dataset.from_tensor_slices(np.arange(len(labels))).shuffle(len(labels))
        batches = batches.repeat().batch(batch_size)

        def load(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pictures = tf.numpy_function(lambda rows: images[rows], [rows], tf.uint8, stateful=False)
            pictures.set_shape((batch_size, *SHAPE))
            return pixels(pictures), tf.gather(labels, rows)

        self._batches = batches.map(load, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def run(self, num_steps: int) -> None:
        """Takes steps."""
        self._model.fit(self._batches, steps_per_epoch=num_steps, epochs=1, verbose=0)


class KerasStep:
    """The plain train step on one batch that never changes, many steps to a call."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, model: str, batch_size: int):
        self._model = create(model)
        rows = balanced_rows(labels, batch_size)
        # A variable: what is done to a constant is done once, before the loop.
        self._images, self._labels = tf.Variable(images[rows], trainable=False), tf.constant(labels[rows])

    @tf.function
    def _run(self, num_steps: tf.Tensor) -> None:
        for _ in tf.range(num_steps):
            self._model.step(pixels(self._images), self._labels, training=True)

    def run(self, num_steps: int) -> None:
        """Takes steps."""
        self._run(tf.constant(num_steps))


def pixels(images: tf.Tensor) -> tf.Tensor:
    """Float32 in [0, 1] of uint8."""
    return tf.cast(images, tf.float32) / 255.0


def balanced_rows(labels: np.ndarray, batch_size: int) -> np.ndarray:
    """The first rows of both classes, faces before non-faces."""
    half = batch_size // 2
    return np.concatenate([np.flatnonzero(labels == 1)[:half], np.flatnonzero(labels == 0)[:half]])
