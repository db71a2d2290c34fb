"""Keras files: read without running code, or refused with the way out."""

import json
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

from facedebias.auditing.settings import AuditConfig
from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from tests.scoring.saved_models import SIZE, answers, pictures

LEVELS = [0, 51, 102, 255]
UNIT = {"input_range": (0.0, 1.0)}
ENDS = ["keras", "h5"]
layers = keras.layers

# Keras's own, of how it saves.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning", "ignore:You are saving:UserWarning"
)


class Doubling(layers.Layer):
    """A layer that only its own program knows."""

    def call(self, inputs):
        return inputs * 2


def activation_of_our_own(values):
    return values


def saved(path, *parts, outputs=None):
    """A model of some layers, saved as Keras does it."""
    pixels = keras.Input((SIZE, SIZE, 3))
    values = pixels
    for part in parts:
        values = part(values)
    keras.Model(pixels, outputs(values) if outputs else values).save(path)
    return path


def mean_of_channels():
    """From the mean of each channel to a third of their sum: the grey level of a grey picture."""
    third = keras.initializers.Constant(1 / 3)
    return layers.GlobalAveragePooling2D(), layers.Dense(1, kernel_initializer=third)


@pytest.mark.parametrize("end", ENDS)
class TestRead:
    def test_a_model(self, tmp_path, end):
        path = saved(tmp_path / f"mine.{end}", *mean_of_channels())
        found = answers(path, pictures(LEVELS), **UNIT)
        assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)
        assert (found.path, found.note) == (str(path), "")
        with pytest.raises(InputError, match="is float32, and nothing says which numbers it wants"):
            ExportedModel("m", path)
        (named,) = AuditConfig(models=(str(path),), data="d").named_models()
        assert named[0] == "mine"

    def test_classes(self, tmp_path, end):
        # Logits v and 0 of a grey level v: a softmax of e^v / (e^v + 1).
        first = keras.initializers.Constant([[1 / 3, 0]] * 3)
        parts = [layers.GlobalAveragePooling2D(), layers.Dense(2, "softmax", kernel_initializer=first)]
        path = saved(tmp_path / f"m.{end}", *parts)
        with pytest.raises(InputError, match="gives 2 numbers .*--positive_output=0 or 1"):
            answers(path, pictures(LEVELS), **UNIT)
        found = answers(path, pictures(LEVELS), positive_output=0, **UNIT)
        assert found.scores == pytest.approx(1 / (1 + np.exp(-np.array(LEVELS) / 255)), abs=1e-6)

    @pytest.mark.parametrize("is_named", [False, True])
    def test_several_heads(self, tmp_path, end, is_named):
        def heads(values):
            found = [layers.Rescaling(scale, name=name)(values) for name, scale in (("a", 1), ("b", -1))]
            return dict(zip("ab", found, strict=True)) if is_named else found

        path = saved(tmp_path / f"m.{end}", *mean_of_channels(), outputs=heads)
        with pytest.raises(InputError, match="gives 'a', 'b'; name the one that is the answer"):
            answers(path, pictures(LEVELS), **UNIT)
        found = answers(path, pictures(LEVELS), kind="score", output_name="b", **UNIT)
        assert found.scores == pytest.approx([0, -0.2, -0.4, -1], abs=1e-6)
        assert found.other_outputs == ("a",)

    def test_layers_that_scale_are_told(self, tmp_path, end):
        path = saved(tmp_path / f"m.{end}", layers.Rescaling(1 / 255, name="scaled"), *mean_of_channels())
        found = answers(path, pictures(LEVELS), input_range=(0.0, 255.0))
        assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)
        assert found.note == "How m was asked: its own layer 'scaled' scales what it is given as well."

    def test_training_is_off(self, tmp_path, end):
        path = saved(tmp_path / f"m.{end}", *mean_of_channels(), layers.Dropout(0.9))
        assert answers(path, pictures(LEVELS), **UNIT).scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: layers.Lambda(lambda x: x / 2), "has a Lambda layer, whose Python code is not run"),
        (lambda: Doubling(), r"needs code that the file does not hold \(Doubling\)"),
        (
            lambda: layers.Activation(activation_of_our_own),
            r"needs code that the file does not hold \(activation_of_our_own\)",
        ),
    ],
)
def test_code_is_refused(tmp_path, end, layer, reason):
    path = saved(tmp_path / f"m.{end}", layer(), *mean_of_channels())
    with pytest.raises(InputError, match=rf"m\.{end}: {reason}.*model\.export\(.folder.\)") as refused:
        ExportedModel("m", path)
    assert "\n" not in str(refused.value) and "class_name" not in str(refused.value)


def test_weights_alone_are_refused(tmp_path):
    path = saved(tmp_path / "m.keras", *mean_of_channels())
    model = keras.saving.load_model(path)
    model.save_weights(tmp_path / "m.weights.h5")
    (tmp_path / "m.weights.h5").rename(tmp_path / "renamed.h5")
    with pytest.raises(InputError, match=r"renamed\.h5: holds no Keras model, perhaps weights alone"):
        ExportedModel("m", tmp_path / "renamed.h5")


def test_a_model_that_does_not_say_what_it_takes(tmp_path):
    keras.Sequential([layers.Flatten(), layers.Dense(1)]).save(tmp_path / "m.keras")
    with pytest.raises(InputError, match="does not say which pictures it takes"):
        ExportedModel("m", tmp_path / "m.keras")


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "M.KERAS"])
def test_damaged_files(tmp_path, name):
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(InputError, match="is no Keras file, or a damaged one; save it again"):
        ExportedModel("m", tmp_path / name)


def test_a_file_of_another_version_of_keras(tmp_path):
    path = saved(tmp_path / "m.keras", *mean_of_channels())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][1]["class_name"] = "LayerOfTheFuture"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (parts | {"config.json": json.dumps(config)}).items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=r"m\.keras: (needs code|cannot be loaded by Keras)") as refused:
        ExportedModel("m", path)
    assert "\n" not in str(refused.value) and "{" not in str(refused.value)


def test_a_signature_belongs_to_a_saved_model(tmp_path):
    path = saved(tmp_path / "m.keras", *mean_of_channels())
    with pytest.raises(InputError, match="--signature=serve belongs to SavedModels and LiteRT files"):
        answers(path, pictures(LEVELS), signature="serve", **UNIT)


def test_a_face_file_is_no_model(tmp_path):
    with h5py.File(tmp_path / "faces.h5", "w") as file:
        file["images"] = pictures(LEVELS)
    with pytest.raises(InputError, match=r"faces\.h5: is a face file and no model; give it as --data"):
        ExportedModel("m", tmp_path / "faces.h5")


@pytest.mark.parametrize(("end", "name"), [("keras", "best"), ("keras", "m.h5"), ("keras", "m.KERAS")])
@pytest.mark.parametrize("is_linked", [True, False])
def test_files_are_known_by_their_content(tmp_path, end, name, is_linked):
    path = saved(tmp_path / f"saved.{end}", *mean_of_channels())
    (tmp_path / name).symlink_to(path) if is_linked else shutil.copy(path, tmp_path / name)
    found = answers(tmp_path / name, pictures(LEVELS), **UNIT)
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)


@pytest.mark.parametrize("name", ["best", "m.keras", "m.hdf5"])
def test_older_files_are_known_by_their_content(tmp_path, name):
    path = saved(tmp_path / "saved.h5", *mean_of_channels())
    shutil.copy(path, tmp_path / name)
    found = answers(tmp_path / name, pictures(LEVELS), **UNIT)
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
def test_an_activation_by_lambda_is_told_as_such(tmp_path):
    path = saved(tmp_path / "m.keras", layers.Activation(lambda x: x * 2), *mean_of_channels())
    with pytest.raises(InputError, match="has a lambda function, whose Python code is not run"):
        ExportedModel("m", path)


def test_scaling_layers_in_a_model_in_the_model_are_told(tmp_path):
    inner = keras.Sequential([layers.Rescaling(1 / 255, name="scaled")])
    path = saved(tmp_path / "m.keras", inner, *mean_of_channels())
    found = answers(path, pictures(LEVELS), input_range=(0.0, 255.0))
    assert "its own layer 'scaled' scales what it is given as well" in found.note
