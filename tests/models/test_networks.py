"""The networks and their step against plain Keras ones of benchmarks/training/keras_reference.py."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.training import keras_reference
from facedebias.models import networks
from facedebias.models.adam import FusedAdam
from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE
from facedebias.models.layers.folding import batch_statistics
from facedebias.models.layers.subpixel import SubpixelConv2DTranspose
from facedebias.randomness import key

SHAPE = (32, 48, 3)
LABELS = tf.constant([1.0] * 5 + [0.0] * 3)


def pictures(count=8, seed=0, shape=SHAPE):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def values(variables):
    return [variable.numpy() for variable in variables]


class PlainDBVAE(keras_reference.PlainDBVAE):
    """With the noise of the real one's step 0: the first pictures' noise does not depend on their number."""

    def noise(self, z_mean):
        return tf.random.stateless_normal(tf.shape(z_mean), key(0, "latent noise", tf.constant(0, tf.int64)))


def twins(kind, num_shards=1):
    """A model of the package and a plain Keras model with equal weights; their weights in one order."""
    if kind == "dbvae":
        model = DBVAE(
            SHAPE, latent_dim=6, width=4, kl_weight=keras_reference.KL_WEIGHT, num_shards=num_shards
        )
        plain = PlainDBVAE(SHAPE, latent_dim=6, width=4)
        pairs = [(model.encoder, plain.encoder), (model.decoder, plain.decoder)]
    else:
        model = Classifier(SHAPE, width=4, num_shards=num_shards)
        plain = keras_reference.PlainClassifier(SHAPE, width=4)
        pairs = [(model.network, plain.encoder)]
    ours, theirs = [], []
    for network, reference in pairs:
        ours += ordered_weights(network)
        theirs += [weight for layer in reference.layers for weight in layer.weights]
    rng = np.random.default_rng(5)
    for mine, their in zip(ours, theirs, strict=True):
        assert mine.shape == their.shape
        # Not the initial values: a shift of 0 and a scale of 1 would hide a mistake.
        if mine.path.rsplit("/", 1)[-1] in {"gamma", "moving_variance"}:
            mine.assign(rng.uniform(0.5, 1.5, mine.shape))
        elif "kernel" not in mine.path:
            mine.assign(rng.normal(0.0, 0.3, mine.shape))
        their.assign(mine)
    return model, plain, ours, theirs


def ordered_weights(network):
    if isinstance(network, networks.Decoder):
        order = [network.hidden, *network.convolutions, network.last]
    else:
        blocks = zip(network.convolutions, network.normalizations, strict=True)
        order = [layer for block in blocks for layer in block] + [network.hidden, network.head]
    return [weight for layer in order for weight in layer.weights]


class TestNetworks:
    def test_the_default_encoder_is_the_labs(self):
        # 64x64x3: (5*5*3+1)*12 + (5*5*12+1)*24 + (3*3*24+1)*48 + (3*3*48+1)*72 weights of
        # convolutions, 4*(12+24+48+72) of batch norms, (4*4*72+1)*512 + (512+1)*201 dense.
        expected = 912 + 7_224 + 10_416 + 31_176 + 624 + 590_336 + 103_113
        assert networks.Encoder((64, 64, 3), 201).count_params() == expected

    def test_the_decoder_gives_pictures_of_the_encoders_size(self):
        decoded = networks.Decoder(SHAPE, 5, width=2)(tf.zeros([2, 5]))
        assert decoded.shape == (2, *SHAPE)

    def test_the_seed_decides_the_weights_and_no_two_layers_share_them(self):
        one, same, other = (
            values(ordered_weights(networks.Encoder(SHAPE, 1, 2, seed))) for seed in (1, 1, 2)
        )
        for a, b in zip(one, same, strict=True):
            np.testing.assert_array_equal(a, b)
        assert not np.array_equal(one[0], other[0])
        flat = [layer.ravel()[:10] for layer in one if layer.ndim > 1]
        assert len({tuple(numbers) for numbers in flat}) == len(flat)

    def test_a_deeper_encoder_is_the_same_keras_layers_in_a_row(self):
        """Each strided convolution is followed by one of 3x3 without stride; answers and gradients agree."""
        deep = networks.Encoder(SHAPE, 2, 2, depth=2)
        stack = []
        for filters, kernel in ((2, 5), (4, 5), (8, 3), (12, 3)):
            for size, stride in ((kernel, 2), (3, 1)):
                stack.append(keras.layers.Conv2D(filters, size, stride, "same", activation="relu"))
                stack.append(keras.layers.BatchNormalization())
        dense = [keras.layers.Dense(512, activation="relu"), keras.layers.Dense(2)]
        plain = keras.Sequential([keras.Input(SHAPE), *stack, keras.layers.Flatten(), *dense])
        rng = np.random.default_rng(0)
        ours, theirs = ordered_weights(deep), [weight for layer in plain.layers for weight in layer.weights]
        for mine, their in zip(ours, theirs, strict=True):
            is_spread = mine.path.rsplit("/", 1)[-1] in {"gamma", "moving_variance"}
            mine.assign(rng.uniform(0.5, 1.5, mine.shape) if is_spread else rng.normal(0, 0.2, mine.shape))
            their.assign(mine)
        pixels = tf.constant(rng.uniform(size=(6, *SHAPE)), tf.float32)
        found = []
        for network, weights in ((deep, ours), (plain, theirs)):
            answers = network(pixels).numpy()
            trained = [weight.value for weight in weights if weight.trainable]
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(network(pixels, training=True) ** 2)
            found.append([answers, loss, *tape.gradient(loss, trained)])
        for a, b in zip(*found, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-4 * np.abs(b).max())

    def test_a_side_that_does_not_divide_is_refused(self):
        with pytest.raises(ValueError, match="pictures of 40x16; expected sides that are multiples of 16"):
            networks.Encoder((40, 16, 3), 1)


@pytest.mark.parametrize("kind", ["classifier", "dbvae"])
class TestAgainstPlainKeras:
    def test_answers_are_equal(self, kind):
        model, plain, _, _ = twins(kind)
        images = pictures()
        logits = plain(keras_reference.pixels(images))[:, 0]
        np.testing.assert_allclose(model(images), logits, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(model.score(images), logits, rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("num_shards", [1, 2, 3])
    def test_a_step_is_equal(self, kind, num_shards):
        """Loss, every gradient (as the weight after plain descent) and the batch statistics."""
        model, plain, ours, theirs = twins(kind, num_shards)
        before = values(ours)
        for network in (model, plain):
            network.compile(optimizer=keras.optimizers.SGD(1.0), jit_compile=False)
        result = tf.function(model.update_weights)(pictures(), LABELS, 5)
        loss = plain.step(keras_reference.pixels(pictures()), LABELS, training=True)
        np.testing.assert_allclose(result.terms[0], loss, rtol=1e-5)
        for mine, their, start in zip(ours, theirs, before, strict=True):
            change = np.abs(their.numpy() - start).max()
            assert change > 0, mine.path
            # float32 sums in another order; with these weights gradients are ten times their usual size.
            error = np.abs(mine.numpy() - their.numpy()).max()
            assert error < 3e-5 * max(change, 1.0), (mine.path, error, change)

    def test_xla_compiles_the_step_to_the_same_results(self, kind):
        """Ready for a GPU, where the step is worth compiling."""
        results, weights = [], []
        for jit_compile in (False, True):
            model, _, ours, _ = twins(kind)
            if kind == "dbvae":
                # XLA draws normal numbers by another formula: latents of no width need none.
                bias = model.encoder.head.bias
                bias.assign(np.where(np.arange(13) < 7, bias, -20.0))
            model.compile(optimizer=keras.optimizers.SGD(1.0), jit_compile=False)
            weights.append([values(ours)])
            results.append(tf.function(model.update_weights, jit_compile=jit_compile)(pictures(), LABELS, 5))
            weights[-1].append(values(ours))
        np.testing.assert_allclose(results[0].losses, results[1].losses, rtol=3e-5)
        (start, one), (_, other) = weights
        largest = max(np.abs(a - b).max() for a, b in zip(start, one, strict=True))
        for a, b in zip(one, other, strict=True):
            assert np.abs(a - b).max() < 1e-4 * largest


def test_one_picture_scores_alike_whatever_the_number_of_shards():
    model, _, _, _ = twins("dbvae", num_shards=4)
    expected = model(pictures(3))
    # Of an unknown number of pictures, some shards may be empty.
    score = tf.function(model.score, input_signature=[tf.TensorSpec([None, *SHAPE], tf.uint8)])
    for count in (1, 3):
        np.testing.assert_allclose(model.score(pictures(count)), expected[:count], rtol=1e-5)
        np.testing.assert_allclose(score(pictures(count)), expected[:count], rtol=1e-5)


def test_batch_statistics_and_their_gradient():
    rng = np.random.default_rng(0)
    x = rng.normal(2.0, 3.0, (6, 4, 5, 2)).astype(np.float32)
    weights = tf.constant(rng.normal(size=(2, 2)), tf.float32)
    parts = [tf.constant(x[:2]), tf.constant(x[2:])]
    with tf.GradientTape() as tape:
        tape.watch(parts)
        mean, variance = batch_statistics(*parts)
        loss = tf.reduce_sum(weights[0] * mean + weights[1] * variance)
    found = np.concatenate([part.numpy() for part in tape.gradient(loss, parts)])
    np.testing.assert_allclose(mean, x.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, x.var((0, 1, 2)), rtol=1e-5)
    # d mean / dx = 1 / n, d variance / dx = 2 (x - mean) / n; n = 120.
    expected = (weights[0] + 2 * weights[1] * (x - x.mean((0, 1, 2)))) / 120
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_batch_statistics_keep_their_precision_far_from_zero():
    x = 1000.0 + np.random.default_rng(0).normal(0.0, 0.1, (64, 4, 4, 1)).astype(np.float32)
    _, variance = batch_statistics(tf.constant(x))
    np.testing.assert_allclose(variance[0], np.var(x.astype(np.float64)), rtol=1e-2)


@pytest.mark.parametrize("size", [3, 5])
def test_subpixel_layer_equals_the_transposed_convolution(size):
    x = tf.random.stateless_normal([2, 6, 4, 5], [1, 2])
    plain = keras.layers.Conv2DTranspose(3, size, 2, "same", bias_initializer="normal")
    layer = SubpixelConv2DTranspose(3, size, 2, "same")
    expected = plain(x)
    layer.build(x.shape)
    layer.set_weights(plain.get_weights())
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    np.testing.assert_allclose(layer.packed(x), tf.nn.space_to_depth(expected, 2), atol=1e-5)


@pytest.mark.parametrize(
    "rate", [0.01, keras.optimizers.schedules.CosineDecay(0.01, 5)], ids=["constant", "schedule"]
)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_fused_adam_takes_the_steps_of_kerass(rate, jit_compile):
    def final_weights(optimizer):
        weights = [keras.Variable([1.0, -2.0]), keras.Variable([[3.0], [0.5]])]
        optimizer.build(weights)

        @tf.function(jit_compile=jit_compile)
        def step():
            optimizer.apply([weights[0] ** 2, 0.1 * weights[1]], weights)

        for _ in range(5):
            step()
        assert int(optimizer.iterations) == 5
        return values(weights)

    for a, b in zip(final_weights(FusedAdam(rate)), final_weights(keras.optimizers.Adam(rate)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_a_checkpoint_of_the_model_alone_holds_every_variable(tmp_path):
    for make in (lambda: Classifier(SHAPE, width=2, seed=1), lambda: DBVAE(SHAPE, latent_dim=3, width=2)):
        model, twin = make(), make()
        for variable in model.variables:
            variable.assign(variable + 1.0)
        path = tf.train.Checkpoint(model=model).write(str(tmp_path / "weights"))
        tf.train.Checkpoint(model=twin).read(path).assert_consumed()
        for a, b in zip(values(model.variables), values(twin.variables), strict=True):
            np.testing.assert_array_equal(a, b)
