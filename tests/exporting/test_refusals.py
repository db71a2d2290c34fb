"""What an export refuses, and what it says is the way out."""

import builtins
import importlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.exporting import agreement_check, to_onnx
from facedebias.exporting.export_config import ExportConfig
from facedebias.scoring.loading.loaded_model import LoadedModel
from tests.exporting.tiny_runs import exported, pictures


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"to": "tflite"}, "--to=tflite: expected one of savedmodel, keras, litert, onnx"),
        ({"to": "onnx", "quantize": "int8"}, "--quantize=int8: belongs to --to=litert"),
        ({"to": "litert", "quantize": "int4"}, "--quantize=int4: expected one of dynamic, int8"),
        ({"to": "litert", "quantize": "int8"}, "needs pictures .*--calibrate, or --quantize=dynamic"),
        (
            {"to": "litert", "quantize": "dynamic", "calibrate": "x.h5"},
            "--calibrate=x.h5: belongs to --quantize",
        ),
        ({"to": "onnx", "groups": ("race",)}, "--groups: says which pictures of --calibrate are drawn"),
        ({"to": "onnx", "split": "val"}, "--split: says which pictures of --calibrate"),
        ({"to": "onnx", "seed": -1}, "--seed=-1: expected 0 or more"),
        (
            {"to": "litert", "quantize": "int8", "calibrate": "x", "groups": ("a", "a")},
            "--groups=a,a: expected attributes, each once",
        ),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(InputError, match=message):
        ExportConfig(run="r", output="o", **settings).validate()


@pytest.mark.parametrize(
    ("to", "package", "extra"), [("onnx", "tf2onnx", "onnx"), ("litert", "ai-edge-litert", "litert")]
)
def test_a_missing_package_is_named_with_what_installs_it(
    dbvae_run, tmp_path, monkeypatch, to, package, extra
):
    real = importlib.import_module
    monkeypatch.setattr(
        importlib, "import_module", lambda name: refuse(name, real, package.replace("-", "_"))
    )
    with pytest.raises(
        InputError, match=rf"needs the package {package}.*pip install 'facedebias\[{extra}\]'"
    ):
        exported(dbvae_run[0], to, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def refuse(name, real, package):
    if name.startswith(package):
        raise builtins.ImportError(name)
    return real(name)


def test_a_file_cannot_hold_thresholds_of_groups(dbvae_run, tmp_path):
    run = shutil.copytree(dbvae_run[0], tmp_path / "run")
    (run / "export" / "assets.extra").mkdir()
    (run / "export" / "assets.extra" / "group_thresholds.json").write_text("{}")
    with pytest.raises(InputError, match="has thresholds for groups, which only a SavedModel can hold"):
        exported(run, "onnx", tmp_path / "out")


def test_folders_that_are_not_replaced(dbvae_run, tmp_path):
    run, output = dbvae_run[0], tmp_path / "out"
    exported(run, "savedmodel", output)
    with pytest.raises(InputError, match="holds an export already; .*--overwrite"):
        exported(run, "keras", output)
    exported(run, "keras", output, overwrite=True)
    assert not (output / "export").exists() and (output / "model.keras").is_file()
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").touch()
    with pytest.raises(InputError, match="holds something else than an export"):
        exported(run, "keras", other, overwrite=True)
    for inside in (run, run / "export", run / "export" / "new"):
        with pytest.raises(InputError, match="is the folder of the run, or holds it"):
            exported(run, "keras", inside, overwrite=True)


def test_a_model_of_other_makers_is_not_converted(tmp_path):
    spec = tf.TensorSpec([None, 8, 8, 3], tf.float32, name="x")
    function = tf.function(lambda x: {"y": tf.reduce_mean(x, [1, 2, 3])}, input_signature=[spec])
    tf.saved_model.save(tf.Module(), str(tmp_path / "m"), signatures=function)
    with pytest.raises(InputError, match="was not exported by facedebias train"):
        exported(tmp_path / "m", "onnx", tmp_path / "out")


def test_other_networks_have_no_keras_layers(tmp_path):
    spec = tf.TensorSpec([None, 8, 8, 3], tf.uint8, name="images")

    def predict(images):
        logits = tf.reduce_mean(tf.cast(images, tf.float32), [1, 2, 3])
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    function = tf.function(predict, input_signature=[spec])
    tf.saved_model.save(tf.Module(), str(tmp_path / "m"), signatures=function)
    with pytest.raises(InputError, match="is no network of facedebias train.*Take --to onnx, litert"):
        exported(tmp_path / "m", "keras", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_conversion_that_answers_otherwise_never_takes_its_name(
    dbvae_run, classifier_run, tmp_path, monkeypatch
):
    real = to_onnx.convert
    other = classifier_run[0] / "export"
    monkeypatch.setattr(to_onnx, "convert", lambda source: real(other))
    with pytest.raises(InputError, match=r"model\.onnx: gives logits that differ by .*so it was not kept"):
        exported(dbvae_run[0], "onnx", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_run_json_that_tells_something_else_is_found_out(dbvae_run, tmp_path):
    run = shutil.copytree(dbvae_run[0], tmp_path / "run")
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace('"standardize": true', '"standardize": false'))
    with pytest.raises(InputError, match=r"model\.keras: gives logits that differ"):
        exported(run, "keras", tmp_path / "out")


def answering(function):
    def predict(images):
        logits = tf.constant(function(images.numpy().reshape(len(images), -1).mean(1)), tf.float32)
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    spec = {"images": tf.TensorSpec([None, 32, 32, 3], tf.uint8, name="images")}
    outputs = {name: tf.TensorSpec([None], tf.float32, name=name) for name in ("logits", "probabilities")}
    return LoadedModel(None, "the model", predict, spec, outputs)


class TestNonsenseOfQuantizedModels:
    SOURCE = staticmethod(lambda level: level - 50.0)

    def compare(self, tmp_path, function):
        made = answering(function)
        return agreement_check.compare(
            tmp_path / "m.tflite", answering(self.SOURCE), made, pictures(50), is_exact=False
        )

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda level: level * np.nan, "are no finite numbers"),
            (lambda level: 0 * level, "hardly go with the run's"),
            (lambda level: -level, "hardly go with the run's"),
        ],
    )
    def test_it_is_refused(self, tmp_path, function, message):
        with pytest.raises(InputError, match=message):
            self.compare(tmp_path, function)

    def test_a_shift_is_stated(self, tmp_path):
        levels = pictures(50).reshape(50, -1).mean(1)
        found = self.compare(tmp_path, lambda level: level - 60.0)
        assert found.largest == pytest.approx(10.0, abs=1e-4)
        assert found.num_changed == int(np.sum((levels >= 50) & (levels < 60))) > 0
