"""Keras' fit, evaluate and predict of the models, against NumPy and the export."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedebias.models.adam import FusedAdam
from facedebias.models.augmentation import Augmentation
from facedebias.models.classifier import Classifier
from tests.models.compiled_models import (
    CALM,
    LABELS,
    SHAPE,
    WEIGHTS,
    both,
    classifier,
    dbvae,
    pictures,
)


def sigmoid(logits):
    return 1 / (1 + np.exp(-np.float64(logits)))


def cross_entropies(model, images, labels):
    """By NumPy, of the model's logits, float64 `(n,)`."""
    return np.logaddexp(0.0, np.where(labels == 1, -1.0, 1.0) * np.float64(model(images)))


def vae_losses(model, images):
    """L1 and KL of each picture as if it were the only one, by NumPy; for a tiny encoder variance."""
    z_mean, z_log_var = (np.float64(part) for part in model.encode(images))
    kl = 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1)
    rebuilt = np.float64(model.decoder(np.float32(z_mean)))
    return np.abs(images / 255.0 - rebuilt).mean(axis=(1, 2, 3)), kl


def without_noise(model):
    """Makes the log variance of the latents -40 whatever the picture: what is decoded is their mean."""
    bias = model.encoder.head.bias.numpy()
    bias[1 + model.latent_dim :] = -40.0
    kernel = model.encoder.head.kernel.numpy()
    kernel[:, 1 + model.latent_dim :] = 0.0
    model.encoder.head.kernel.assign(kernel)
    model.encoder.head.bias.assign(bias)
    return model


class TestEvaluate:
    def test_a_classifiers_loss_is_the_weighted_mean_of_keras(self):
        # Sum of weight times loss over the number of pictures; the last batch of 2 counts as 2.
        model = classifier()
        expected = np.mean(WEIGHTS * cross_entropies(model, pictures(), LABELS))
        found = model.evaluate(pictures(), LABELS, sample_weight=WEIGHTS, return_dict=True, **CALM)
        assert found["loss"] == pytest.approx(expected, rel=1e-5)
        found = model.evaluate(pictures(), LABELS, return_dict=True, **CALM)
        assert found["loss"] == pytest.approx(np.mean(cross_entropies(model, pictures(), LABELS)), rel=1e-5)

    def test_a_weight_counts_for_all_terms_of_a_dbvae(self):
        model, images = without_noise(dbvae()), pictures()
        reconstruction, kl = vae_losses(model, images)
        classification = cross_entropies(model, images, LABELS)
        losses = classification + LABELS * (reconstruction + 0.5 * kl)
        found = model.evaluate(images, LABELS, sample_weight=WEIGHTS, return_dict=True, **CALM)
        assert found["loss"] == pytest.approx(np.mean(WEIGHTS * losses), rel=1e-4)
        # The others are means without weights: over all pictures, and over the faces.
        assert found["classification"] == pytest.approx(np.mean(classification), rel=1e-5)
        assert found["reconstruction"] == pytest.approx(np.mean(reconstruction[LABELS == 1]), rel=1e-5)
        assert found["kl"] == pytest.approx(np.mean(kl[LABELS == 1]), rel=1e-4)

    def test_of_attributes_the_vae_terms_are_means_over_all_pictures(self):
        model, images = without_noise(dbvae(rebuilds_all=True)), pictures()
        reconstruction, kl = vae_losses(model, images)
        found = model.evaluate(images, LABELS, return_dict=True, **CALM)
        assert found["reconstruction"] == pytest.approx(np.mean(reconstruction), rel=1e-5)
        assert found["kl"] == pytest.approx(np.mean(kl), rel=1e-4)

    @pytest.mark.parametrize("average_mirrored", [False, True])
    def test_metrics_see_the_probabilities_of_predict(self, average_mirrored):
        metrics = [keras.metrics.AUC(name="auc", num_thresholds=5000)]
        metrics.append(keras.metrics.BinaryAccuracy(name="strict", threshold=0.51))
        weighted = [keras.metrics.BinaryAccuracy(name="weighted", threshold=0.51)]
        options = {"metrics": [*metrics, "accuracy"], "average_mirrored": average_mirrored}
        model = classifier(weighted_metrics=weighted, **options)
        model.fit(pictures(), LABELS, epochs=4, shuffle=False, **CALM)
        answers = model.predict(pictures(), verbose=0)["probabilities"]
        found = model.evaluate(pictures(), LABELS, sample_weight=WEIGHTS, return_dict=True, **CALM)
        auc = keras.metrics.AUC(num_thresholds=5000)
        auc.update_state(LABELS, answers)
        assert found["auc"] == pytest.approx(float(auc.result()), abs=1e-6)
        assert found["accuracy"] == pytest.approx(np.mean((answers > 0.5) == LABELS))
        is_right = (answers > 0.51) == LABELS
        assert found["strict"] == pytest.approx(np.mean(is_right))
        assert found["weighted"] == pytest.approx(np.sum(WEIGHTS * is_right) / np.sum(WEIGHTS))

    def test_metrics_in_fit_see_the_step_before_it_moves(self):
        model, images = classifier(keras.optimizers.SGD(0.0), ["binary_crossentropy"]), pictures(8)
        found = model.fit(images, LABELS[:8], batch_size=8, verbose=0).history
        assert found["binary_crossentropy"] == pytest.approx(found["loss"], rel=1e-4)


class TestWeightsInTraining:
    @both
    def test_a_weight_of_two_is_a_gradient_of_two(self, make):
        """One SGD step moves the head's bias by -rate times the mean of weight times residual."""
        model, images = make(keras.optimizers.SGD(1.0)), pictures(8)
        # The logits of this step, with the batch's own statistics.
        pixels, labels = np.float32(images / 255), np.float32(LABELS[:8])
        noise_key = tf.constant([0, 0], tf.int64)
        logits = make().example_losses(pixels, images, labels, noise_key, None, training=True).logits
        expected = np.mean(WEIGHTS[:8] * (sigmoid(logits) - labels))
        head = (model.network if make is classifier else model.encoder).head
        before = head.bias.numpy()[0]
        model.fit(images, LABELS[:8], sample_weight=WEIGHTS[:8], batch_size=8, shuffle=False, verbose=0)
        assert before - head.bias.numpy()[0] == pytest.approx(expected, rel=1e-4)

    @both
    def test_class_weights_are_weights_of_the_examples(self, make):
        models = [make(), make(), make()]
        per_example = np.where(LABELS == 1, 3.0, 1.0)
        data = tf.data.Dataset.from_tensor_slices((pictures(), LABELS, per_example)).batch(4)
        models[0].fit(pictures(), LABELS, class_weight={1: 3.0}, **CALM, shuffle=False)  # 0 counts once
        models[1].fit(pictures(), LABELS, sample_weight=per_example, **CALM, shuffle=False)
        models[2].fit(data, shuffle=False, verbose=0)
        for other in models[1:]:
            np.testing.assert_array_equal(models[0](pictures()), other(pictures()))
        unweighted = make()
        unweighted.fit(pictures(), LABELS, **CALM, shuffle=False)
        assert not np.array_equal(models[0](pictures()), unweighted(pictures()))

    @both
    def test_weights_of_one_change_nothing(self, make):
        plain, weighted = make(), make()
        plain.fit(pictures(), LABELS, **CALM, shuffle=False)
        weighted.fit(pictures(), LABELS, sample_weight=np.ones((10, 1)), **CALM, shuffle=False)
        np.testing.assert_allclose(plain(pictures()), weighted(pictures()), rtol=1e-4, atol=1e-6)

    def test_a_picture_of_weight_0_is_not_learned_from_or_rebuilt(self):
        # Batch statistics see it all the same, so that only the decoder, which has none, is compared.
        def moved_decoder(weights):
            model = dbvae(keras.optimizers.SGD(0.1))
            before = model.decoder.last.kernel.numpy()
            model.fit(pictures(4), np.ones(4), sample_weight=weights, batch_size=4, verbose=0)
            return np.abs(model.decoder.last.kernel.numpy() - before).max()

        assert moved_decoder(np.zeros(4)) == 0.0
        assert moved_decoder(np.ones(4)) > 0.0


class TestWaysToRun:
    def history(self, options, **compiling):
        model = Classifier(SHAPE, width=2, augmentation=Augmentation.only(flip=True, brightness=0.2))
        model.compile(optimizer="adam", metrics=["accuracy"], **compiling)
        return model.fit(pictures(), LABELS, shuffle=False, verbose=0, **options).history

    def test_eager_and_several_steps_at_once_agree(self):
        plain = self.history({"batch_size": 2}, jit_compile=False)
        for compiling in ({"run_eagerly": True}, {"steps_per_execution": 2, "jit_compile": False}):
            found = self.history({"batch_size": 2}, **compiling)
            assert found["accuracy"] == plain["accuracy"]
            assert found["loss"] == pytest.approx(plain["loss"], rel=1e-3)

    def test_by_xla(self):
        # XLA draws other random numbers: a classifier without augmentation uses none.
        losses = []
        for jit_compile in (False, True):
            model = Classifier(SHAPE, width=2)
            model.compile(optimizer=FusedAdam(0.001), metrics=["AUC"], jit_compile=jit_compile)
            data = {"batch_size": 5, "shuffle": False, "sample_weight": WEIGHTS}
            losses += model.fit(pictures(), LABELS, verbose=0, **data).history["loss"]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)

    @both
    def test_batches_of_one_and_validation_data(self, make):
        model = make(metrics=["accuracy"])
        history = model.fit(
            pictures(3), LABELS[:3], batch_size=1, verbose=0, validation_data=(pictures(), LABELS, WEIGHTS)
        ).history
        assert set(history) == {
            f"{start}{name}" for name in (*model.term_names, "accuracy") for start in ("", "val_")
        }
        assert np.isfinite([values[0] for values in history.values()]).all()
        asked = {"batch_size": 1, "verbose": 0, "return_dict": True}
        found = model.evaluate(pictures(), LABELS, sample_weight=WEIGHTS, **asked)
        assert found["loss"] == pytest.approx(history["val_loss"][0], rel=1e-5)

    def test_one_batch_at_a_time(self):
        model = classifier(metrics=["accuracy"])
        assert set(model.train_on_batch(pictures(), LABELS, return_dict=True)) == {"loss", "accuracy"}
        assert set(model.test_on_batch(pictures(), LABELS, return_dict=True)) == {"loss", "accuracy"}

    @both
    def test_it_shows_its_weights(self, make):
        model, lines = make(), []
        model.summary(print_fn=lambda line, **_: lines.append(line))
        count = sum(np.prod(weight.shape) for weight in model.weights)
        assert model.count_params() == count and f"{count:,}" in "".join(lines)
