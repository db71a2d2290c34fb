"""What a DB-VAE's decoder rebuilds: the picture as it is in the file, or as the network saw it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedebias.models.augmentation import Augmentation
from facedebias.models.dbvae import DBVAE

SHAPE = (16, 16, 3)
KEY = tf.constant([1, 2], tf.int64)
IMAGES = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), np.uint8)
LABELS = tf.constant([1.0, 1.0, 0.0, 0.0])


def make(**options):
    model = DBVAE(SHAPE, latent_dim=3, width=2, standardize=True, **options)
    model.compile(optimizer=keras.optimizers.SGD(0.0), jit_compile=False)
    return model


def reconstruction_term(model, pixels):
    """The mean L1 of the faces as the model reports it."""
    result = model.example_losses(pixels, IMAGES, LABELS, KEY, 2, training=False)
    return float(result.terms[model.term_names.index("reconstruction")])


def distances(model, pixels, targets):
    """The mean L1 between faces and what the decoder makes of their latents, by NumPy."""
    outputs = model.encoder(pixels[:2], training=False).numpy()
    mean, log_var = outputs[:, 1:4], outputs[:, 4:]
    noise = tf.random.stateless_normal((2, 3), KEY).numpy()
    rebuilt = model.decoder(mean + np.exp(0.5 * log_var) * noise).numpy()
    return np.abs(rebuilt - targets[:2]).mean()


def test_the_original_is_the_picture_in_the_file_whatever_was_seen():
    model = make(reconstruct="original")
    seen = model.augmented(IMAGES, LABELS, tf.constant(0, tf.int64)).numpy() * 0.5
    assert reconstruction_term(model, seen) == pytest.approx(distances(model, seen, IMAGES / 255), rel=1e-5)


def test_seen_is_what_the_network_was_shown():
    model = make(reconstruct="seen")
    seen = model.pixels_of(IMAGES).numpy()
    assert reconstruction_term(model, seen) == pytest.approx(distances(model, seen, seen), rel=1e-5)


def test_a_step_rebuilds_the_original_of_augmented_faces():
    """With a decoder of zeros the loss is the mean brightness of the original, however it was changed."""
    model = make(reconstruct="original", augmentation=Augmentation(brightness=0.9, rotate=90.0))
    for weight in model.decoder.trainable_variables:
        weight.assign(tf.zeros_like(weight))
    terms = model.update_weights(IMAGES, LABELS, 2).terms
    assert float(terms[2]) == pytest.approx((IMAGES[:2] / 255).mean(), rel=1e-5)
    assert model.evaluate(IMAGES, LABELS, verbose=0, return_dict=True)["reconstruction"] == pytest.approx(
        (IMAGES[:2] / 255).mean(), rel=1e-5
    )


def test_rebuilt_originals_have_their_own_light():
    """A standardized model adds half-light to what it rebuilds of what it saw, and none to an original."""
    latents = np.zeros((1, 3), np.float32)
    for target, light in (("original", 0.0), ("seen", 0.5)):
        model = make(reconstruct=target)
        for weight in model.decoder.trainable_variables:
            weight.assign(tf.zeros_like(weight))
        np.testing.assert_allclose(model.decode(latents), light)


@pytest.mark.parametrize("target", ["original", "seen"])
def test_a_copy_rebuilds_the_same(target):
    model = make(reconstruct=target)
    assert DBVAE.from_config(model.get_config()).get_config() == model.get_config()
    assert model.get_config()["reconstruct"] == target
