"""Every format answers as the model in memory does, and is the same file each time."""

import json
import zipfile

import keras
import numpy as np
import onnx
import onnx.reference
import pytest

from facedebias import provenance
from facedebias.safekeeping import checksums
from facedebias.scoring.beside import export_record
from facedebias.scoring.exported_model import ExportedModel
from tests.exporting.tiny_runs import SHAPE, exported, pictures

FILES = {"keras": "model.keras", "onnx": "model.onnx", "litert": "model.tflite", "savedmodel": "export"}
# Keras saves with an argument of NumPy 1.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.parametrize("to", FILES)
@pytest.mark.parametrize("name", ["dbvae_run", "classifier_run"])
def test_a_format_answers_as_the_model_in_memory(request, name, to, tmp_path):
    run, model = request.getfixturevalue(name)
    found = exported(run, to, tmp_path / "out")
    assert found.path == tmp_path / "out" / FILES[to]
    images = pictures(9, seed=1)
    expected = model.answer(images).numpy()
    assert np.ptp(expected) > 0.5  # answers that differ
    read = ExportedModel("m", tmp_path / "out")
    assert read.is_own and read.path == found.path and read.image_shape == SHAPE
    logits, probabilities = read.answer(images)
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-expected.astype(float))), atol=1e-4)
    # One picture at a time is the same.
    np.testing.assert_allclose(np.concatenate([read.answer(images[i : i + 1])[0] for i in range(3)]),
                               expected[:3], atol=1e-4)  # fmt: skip
    assert found.is_exact and found.agreement.largest < 1e-3 and found.agreement.num_pictures == 256


@pytest.mark.parametrize("to", FILES)
def test_two_exports_are_the_same_file(dbvae_run, to, tmp_path):
    run, _ = dbvae_run
    first, second = (exported(run, to, tmp_path / name).path for name in ("a", "b"))
    assert export_record.fingerprint(first) == export_record.fingerprint(second)


def test_another_runtime_reads_the_onnx_file(dbvae_run, tmp_path):
    # The reference implementation of ONNX's operators, in NumPy.
    run, model = dbvae_run
    path = exported(run, "onnx", tmp_path / "out").path
    onnx.checker.check_model(str(path), full_check=True)
    images = pictures(4, seed=2)
    logits, probabilities = onnx.reference.ReferenceEvaluator(str(path)).run(
        ["logits", "probabilities"], {"images": images}
    )
    np.testing.assert_allclose(logits, model.answer(images).numpy(), atol=1e-4)
    assert probabilities.shape == (4,)
    graph = onnx.load(path).graph
    assert [side.dim_param or side.dim_value for side in graph.input[0].type.tensor_type.shape.dim] == [
        "batch", *SHAPE,
    ]  # fmt: skip


def test_the_keras_file_needs_no_code_of_this_project(dbvae_run, tmp_path):
    run, model = dbvae_run
    path = exported(run, "keras", tmp_path / "out").path
    with zipfile.ZipFile(path) as archive:
        assert "facedebias." not in archive.read("config.json").decode()
    loaded = keras.saving.load_model(path, safe_mode=True)
    images = pictures(3, seed=3)
    answers = loaded(images, training=False)
    np.testing.assert_allclose(answers["logits"], model.answer(images).numpy(), atol=1e-4)


def test_what_lies_beside_tells_where_it_came_from(dbvae_run, tmp_path):
    run, _ = dbvae_run
    found = exported(run, "onnx", tmp_path / "out")
    folder = tmp_path / "out"
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "run.json", "export.json", "SHA256SUMS"}
    assert (folder / "run.json").read_bytes() == (run / "run.json").read_bytes()
    record = json.loads((folder / "export.json").read_text())
    assert (record["format"], record["quantization"]) == ("onnx", "float32")
    assert record["sha256"] == provenance.sha256(found.path)
    # `sha256sum export/SHA256SUMS` gives the same.
    assert record["source"] == {
        "sha256": provenance.sha256(run / "export" / "SHA256SUMS"), "path": str(run / "export"),
    }  # fmt: skip
    assert {"command", "date", "machine", "versions", "git_revision", "compared"} <= record.keys()
    checksums.check(folder)
    assert export_record.read(found.path).label == "ONNX"


@pytest.mark.parametrize("quantize", ["dynamic", "int8"])
def test_a_quantized_model_is_near(dbvae_run, face_file, quantize, tmp_path):
    run, model = dbvae_run
    settings = {"calibrate": str(face_file), "groups": ("tone",)} if quantize == "int8" else {}
    found = exported(run, "litert", tmp_path / "a", quantize=quantize, **settings)
    again = exported(run, "litert", tmp_path / "b", quantize=quantize, **settings)
    assert found.path.read_bytes() == again.path.read_bytes()
    whole = exported(run, "litert", tmp_path / "c")
    assert found.num_bytes < whole.num_bytes and not found.is_exact
    images = pictures(64, seed=4)
    expected = model.answer(images).numpy()
    logits, _ = ExportedModel("m", found.path).answer(images)
    largest = np.abs(logits - expected).max()
    assert 1e-4 < largest < 0.5 * np.ptp(expected)
    record = json.loads((tmp_path / "a" / "export.json").read_text())
    assert record["compared"]["largest"] == found.agreement.largest
    if quantize == "int8":
        # Half of the 20 faces of the smallest group, and as many of each other one.
        assert record["calibration"]["groups"] == ["a", "b", "c", "non-faces"]
        assert record["calibration"]["pictures_of_each"] == 10
        assert found.pictures.startswith("40 pictures of ")
    else:
        assert record["calibration"] is None
