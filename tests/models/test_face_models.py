import keras
import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import balanced_batches
from facedebias.models.augmentation import Augmentation, normalize
from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE
from facedebias.randomness import key

SHAPE = (16, 16, 3)
KEY = tf.constant([1, 2], tf.int64)


def pictures(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *SHAPE), np.uint8)


def small_dbvae(**options):
    model = DBVAE(SHAPE, latent_dim=3, width=2, **options)
    model.compile(optimizer=keras.optimizers.SGD(0.1), jit_compile=False)
    return model


def small_classifier(**options):
    model = Classifier(SHAPE, width=2, **options)
    model.compile(optimizer=keras.optimizers.SGD(0.1), jit_compile=False)
    return model


class TestFaceMask:
    def losses(self, model, images, labels, num_faces=None):
        return model.example_losses(normalize(images), images, labels, KEY, num_faces, training=False)

    def test_of_an_attribute_negatives_are_rebuilt_as_positives_are(self):
        images = pictures(4)
        some, all_positive = tf.constant([1.0, 0.0, 1.0, 0.0]), tf.ones(4)
        model = small_dbvae(rebuilds_all=True)
        found, wanted = (self.losses(model, images, labels) for labels in (some, all_positive))
        own = [
            result.losses.numpy() - np.log1p(np.exp(np.where(labels == 1, -1, 1) * result.logits.numpy()))
            for result, labels in ((found, some.numpy()), (wanted, all_positive.numpy()))
        ]
        # Beside the cross entropy, what is paid for a picture does not depend on its label.
        np.testing.assert_allclose(own[0], own[1], rtol=1e-4)
        assert np.all(own[0] > 0.01)

    def test_gradients_of_the_decoder_do_not_depend_on_non_faces(self):
        model, labels = small_dbvae(), tf.constant([1.0, 0.0, 1.0, 0.0])
        images = pictures(4)
        others = images.copy()
        others[[1, 3]] = pictures(2, seed=9)
        gradients = []
        for batch in (images, others):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(self.losses(model, batch, labels).losses)
            gradients.append(
                tape.gradient(loss, [weight.value for weight in model.decoder.trainable_variables])
            )
        for a, b in zip(*gradients, strict=True):
            np.testing.assert_array_equal(a, b)
        assert max(float(tf.reduce_max(tf.abs(gradient))) for gradient in gradients[0]) > 0

    def test_a_batch_without_faces_leaves_the_decoder_alone(self):
        model = small_dbvae()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.losses(model, pictures(4), tf.zeros([4])).losses)
        for gradient in tape.gradient(loss, [weight.value for weight in model.decoder.trainable_variables]):
            np.testing.assert_array_equal(gradient, tf.zeros_like(gradient))

    def test_a_non_face_costs_its_cross_entropy_only(self):
        model, images = small_dbvae(), pictures(2)
        logits = model(images)
        found = self.losses(model, images, tf.constant([1.0, 0.0])).losses
        np.testing.assert_allclose(found[1], np.logaddexp(0.0, logits[1]), rtol=1e-5)

    def test_a_face_costs_all_three_terms(self):
        model = small_dbvae(kl_weight=0.5)
        images = pictures(1)
        result = self.losses(model, images, tf.constant([1.0]))
        z_mean, z_log_var = (part.numpy() for part in model.encode(images))
        noise = tf.random.stateless_normal(z_mean.shape, KEY).numpy()
        rebuilt = model.decoder(z_mean + np.exp(z_log_var / 2) * noise)
        expected = (
            np.logaddexp(0.0, -model(images)[0])
            + np.abs(images / 255.0 - rebuilt).mean()
            + 0.5 * 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)
        )
        np.testing.assert_allclose(result.losses, [expected], rtol=1e-4)

    def test_decoding_only_the_faces_changes_neither_losses_nor_gradients(self):
        model, images = small_dbvae(), pictures(6)
        labels = tf.constant([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
        losses, gradients = [], []
        noise = tf.random.stateless_normal([6, 3], KEY)
        for num_faces in (None, 3):
            with tf.GradientTape() as tape:
                result = self.losses(model, images, labels, num_faces)
                loss = tf.reduce_mean(result.losses)
            losses.append(result.losses)
            gradients.append(tape.gradient(loss, [weight.value for weight in model.trainable_variables]))
        # Both draw the same noise for the faces: it is a prefix.
        np.testing.assert_array_equal(noise[:3], tf.random.stateless_normal([3, 3], KEY))
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
        for a, b in zip(*gradients, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


class TestTrainingStep:
    @pytest.mark.parametrize("make", [small_classifier, small_dbvae])
    def test_batch_statistics_move_in_training_and_only_there(self, make):
        model, images, labels = make(), pictures(8), tf.constant([1.0] * 4 + [0.0] * 4)

        def statistics():
            return [w.numpy() for w in model.non_trainable_variables if "moving" in w.path]

        before = statistics()
        assert len(before) == 8
        model(images)
        model.test_step((images, labels))
        for a, b in zip(before, statistics(), strict=True):
            np.testing.assert_array_equal(a, b)
        model.update_weights(images, labels, 4)
        for a, b in zip(before, statistics(), strict=True):
            assert not np.array_equal(a, b)

    @pytest.mark.parametrize("make", [small_classifier, small_dbvae])
    def test_the_step_descends_the_mean_loss(self, make):
        images, labels = pictures(8), tf.constant([1.0] * 4 + [0.0] * 4)
        model, twin = make(), make()
        with tf.GradientTape() as tape:
            noise_key = key(0, "latent noise", tf.constant(0, tf.int64))
            result = twin.example_losses(normalize(images), images, labels, noise_key, 4, training=True)
            loss = tf.reduce_mean(result.losses)
        gradients = tape.gradient(loss, [weight.value for weight in twin.trainable_variables])
        expected = [
            w.numpy() - 0.1 * g.numpy() for w, g in zip(twin.trainable_variables, gradients, strict=True)
        ]
        model.update_weights(images, labels, 4)
        for weight, value in zip(model.trainable_variables, expected, strict=True):
            np.testing.assert_allclose(weight.numpy(), value, atol=1e-6)

    def test_augmentation_is_seen_by_training_only(self):
        images, labels = pictures(4), tf.constant([1.0, 1.0, 0.0, 0.0])
        plain, bright = small_classifier(), small_classifier(augmentation=Augmentation.only(brightness=0.9))
        np.testing.assert_array_equal(plain(images), bright(images))
        assert not np.array_equal(
            plain.update_weights(images, labels).losses, bright.update_weights(images, labels).losses
        )


class TestDBVAE:
    def test_what_it_answers_has_the_documented_shapes_and_ranges(self):
        model, images = small_dbvae(), pictures(5)
        z_mean, z_log_var = model.encode(images)
        assert model(images).shape == (5,)
        assert z_mean.shape == z_log_var.shape == (5, 3)
        for pixels in (model.reconstruct(images), model.generate(5), model.decode(z_mean)):
            assert pixels.shape == (5, *SHAPE)
            assert 0.0 <= float(tf.reduce_min(pixels)) <= float(tf.reduce_max(pixels)) <= 1.0

    def test_generate_follows_its_seed(self):
        model = small_dbvae()
        np.testing.assert_array_equal(model.generate(2, seed=1), model.generate(2, seed=1))
        assert not np.array_equal(model.generate(2, seed=1), model.generate(2, seed=2))


@pytest.mark.parametrize("make", [small_classifier, small_dbvae])
def test_keras_fit_and_evaluate_work(make, tiny_file):
    dataset = FaceDataset(tiny_file)
    make_of_size = {small_classifier: Classifier, small_dbvae: DBVAE}[make]
    model = make_of_size(dataset.image_shape, width=2)
    model.compile(optimizer="adam", jit_compile=False)
    batches = balanced_batches(dataset, dataset.rows(label=1), dataset.rows(label=0), 8)
    history = model.fit(batches, steps_per_epoch=15, epochs=3, shuffle=False, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert set(history) == set(model.term_names)
    found = model.evaluate(batches.take(2), verbose=0, return_dict=True)
    assert set(found) == set(model.term_names)


class TestMirroredAverage:
    def test_the_answer_is_the_mean_of_both_logits(self):
        for kind in (Classifier, DBVAE):
            model = kind((16, 16, 3), width=2, average_mirrored=True)
            images = pictures(5)
            plain, mirrored = model(images).numpy(), model(images[:, :, ::-1]).numpy()
            assert np.abs(plain - mirrored).max() > 1e-4
            np.testing.assert_allclose(model.answer(images), (plain + mirrored) / 2, rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(model.answer(images[:, :, ::-1]), model.answer(images), rtol=1e-4)

    def test_without_it_the_answer_is_the_logit(self):
        model = Classifier((16, 16, 3), width=2)
        np.testing.assert_array_equal(model.answer(pictures(3)), model(pictures(3)))


class TestStandardized:
    @pytest.mark.parametrize("kind", [Classifier, DBVAE])
    def test_light_and_contrast_of_the_whole_picture_do_not_matter(self, kind):
        model = kind((16, 16, 3), width=2, standardize=True)
        images = np.random.default_rng(0).integers(0, 100, (4, 16, 16, 3), np.uint8)
        brighter = 2 * images + 50
        np.testing.assert_allclose(model(images), model(brighter), rtol=1e-3, atol=1e-5)
        plain = kind((16, 16, 3), width=2)
        assert np.abs(plain(images) - plain(brighter)).max() > 1e-3

    def test_the_network_sees_mean_0_and_contrast_a_quarter(self):
        model = Classifier((16, 16, 3), width=2, standardize=True)
        seen = model.pixels_of(pictures(3)).numpy()
        np.testing.assert_allclose(seen.mean(axis=(1, 2, 3)), 0.0, atol=1e-6)
        np.testing.assert_allclose(seen.std(axis=(1, 2, 3)), 0.25, rtol=1e-4)
        flat = np.full((1, 16, 16, 3), 90, np.uint8)
        np.testing.assert_allclose(model.pixels_of(flat), 0.0, atol=1e-6)

    def test_training_sees_what_answers_see(self):
        """The loss of a step that moves nothing is that of the pictures as `pixels_of` shows them."""
        model = small_classifier(standardize=True)
        images, labels = pictures(6), tf.constant([1.0, 0.0] * 3)
        expected = model.example_losses(
            model.pixels_of(images), images, labels, KEY, None, training=True
        ).losses
        np.testing.assert_allclose(model.update_weights(images, labels).losses, expected, rtol=1e-4)

    def test_rebuilt_pictures_are_in_range(self):
        model = small_dbvae(standardize=True, reconstruct="seen")
        rebuilt = model.reconstruct(pictures(3)).numpy()
        assert rebuilt.min() >= 0 and rebuilt.max() <= 1
        assert abs(rebuilt.mean() - 0.5) < 0.2
