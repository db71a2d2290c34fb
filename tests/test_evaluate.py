"""evaluate.py from its flags to its report, on models that only measure brightness."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from facedebias.audit.evaluation import evaluate
from facedebias.audit.scoring import ExportedModel
from facedebias.audit.settings import AuditConfig
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError

ROOT = Path(__file__).parents[1]
SIZE = 8
# Grey levels of the pictures, face by face: the logit is the level minus 100, over 10.
FACES = {"White Male": [200, 150], "Black Male": [120, 90, 100], "Black Female": [95, 130]}
NONFACES = [90] * 9 + [110]


def save_model(
    path, size=SIZE, outputs=("logits", "probabilities"), column=False, input_name="images", shift=100.0
):
    """A SavedModel of the contract, unless told otherwise."""

    def predict(images):
        logits = (tf.reduce_mean(tf.cast(images, tf.float32), [1, 2, 3]) - shift) / 10.0
        logits = logits[:, None] if column else logits
        return {outputs[0]: logits, outputs[1]: tf.sigmoid(logits)}

    spec = tf.TensorSpec([None, size, size, 3], tf.uint8, name=input_name)
    function = tf.function(predict, input_signature=[spec])
    tf.saved_model.save(tf.Module(), str(path), signatures={"serving_default": function})
    return str(path)


def pictures(levels):
    return np.broadcast_to(np.array(levels, np.uint8)[:, None, None, None], (len(levels), SIZE, SIZE, 3))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    # As a training run leaves it: the SavedModel in export/.
    run = tmp_path_factory.mktemp("runs") / "brightness"
    save_model(run / "export")
    return str(run)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "test.h5"
    values = {"race": ("White", "Black"), "gender": ("Male", "Female"), "age": ("young", "old")}
    rows = [(name.split(), level) for name, levels in FACES.items() for level in levels]
    race = [values["race"].index(words[0]) for words, _ in rows]
    gender = [values["gender"].index(words[1]) for words, _ in rows]
    with FaceFileWriter(path, 17, SIZE, values, ["drawn"]) as writer:
        for label, levels, codes in (
            (1, [level for _, level in rows], {"race": np.array(race), "gender": np.array(gender)}),
            (0, NONFACES, {}),
        ):
            size, names = len(levels), [f"{label}/{i}.png" for i in range(len(levels))]
            split, identity = np.full(size, 2), np.full(size, -1)
            writer.append(pictures(levels), np.full(size, label), codes, 0, names, split, identity)
    return str(path)


def run_main(*flags):
    return subprocess.run(
        [sys.executable, "evaluate.py", *map(str, flags)], cwd=ROOT, capture_output=True, text=True
    )


def test_from_flags_to_report(tmp_path, model, data):
    output = tmp_path / "report"
    done = run_main(
        "--model", model, "--model", f"again={model}", "--data", data, "--groups", "race,gender",
        "--fpr", 0.1, "--batch_size", 4, "--output", output,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Black Female" in done.stdout
    assert f"report: {output / 'report.md'}" in done.stdout
    assert "Traceback" not in done.stderr
    results = json.loads((output / "results.json").read_text())
    assert list(results["models"]) == ["brightness", "again"]
    assert results["models"]["brightness"] == results["models"]["again"]
    assert len(results["data_sha256"]) == 64
    # One of ten non-faces may pass, so the threshold is just above the level 90: the logit -1.
    result = results["models"]["brightness"]
    assert result["threshold_logit"] == pytest.approx(-1)
    assert (result["fpr"], result["num_nonfaces"]) == (0.1, 10)
    assert {name: group["n"] for name, group in result["groups"].items()} == {
        "White Male": 2, "Black Male": 3, "Black Female": 2,
    }  # fmt: skip
    # Of the three Black men one has the level 90, which no longer passes.
    assert result["worst_group"]["name"] == "Black Male"
    assert result["worst_group"]["recall"] == pytest.approx(2 / 3)
    assert result["mean_recall"] == pytest.approx((1 + 2 / 3 + 1) / 3)


def test_wrong_input_is_one_line(data):
    done = run_main("--model", "nowhere", "--data", data)
    assert done.returncode == 1
    assert done.stdout == ""
    assert (
        done.stderr == "error: nowhere: no such folder; expected an exported model, which train.py writes.\n"
    )


def test_help_needs_no_tensorflow():
    code = (
        "import sys; sys.argv = ['evaluate.py', '--help']; import runpy\n"
        "try: runpy.run_path('evaluate.py', run_name='__main__')\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        "assert not {'tensorflow', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--fpr" in done.stdout


def audit(model, data, **fields):
    models = (model,) if isinstance(model, str) else model
    return evaluate(AuditConfig(models=models, data=str(data), **fields))


def test_rest_batch_counts_and_batch_size_changes_nothing(model, data):
    results = [audit(model, data, fpr=0.1, batch_size=size).models[0] for size in (3, 256)]
    assert results[0] == results[1]
    assert results[0].groups[0].num_faces == 7
    levels = sum(FACES.values(), [])
    expected = np.mean(1 / (1 + np.exp(-(np.array(levels) - 100) / 10)))
    assert results[0].groups[0].mean_probability == pytest.approx(expected)


def test_thresholds_for_each_model(model, data):
    # The logit 0 is the level 100; a probability of 0.95257 the logit 3, or the level 130.
    result = audit((model, model), data, thresholds=(0.5, 0.9525741))
    assert [m.groups[0].num_found for m in result.models] == [5, 3]
    assert [m.fpr.value for m in result.models] == [0.1, 0.0]
    assert audit((model, model), data, thresholds=(0.5,)).models[1].groups[0].num_found == 5


def test_columns_of_answers_are_fine(tmp_path, model, data):
    column = save_model(tmp_path / "column", column=True)
    assert audit(column, data, fpr=0.1).models[0].groups == audit(model, data, fpr=0.1).models[0].groups


@pytest.fixture
def folders(tmp_path):
    for group, levels in {"LF": [200, 210], "DF": [90, 120, 130]}.items():
        (tmp_path / "faces" / group).mkdir(parents=True)
        for i, level in enumerate(levels):
            picture = Image.new("RGB", (32, 32), (level, level, level))
            picture.save(tmp_path / "faces" / group / f"{i}.png")
    return tmp_path / "faces"


def test_folder_of_group_folders(model, data, folders):
    result = audit(model, folders, nonfaces=data, fpr=0.1)
    assert result.group_attributes == ("group",)
    groups = {group.name: (group.num_found, group.num_faces) for group in result.models[0].groups}
    assert groups == {"DF": (2, 3), "LF": (2, 2)}
    assert audit(model, folders, thresholds=(0.5,)).models[0].fpr is None


def test_folder_without_nonfaces_cannot_set_a_rate(model, folders):
    with pytest.raises(InputError, match="no non-faces.*--nonfaces.*--threshold"):
        audit(model, folders)


def test_damaged_picture_is_named(model, folders):
    (folders / "LF" / "9.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"cannot decode LF/9\.png"):
        audit(model, folders, thresholds=(0.5,))


def test_wrong_data(model, data):
    with pytest.raises(InputError, match="no attribute 'skin'; the file has age, gender, race"):
        audit(model, data, groups=("skin",))
    with pytest.raises(InputError, match="--groups=age: not known of any face"):
        audit(model, data, groups=("age",))
    with pytest.raises(InputError, match="10 non-faces are too few for --fpr=0.01; expected at least 100"):
        audit(model, data)
    with pytest.raises(InputError, match="no faces of split 'val'"):
        audit(model, data, split="val")
    assert audit(model, data, split="test", fpr=0.1).models[0].num_nonfaces == 10


def test_pictures_of_another_size(tmp_path, model, data):
    small = save_model(tmp_path / "small", size=4)
    with pytest.raises(InputError, match="its pictures are 8x8, but the models take 4x4.*--size 4"):
        audit(small, data)
    with pytest.raises(InputError, match="takes pictures of 4x4, but .* of 8x8"):
        audit((model, small), data)


def test_folder_without_a_saved_model(tmp_path):
    with pytest.raises(InputError, match="holds nothing; expected saved_model.pb"):
        ExportedModel("m", tmp_path)
    (tmp_path / "weights.h5").touch()
    with pytest.raises(
        InputError, match="holds weights.h5; expected saved_model.pb or export/saved_model.pb"
    ):
        ExportedModel("m", tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        ExportedModel("m", tmp_path / "weights.h5")


def test_damaged_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"damaged")
    with pytest.raises(InputError, match="cannot be loaded as a SavedModel"):
        ExportedModel("m", tmp_path)


def test_saved_model_of_another_contract(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path / "bare"))
    with pytest.raises(InputError, match="its signatures are none; expected a signature 'serving_default'"):
        ExportedModel("m", tmp_path / "bare")
    renamed = save_model(tmp_path / "renamed", outputs=("score", "probabilities"), input_name="x")
    with pytest.raises(InputError, match="takes 'x' and gives 'probabilities', 'score'; expected"):
        ExportedModel("m", renamed)


def test_scores_that_are_no_numbers_name_the_row(tmp_path, data):
    broken = save_model(tmp_path / "broken", shift=float("nan"))
    with pytest.raises(
        InputError, match=r"gives logit nan and probability nan for row 0 \(1/0\.png\) of .*test\.h5"
    ):
        audit(broken, data, fpr=0.1)
