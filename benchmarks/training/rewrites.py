r"""Each rewritten part of the training step beside the plain one, alone.

    python -m benchmarks.training.rewrites --output=benchmarks/results/rewrites.json

Forward and backward on one core, as the part runs on its shard, in milliseconds and as a ratio;
sizes as in the DB-VAE's step of 128 pictures, 64 of them faces.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from absl import app, flags

from benchmarks import measure
from facedebias import machine

_ROUNDS = flags.DEFINE_integer("rounds", 15, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_BATCH, _FACES = 128, 64


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    machine.import_tensorflow()
    machine.one_shard_per_core()
    figures: dict[str, Any] = {}
    for part in (batch_normalisation, transposed_convolution, adam, flip, gamma_and_brightness, moves):
        plain, rewritten = measure_pair(*part())
        name = part.__name__
        figures[f"{name}_plain_ms"] = measure.figure(plain, "ms")
        figures[f"{name}_rewritten_ms"] = measure.figure(rewritten, "ms")
        figures[f"{name}_gain"] = measure.ratio(plain, rewritten)
    measure.write(_OUTPUT.value, figures)


def measure_pair(*functions: Callable[[], object]) -> list[list[float]]:
    """Milliseconds of each function, in turn."""
    for function in functions:
        function()
    found: list[list[float]] = [[] for _ in functions]
    for _ in range(_ROUNDS.value):
        for function, values in zip(functions, found, strict=True):
            start = time.perf_counter()
            function()
            values.append(1e3 * (time.perf_counter() - start))
    return found


def compiled(loss: Callable[..., Any], weights: Callable[[], list[Any]]) -> Callable[[], object]:
    """Forward and backward as one graph."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def run() -> list[Any]:
        watched = weights()
        with tf.GradientTape() as tape:
            tape.watch(watched)
            value = loss(*watched)
        return tape.gradient(value, watched)

    return run


def batch_normalisation() -> tuple[Callable[[], object], Callable[[], object]]:
    """Keras' layer; the statistics, which are all that is left of it (the first layer's size)."""
    import keras
    import tensorflow as tf

    from facedebias.models.layers.folding import batch_statistics

    x = tf.random.stateless_normal([_BATCH, 32, 32, 12], [1, 2])
    layer = keras.layers.BatchNormalization()
    layer.build(x.shape)

    from_above = tf.random.stateless_normal(x.shape, [3, 4])

    def plain(x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(from_above * layer(x, training=True))

    def rewritten(x: tf.Tensor) -> tf.Tensor:
        mean, variance = batch_statistics(x)
        return tf.reduce_sum(mean) + tf.reduce_sum(variance)

    return compiled(plain, lambda: [tf.identity(x)]), compiled(rewritten, lambda: [tf.identity(x)])


def transposed_convolution() -> tuple[Callable[[], object], Callable[[], object]]:
    """The decoder's last layer with the L1 loss, on pixels in their places and packed."""
    import keras
    import tensorflow as tf

    from facedebias.models.layers.subpixel import SubpixelConv2DTranspose

    x = tf.random.stateless_normal([_FACES, 32, 32, 12], [1, 2])
    target = tf.random.stateless_uniform([_FACES, 64, 64, 3], [1, 3])
    plain, rewritten = (
        make(3, 5, 2, "same") for make in (keras.layers.Conv2DTranspose, SubpixelConv2DTranspose)
    )
    for layer in (plain, rewritten):
        layer.build(x.shape)

    def plain_loss(x: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.abs(target - plain(x)))

    def packed_loss(x: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.abs(tf.nn.space_to_depth(target, 2) - rewritten.packed(x)))

    return (
        compiled(plain_loss, lambda: [tf.identity(x), plain.kernel.value, plain.bias.value]),
        compiled(packed_loss, lambda: [tf.identity(x), rewritten.kernel.value, rewritten.bias.value]),
    )


def adam() -> tuple[Callable[[], object], Callable[[], object]]:
    """Keras' optimizer and the fused one on the DB-VAE's variables."""
    import keras
    import tensorflow as tf

    from facedebias.models.adam import FusedAdam
    from facedebias.models.dbvae import DBVAE

    def step_of(optimizer: keras.Optimizer) -> Callable[[], object]:
        variables = DBVAE((64, 64, 3)).trainable_variables
        gradients = [tf.fill(variable.shape, 1e-3) for variable in variables]
        optimizer.build(variables)

        @tf.function(autograph=False)
        def step() -> None:
            optimizer.apply(gradients, variables)

        return step

    return step_of(keras.optimizers.Adam(1e-3)), step_of(FusedAdam(1e-3))


def flip() -> tuple[Callable[[], object], Callable[[], object]]:
    """Half of the pictures mirrored, and normalized."""
    import tensorflow as tf

    def plain(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(images, tf.float32) / 255.0
        is_mirrored = tf.random.stateless_uniform([_BATCH, 1, 1, 1], tf.stack([1, step])) < 0.5
        return tf.where(is_mirrored, tf.reverse(pixels, axis=[2]), pixels)

    return _augmentations(plain, flip=True)


def gamma_and_brightness() -> tuple[Callable[[], object], Callable[[], object]]:
    """Pixels to a power, times a factor, cut at 1."""
    import tensorflow as tf

    def plain(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(images, tf.float32) / 255.0
        shape = [_BATCH, 1, 1, 1]
        power = tf.exp(tf.random.stateless_uniform(shape, tf.stack([1, step]), -0.7, 0.7))
        gain = tf.random.stateless_uniform(shape, tf.stack([2, step]), 0.7, 1.3)
        return tf.clip_by_value(gain * tf.pow(pixels, power), 0.0, 1.0)

    return _augmentations(plain, gamma=0.7, brightness=0.3)


def moves() -> tuple[Callable[[], object], Callable[[], object]]:
    """Pictures turned, enlarged, stretched and moved, by TensorFlow's operation and by own lookups."""
    import tensorflow as tf

    from facedebias.models.augmentation import Augmentation
    from facedebias.models.layers.moves import transforms

    options: dict[str, Any] = {"zoom": 0.2, "stretch": 0.2, "rotate": 24.0, "shift": 0.1}
    augmentation, labels = Augmentation(**options), tf.ones([_BATCH])

    def plain(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        draws = augmentation._draw(labels, step)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=transforms((64, 64), tf.zeros([_BATCH], tf.bool), draws),
            output_shape=[64, 64],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )
        return tf.cast(moved, tf.float32) / 255.0

    return _augmentations(plain, **options)


def _augmentations(
    plain: Callable[..., Any], **options: Any
) -> tuple[Callable[[], object], Callable[[], object]]:
    import tensorflow as tf

    from facedebias.models.augmentation import Augmentation

    images = tf.constant(np.random.default_rng(0).integers(0, 256, (_BATCH, 64, 64, 3), np.uint8))
    step, labels, change = tf.constant(1, tf.int64), tf.ones([_BATCH]), Augmentation(**options)
    first = tf.function(plain, autograph=False)

    @tf.function(autograph=False)
    def second(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        return change(images, labels, step)

    return lambda: first(images, step), lambda: second(images, step)


if __name__ == "__main__":
    app.run(main)
