"""Scans of whole pictures: against plain Keras layers run over them, and against windows' own answers."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE
from facedebias.models.exported import scanning, serving
from facedebias.scoring.exported_model import ExportedModel
from tests.models.test_networks import SHAPE, pictures, twins
from tests.scoring.saved_models import level, save_own

HEIGHT, WIDTH = SHAPE[:2]


def by_plain_layers(encoder, pixels):
    """The layers but the dense ones over the whole picture, then the dense ones on each cut of features."""
    *stack, hidden, head = [layer for layer in encoder.layers if type(layer).__name__ != "Flatten"]
    for layer in stack:
        pixels = layer(pixels, training=False)
    features = pixels.numpy()
    tall, wide = HEIGHT // 16, WIDTH // 16
    rows, columns = features.shape[1] - tall + 1, features.shape[2] - wide + 1
    answers = np.empty((len(features), rows, columns))
    for i in range(rows):
        for j in range(columns):
            cut = features[:, i : i + tall, j : j + wide].reshape(len(features), -1)
            answers[:, i, j] = head(hidden(cut)).numpy()[:, 0]
    return answers


@pytest.mark.parametrize("kind", ["classifier", "dbvae"])
def test_a_scan_is_the_network_without_borders_between_windows(kind):
    model, plain, _, _ = twins(kind)
    images = pictures(2, shape=(80, 112, 3))
    found = scanning.scan(model, tf.constant(images))
    assert int(found["step"]) == 16
    expected = by_plain_layers(plain.encoder, images / np.float32(255))
    assert expected.shape == (2, 4, 5)
    np.testing.assert_allclose(found["logits"], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_picture_as_large_as_a_window_gets_the_window_s_answer(depth):
    model = Classifier(SHAPE, width=4, depth=depth)
    images = pictures(3)
    found = scanning.scan(model, tf.constant(images))["logits"]
    np.testing.assert_allclose(found[:, 0, 0], model.answer(images), rtol=1e-4, atol=1e-4)


def test_sides_are_filled_up_by_what_lies_at_the_edge():
    model = Classifier(SHAPE, width=4)
    images = pictures(1, shape=(50, 67, 3))
    filled = np.pad(images, ((0, 0), (0, 14), (0, 13), (0, 0)), mode="symmetric")
    found, expected = (scanning.scan(model, tf.constant(seen))["logits"] for seen in (images, filled))
    assert found.shape == (1, 3, 3)
    np.testing.assert_array_equal(found, expected)


def test_every_part_of_a_picture_is_standardized_by_what_surrounds_it():
    # A texture, and beside it the same with half the contrast and less light: as windows alike.
    tile = pictures(1, shape=(32, 32, 3))[0] / 2.0
    bright = np.tile(tile, (3, 4, 1))
    picture = np.concatenate([bright + 60.0, bright / 2.0 + 20.0], axis=1).astype(np.uint8)[None]

    def difference(standardize):
        model = Classifier((32, 32, 3), width=4, standardize=standardize)
        found = scanning.scan(model, tf.constant(picture))["logits"].numpy()[0]
        return abs(found[2, 2] - found[2, 10])

    assert difference(standardize=True) < 0.25 * difference(standardize=False)


@pytest.mark.parametrize("make", [Classifier, DBVAE])
def test_the_export_scans_as_the_model_does(make, tmp_path):
    model = make((32, 32, 3), width=4, average_mirrored=True, standardize=True)
    serving.export(model, (32, 32, 3), tmp_path / "export")
    loaded = ExportedModel("m", tmp_path / "export")
    for seed, shape in enumerate([(32, 32, 3), (45, 70, 3)]):
        picture = pictures(1, seed, shape)
        found = loaded.scan(picture[0])
        assert found.step == 16
        expected = scanning.scan(model, tf.constant(picture))["logits"][0]
        np.testing.assert_allclose(found.logits, expected, rtol=1e-4, atol=1e-4)


def test_exports_of_earlier_versions_and_of_others_do_not_scan(tmp_path):
    assert ExportedModel("m", save_own(tmp_path / "earlier")).scan is None
    spec = tf.TensorSpec([None, 8, 8, 3], tf.uint8, name="images")

    def answer(images):
        return {"logits": level(images), "probabilities": tf.sigmoid(level(images))}

    functions = {"serving_default": answer, "scan": lambda images: {"barcode": level(images)}}
    signatures = {name: tf.function(f, input_signature=[spec]) for name, f in functions.items()}
    tf.saved_model.save(tf.Module(), str(tmp_path / "other"), signatures=signatures)
    assert ExportedModel("m", tmp_path / "other").scan is None
