"""Folders that hold no SavedModel of use."""

import pytest
import tensorflow as tf

from facedebias.auditing.settings import AuditConfig
from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from tests.scoring.saved_models import answers, level, pictures, save_own


def test_folder_without_a_saved_model(tmp_path):
    with pytest.raises(InputError, match="holds nothing; expected saved_model.pb"):
        ExportedModel("m", tmp_path)
    (tmp_path / "weights.h5").touch()
    with pytest.raises(
        InputError, match="holds weights.h5; expected saved_model.pb or export/saved_model.pb"
    ):
        ExportedModel("m", tmp_path)
    (tmp_path / "model").touch()
    with pytest.raises(InputError, match="model: is not a folder, and no model that can be read; expected a"):
        ExportedModel("m", tmp_path / "model")
    with pytest.raises(InputError, match="nowhere: no such folder"):
        ExportedModel("m", tmp_path / "nowhere")
    with pytest.raises(
        InputError,
        match=r"nowhere\.keras: no such file; expected a \.keras, \.onnx or \.tflite file, or the folder",
    ):
        ExportedModel("m", tmp_path / "nowhere.keras")


def test_damaged_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"damaged")
    with pytest.raises(InputError, match="cannot be loaded as a SavedModel"):
        ExportedModel("m", tmp_path)


def test_no_signature(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path / "bare"))
    with pytest.raises(
        InputError, match="has no signature to ask, .*; expected a signature 'serving_default'"
    ):
        ExportedModel("m", tmp_path / "bare")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("m.mlmodel", "is a Core ML model; .* Give the SavedModel, .keras or .onnx file"),
        ("m.pt", "is a PyTorch file; .* Export it to ONNX"),
        ("M.PTH", "is a PyTorch file"),
        ("model.safetensors", "holds weights without their model"),
        ("frozen.pb", "is a frozen TensorFlow graph; .* Write a SavedModel of it"),
        ("m.weights.h5", r"holds weights without their model; .* model\.export\(.folder.\)"),
        ("m.ckpt", "is a checkpoint, which holds weights"),
        ("m.ckpt.index", "is a checkpoint, which holds weights"),
        ("m.pkl", "is a Python pickle, which is not opened"),
        ("m.zip", "is an archive; .* Unpack it"),
    ],
)
def test_other_kinds_of_files_name_the_way_out(tmp_path, name, what):
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(InputError, match=rf"{name}: {what}.*--predictions"):
        ExportedModel("m", tmp_path / name)


@pytest.mark.parametrize(
    ("names", "way_out"),
    [
        (["model.keras"], r"Give the file itself: --model=.*model\.keras"),
        (
            ["config.json", "metadata.json", "model.weights.h5"],
            "It is an unpacked .keras file; pack it again",
        ),
        (
            ["config.json", "pytorch_model.bin"],
            r"pytorch_model\.bin holds weights without their model\. Export",
        ),
        (["ckpt-1.index", "notes.txt"], r"ckpt-1\.index is a checkpoint, which holds weights"),
        (["notes.txt"], "Give the folder of an exported model"),
    ],
)
def test_folders_without_a_saved_model_name_the_way_out(tmp_path, names, way_out):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=rf"expected saved_model\.pb or export/saved_model\.pb\. {way_out}"):
        ExportedModel("m", tmp_path)


def test_the_file_inside_a_saved_model_stands_for_its_folder(tmp_path):
    path = save_own(tmp_path / "m")
    assert str(ExportedModel("m", f"{path}/saved_model.pb").path) == path
    ((name, _, _),) = AuditConfig(models=(f"{path}/saved_model.pb",)).named_models()
    assert name == "m"


def test_versions_as_for_serving_name_the_last(tmp_path):
    for number in (1, 2):
        save_own(tmp_path / f"m/{number}")
    with pytest.raises(InputError, match=r"holds 1, 2; .* Give one of its folders: --model=.*m/2\."):
        ExportedModel("m", tmp_path / "m")


def test_damage_is_told_without_pythons_bytes(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"damaged")
    with pytest.raises(InputError) as refused:
        ExportedModel("m", tmp_path)
    assert "b'" not in str(refused.value)


def save_signatures(path, **signatures):
    """A SavedModel whose signatures each answer with a number of their own."""
    spec = tf.TensorSpec([None, 8, 8, 3], tf.uint8, name="x")

    def function(number):
        return tf.function(lambda x: {"n": 0 * level(x) + number}, input_signature=[spec])

    functions = {name: function(number) for name, number in signatures.items()}
    tf.saved_model.save(tf.Module(), str(path), signatures=functions)
    return path


def test_the_only_signature_is_asked(tmp_path):
    found = answers(save_signatures(tmp_path / "m", predict=7.0), pictures([1, 2]), "score")
    assert found.scores.tolist() == [7, 7]
    assert found.note.endswith("How m was asked: its only signature, 'predict', was asked.")


def test_one_of_several_signatures_is_chosen(tmp_path):
    path = save_signatures(tmp_path / "m", predict=7.0, classify=5.0)
    with pytest.raises(
        InputError, match="signatures are 'classify', 'predict'; .*Choose one with --signature"
    ):
        ExportedModel("m", path)
    assert answers(path, pictures([1]), "score", signature="classify").scores.tolist() == [5]
    with pytest.raises(
        InputError, match="has no --signature=train; its signatures are 'classify', 'predict'"
    ):
        answers(path, pictures([1]), signature="train")


def test_a_network_of_tensorflow_1(tmp_path):
    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 8, 8, 3], "x")
        phase = v1.placeholder(tf.bool, [], "phase_train")
        factor = v1.get_variable("factor", initializer=2.0)
        answer = tf.where(phase, 0.0, 1.0) * tf.reduce_mean(x, [1, 2, 3]) * factor
        session.run(v1.global_variables_initializer())
        signature = v1.saved_model.predict_signature_def({"x": x, "phase_train": phase}, {"y": answer})
        builder = v1.saved_model.Builder(str(tmp_path / "m"))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.add_meta_graph(["train"])
        builder.save()
    found = answers(tmp_path / "m", pictures([0, 51]), "score", input_range=(0.0, 1.0))
    assert found.scores == pytest.approx([0, 0.4])
    assert found.note == "How m was asked: its switch 'phase_train' was set to False."
