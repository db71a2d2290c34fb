"""Models as Keras files: what is loaded answers and trains on as what was saved."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from facedebias.models.adam import FusedAdam
from facedebias.models.augmentation import Augmentation
from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE
from facedebias.models.layers.subpixel import SubpixelConv2DTranspose
from facedebias.models.networks import Decoder, Encoder

ROOT = Path(__file__).parents[2]
SHAPE = (16, 16, 3)
MOVED = Augmentation.only(flip=True, brightness=0.2, contrast=0.1, seed=3)
# Keras's own, of how it saves.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def pictures(count=10):
    return np.random.default_rng(0).integers(0, 256, (count, *SHAPE), np.uint8)


LABELS = np.array([1, 0] * 5)


def classifier(**options):
    return Classifier(SHAPE, width=2, seed=4, augmentation=MOVED, name="mine", **options)


def dbvae(**options):
    return DBVAE(SHAPE, latent_dim=3, width=2, seed=4, augmentation=MOVED, **options)


def unusual_dbvae():
    options = {"rebuilds_all": True, "average_mirrored": True, "kl_weight": 0.25, "num_shards": 2}
    return dbvae(**options)


def fused():
    return FusedAdam(keras.optimizers.schedules.CosineDecay(0.01, 100))


def trained(make, optimizer):
    model = make()
    metrics = [keras.metrics.AUC(name="auc"), "accuracy"]
    model.compile(optimizer=optimizer, metrics=metrics, jit_compile=False)
    model.fit(pictures(), LABELS, batch_size=5, epochs=2, verbose=0, shuffle=False)
    return model


def states(model):
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables]]


def assert_equal_arrays(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def adam():
    return keras.optimizers.Adam(0.01, clipnorm=1.0)


each = pytest.mark.parametrize("make", [classifier, dbvae, unusual_dbvae])


@pytest.mark.parametrize(
    ("make", "optimizer"),
    [(classifier, adam), (classifier, fused), (dbvae, fused), (unusual_dbvae, adam)],
)
class TestRoundTrip:
    def test_it_answers_and_goes_on_as_if_never_interrupted(self, make, optimizer, tmp_path):
        model = trained(make, optimizer())
        model.save(tmp_path / "m.keras")
        loaded = keras.models.load_model(tmp_path / "m.keras", safe_mode=True)
        assert type(loaded) is type(model) and loaded.get_config() == model.get_config()
        for answers in (lambda m: m(pictures()), lambda m: m.predict(pictures(), verbose=0)["logits"]):
            np.testing.assert_array_equal(answers(loaded), answers(model))
        assert int(loaded.optimizer.iterations.value) == 4  # 2 epochs of 5 + 5 pictures
        assert_equal_arrays(states(loaded), states(model))
        options = {"batch_size": 5, "epochs": 2, "verbose": 0, "shuffle": False}
        histories = [m.fit(pictures(), LABELS, **options).history for m in (model, loaded)]
        assert histories[0] == histories[1]
        assert {"auc", "accuracy", "loss"} <= set(histories[1])
        assert_equal_arrays(states(loaded), states(model))


@each
class TestPartOfAModel:
    def test_weights_alone(self, make, tmp_path):
        model = make()
        model.set_weights([2.0 * values for values in model.get_weights()])
        model.save_weights(tmp_path / "m.weights.h5")
        other = make()
        assert not np.array_equal(other(pictures()), model(pictures()))
        other.load_weights(tmp_path / "m.weights.h5")
        np.testing.assert_array_equal(other(pictures()), model(pictures()))

    def test_clone_has_the_settings_and_fresh_weights(self, make):
        model = make()
        model.set_weights([2.0 * values for values in model.get_weights()])
        clone = keras.models.clone_model(model)
        assert clone.get_config() == make().get_config() | {"name": clone.name}
        np.testing.assert_array_equal(clone(pictures()), make()(pictures()))

    def test_its_config_is_json(self, make):
        config = json.loads(json.dumps(make().get_config()))
        np.testing.assert_array_equal(type(make()).from_config(config)(pictures()), make()(pictures()))


def test_every_argument_comes_back():
    options = {"kl_weight": 0.5, "rebuilds_all": True, "average_mirrored": True, "standardize": True}
    config = DBVAE(SHAPE, 7, width=3, seed=5, num_shards=2, augmentation=MOVED, **options).get_config()
    expected = options | {"latent_dim": 7, "width": 3, "seed": 5, "num_shards": 2, "image_shape": [16, 16, 3]}
    assert {name: config[name] for name in expected} == expected
    assert Augmentation(**config["augmentation"]) == MOVED


def test_networks_and_layers_are_saved_alone(tmp_path):
    path, pixels = tmp_path / "m.keras", np.float32(pictures(3) / 255)
    latents = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)
    enlarging = keras.Sequential(
        [keras.Input(SHAPE), SubpixelConv2DTranspose(2, 3, 2, "same", kernel_initializer="normal")]
    )
    for model, x in ((Encoder(SHAPE, 4, 2), pixels), (Decoder(SHAPE, 2, 2), latents), (enlarging, pixels)):
        model.save(path)
        loaded = keras.models.load_model(path)
        np.testing.assert_array_equal(loaded(x), model(x))


def test_as_a_layer_of_another_model(tmp_path):
    model = dbvae()
    images = keras.Input(SHAPE, dtype="uint8")
    keras.Model(images, keras.layers.Activation("sigmoid")(model(images))).save(tmp_path / "m.keras")
    found = keras.models.load_model(tmp_path / "m.keras")(pictures())
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-model(pictures()).numpy())), rtol=1e-5)


def test_the_file_holds_no_code(tmp_path):
    classifier().save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = archive.read("config.json").decode()
    assert "Lambda" not in config and json.loads(config)["registered_name"] == "facedebias>Classifier"


def test_checkpoint_callback_and_early_stopping(tmp_path):
    model = dbvae()
    model.compile(optimizer="adam", metrics=["accuracy"], jit_compile=False)
    callbacks = [
        keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"),
        keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True),
    ]
    data = {"validation_data": (pictures(), LABELS), "batch_size": 4, "epochs": 3, "verbose": 0}
    history = model.fit(pictures(), LABELS, callbacks=callbacks, **data).history
    best = int(np.argmin(history["val_loss"]))
    loaded = keras.models.load_model(tmp_path / f"{best + 1}.keras")
    found = [
        m.evaluate(pictures(), LABELS, batch_size=4, verbose=0, return_dict=True) for m in (model, loaded)
    ]
    assert found[0] == found[1]
    assert found[0]["loss"] == pytest.approx(history["val_loss"][best], rel=1e-6)


LOADING = """
import sys
import keras
import numpy as np
{imports}
model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[2], model.predict(np.load(sys.argv[3]), verbose=0)["logits"])
"""


class TestFreshProcess:
    def load(self, folder, imports):
        program = folder / "load.py"
        program.write_text(LOADING.format(imports=imports))
        np.save(folder / "pictures.npy", pictures())
        arguments = [folder / "m.keras", folder / "logits.npy", folder / "pictures.npy"]
        options = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "capture_output": True, "text": True}
        return subprocess.run([sys.executable, program, *arguments], **options, check=False)

    def test_it_needs_one_import(self, tmp_path):
        model = trained(unusual_dbvae, fused())
        model.save(tmp_path / "m.keras")
        found = self.load(tmp_path, "import facedebias.models.dbvae")
        assert found.returncode == 0, found.stderr
        expected = model.predict(pictures(), verbose=0)["logits"]
        np.testing.assert_array_equal(np.load(tmp_path / "logits.npy"), expected)

    def test_without_it_the_error_says_where_the_class_is(self, tmp_path):
        classifier().save(tmp_path / "m.keras")
        found = self.load(tmp_path, "")
        assert "Could not locate class 'Classifier'" in found.stderr
        assert "'module': 'facedebias.models.classifier'" in found.stderr
