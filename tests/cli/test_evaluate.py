"""evaluate.py from its flags to its report, on models that only measure brightness."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from tests.scoring.saved_models import SIZE, level, pictures, save, save_own

ROOT = Path(__file__).parents[2]
# Grey levels of the pictures, face by face: the logit is the level minus 100, over 10.
FACES = {"White Male": [200, 150], "Black Male": [120, 90, 100], "Black Female": [95, 130]}
NONFACES = [90] * 9 + [110]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    # As a training run leaves it: the SavedModel in export/.
    run = tmp_path_factory.mktemp("runs") / "brightness"
    save_own(run / "export")
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
        "--fpr", 0.1, "--num_draws", 100, "--batch_size", 4, "--output", output, "--min_group", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Black Female" in done.stdout
    assert f"report: {output}{os.sep}report." in done.stdout
    assert {"results.json", "groups.csv", "report.md", "recall.png"} <= set(os.listdir(output))
    assert "Traceback" not in done.stderr
    results = json.loads((output / "results.json").read_text())
    assert list(results["models"]) == ["brightness", "again"]
    first, again = results["models"].values()
    assert first.pop("path") == again.pop("path")
    assert first == again
    assert len(results["data_sha256"]) == 64
    # One of ten non-faces may pass, so the threshold is just above the level 90: the logit -1.
    result = first
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
        done.stderr
        == "error: nowhere: no such folder; expected an exported model, which facedebias train writes.\n"
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
    counts = [[(g.num_rows, g.num_found) for g in result.groups] for result in results]
    assert counts[0] == counts[1]
    assert results[0].thresholds == results[1].thresholds
    for name, figure in results[0].overall.items():
        # TensorFlow's sigmoid of a float32 hangs in its last bit on where in a batch it stands.
        assert figure.value == pytest.approx(results[1].overall[name].value, abs=1e-6)
    assert results[0].groups[0].num_positives == 7
    levels = sum(FACES.values(), [])
    expected = np.mean(1 / (1 + np.exp(-(np.array(levels) - 100) / 10)))
    assert results[0].groups[0].metrics["mean_score"].value == pytest.approx(expected)


def test_thresholds_for_each_model(model, data):
    # The logit 0 is the level 100; a probability of 0.95257 the logit 3, or the level 130.
    result = audit((model, model), data, thresholds=(0.5, 0.9525741))
    assert [m.groups[0].num_found for m in result.models] == [5, 3]
    assert [m.overall["false_positive_rate"].value for m in result.models] == [0.1, 0.0]
    assert audit((model, model), data, thresholds=(0.5,)).models[1].groups[0].num_found == 5


def test_somebody_elses_model_beside_ones_own(tmp_path, model, data):
    # Of any size, asked with numbers from 0 to 1, of which it gives the mean: the level over 255.
    path = save(
        tmp_path / "other", lambda x: {"a": level(x), "b": -level(x)}, (None, None, 3), tf.float32, "x"
    )
    foreign = ForeignModels(input_range=(0.0, 1.0), output_name="a")
    found = audit((model, f"other={path}"), data, fpr=0.1, groups=("race", "gender"), foreign=foreign)
    own, other = found.models
    assert [(m.name, m.kind) for m in found.models] == [("brightness", "logit"), ("other", "probability")]
    # Both grow with the level, so the same pictures pass: those above the level 90.
    assert [g.num_found for g in own.groups] == [g.num_found for g in other.groups]
    assert other.threshold == pytest.approx(90 / 255)
    assert found.notes[-1].startswith("the kind of scores was taken from their values (other: probability)")
    # Scaled for --input_size, it is asked about 4 x 4 pictures; uniform ones stay what they are.
    foreign = ForeignModels((4, 4), (0.0, 1.0), "a")
    scaled = audit((model, path), data, fpr=0.1, groups=("race", "gender"), foreign=foreign).models[1]
    assert [g.num_found for g in scaled.groups] == [g.num_found for g in other.groups]


def test_a_rate_for_each_group_needs_nonfaces_in_groups(model, data):
    with pytest.raises(InputError, match="--per_group: the negatives of .*test.h5 belong to no group"):
        audit(model, data, fpr=0.1, groups=("race",), per_group=True)


@pytest.fixture
def folders(tmp_path):
    for group, levels in {"LF": [200, 210], "DF": [90, 120, 130]}.items():
        (tmp_path / "faces" / group).mkdir(parents=True)
        for i, grey in enumerate(levels):
            picture = Image.new("RGB", (32, 32), (grey, grey, grey))
            picture.save(tmp_path / "faces" / group / f"{i}.png")
    return tmp_path / "faces"


def test_folder_of_group_folders(model, data, folders):
    result = audit(model, folders, nonfaces=data, fpr=0.1)
    assert result.groups.attributes == ("group",)
    groups = {group.name: (group.num_found, group.num_rows) for group in result.models[0].groups}
    assert groups == {"DF": (2, 3), "LF": (2, 2)}
    assert audit(model, folders, thresholds=(0.5,)).models[0].overall["false_positive_rate"] is None


def test_folder_without_nonfaces_cannot_set_a_rate(model, folders):
    with pytest.raises(InputError, match="no non-faces.*--nonfaces.*--threshold"):
        audit(model, folders)


def test_what_a_folder_leaves_out_is_noted(model, data, folders):
    (folders / "LF" / "list.csv").write_text("a,b")
    (folders / "beside.png").write_bytes((folders / "LF" / "0.png").read_bytes())
    notes = audit(model, folders, nonfaces=data, thresholds=(0.5,)).notes
    assert notes[:2] == (
        f"in {folders}: 1 picture lies beside the group folders, has no group and was left out: beside.png.",
        f"in {folders}: 1 file is no picture and was left out: LF/list.csv.",
    )
    with pytest.raises(InputError, match="given as non-faces, but as faces too"):
        audit(model, folders, nonfaces=f"folder:{folders}", thresholds=(0.5,))
    with pytest.raises(InputError, match="--nonfaces utkface:x: holds faces only"):
        audit(model, folders, nonfaces="utkface:x", thresholds=(0.5,))


def test_groups_that_may_be_one_are_asked_about(model, data, folders):
    for name in ("df", "unknown"):
        shutil.copytree(folders / "LF", folders / name)
    notes = "\n".join(audit(model, folders, nonfaces=data, thresholds=(0.5,)).notes)
    assert (
        "column group: DF, df look alike (case, spaces, hyphens, zeros, alphabet) and are kept apart" in notes
    )
    assert "column group: unknown (2 rows) stays a group" in notes


def test_flags_for_models_made_elsewhere_are_not_dropped_silently(model, data):
    notes = audit(model, data, foreign=ForeignModels(input_mean=(0.5,)), thresholds=(0.5,)).notes
    assert notes[0].endswith(
        "were not used, as this project's own say by themselves what they take: brightness."
    )


def test_damaged_picture_is_named(model, folders):
    (folders / "LF" / "9.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"cannot decode LF/9\.png"):
        audit(model, folders, thresholds=(0.5,))


def test_wrong_data(model, data):
    with pytest.raises(InputError, match="no attribute 'skin'; the file has age, gender, race"):
        audit(model, data, groups=("skin",))
    with pytest.raises(InputError, match="--groups=age: not known of any row"):
        audit(model, data, groups=("age",))
    with pytest.raises(InputError, match="10 non-faces are too few for --fpr=0.01; expected at least 100"):
        audit(model, data)
    with pytest.raises(InputError, match="no faces of split 'val'"):
        audit(model, data, split="val")
    assert audit(model, data, split="test", fpr=0.1).models[0].num_negatives == 10


def test_pictures_of_another_size(tmp_path, model, data):
    small = save_own(tmp_path / "small", size=4)
    with pytest.raises(InputError, match="its pictures are 8x8, but the models take 4x4.*--size 4"):
        audit(small, data)
    with pytest.raises(InputError, match="takes pictures of 4x4, but .* of 8x8"):
        audit((model, small), data)


def test_scores_that_are_no_numbers_name_the_row(tmp_path, data):
    broken = save_own(tmp_path / "broken", shift=float("nan"))
    with pytest.raises(InputError, match=r"gives nan for row 0 \(1/0\.png\) of .*test\.h5"):
        audit(broken, data, fpr=0.1)


def test_classes_under_a_rate_name_the_other_outputs(tmp_path, data):
    # Of ten non-faces nine are below the level 95.
    path = save(
        tmp_path / "m",
        lambda x: {"scores": level(x), "classes": tf.cast(level(x) < 95, tf.int64)},
        name="x",
    )
    foreign = ForeignModels(output_name="classes")
    with pytest.raises(InputError, match=r"no threshold sets .* 90\.0% \(9 of 10.*--output_name: 'scores'\."):
        audit(path, data, fpr=0.1, foreign=foreign)


def test_flags_of_models_made_elsewhere_reach_the_model(tmp_path, data):
    # BGR, channels first: red is the last channel. Its logit is 2 (v / 255 - 0.4) / 0.2, the other's 0.
    def predict(x):
        red = tf.reduce_mean(x[:, 2], [1, 2])
        return {"z": tf.stack([2 * red, 0 * red], 1), "other": red}

    path = save(tmp_path / "m", predict, (3, 4, 4), tf.float32, "x")
    done = run_main(
        "--model", path, "--data", data, "--groups", "race", "--num_draws", 100, "--threshold", 0.5,
        "--input_size", 4, "--input_mean", "0.1,0.2,0.4", "--input_std", "0.5,0.5,0.2",
        "--input_channels", "BGR", "--output_name", "z", "--positive_output", 0, "--output",
        tmp_path / "report",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "pictures of 8x8 were scaled to 4x4; pictures were given channels first (3, height" in done.stdout
    assert "the difference of two logits, column 0 less column 1 of 'z'" in done.stdout
    # Above 0.4 x 255 = 102 are four of seven faces, and one of ten non-faces.
    result = json.loads((tmp_path / "report" / "results.json").read_text())
    (found,) = result["models"].values()
    assert found["overall_recall"] == pytest.approx(4 / 7)
    assert found["fpr"] == pytest.approx(0.1)


def test_suspects_are_written_looked_at_and_left_out(tmp_path, model, data):
    output = tmp_path / "report"
    flags = ("--model", model, "--data", data, "--groups", "race", "--fpr", 0.1, "--num_draws", 100)
    done = run_main(*flags, "--output", output)
    assert done.returncode == 0, done.stderr
    # The non-face of the level 110 is above the faces of 90, 95 and 100; that of 90 is below one non-face.
    lines = list(csv.DictReader((output / "suspects.csv").read_text().splitlines()))
    assert [(line["row"], line["path"], line["label"]) for line in lines] == [
        ("3", "1/3.png", "positive"), ("16", "0/9.png", "negative"),
    ]  # fmt: skip
    assert f"suspects: 1 negative and 1 positive: {output / 'suspects.csv'}" in done.stdout
    # In the report's own folder the file would be deleted with it.
    again = (*flags, "--exclude", output / "suspects.csv", "--output", output, "--overwrite")
    refused = run_main(*again)
    assert refused.returncode == 1
    assert "which --overwrite deletes; move it elsewhere first" in refused.stderr
    assert (output / "suspects.csv").exists()
    (output / "suspects.csv").rename(tmp_path / "looked-at.csv")
    done = run_main(*again[:-3], "--output", output, "--overwrite", "--exclude", tmp_path / "looked-at.csv")
    assert "9 non-faces are too few for --fpr=0.1" in done.stderr
    flags = (*flags[:-4], "--fpr", 0.2, "--num_draws", 100, "--exclude", tmp_path / "looked-at.csv")
    done = run_main(*flags, "--output", output, "--overwrite")
    assert done.returncode == 0, done.stderr
    excluded = json.loads((output / "results.json").read_text())["exclude"]
    assert excluded["groups"] == {"Black": {"left_out": 1, "of": 5}}
    assert (excluded["num_positives"], excluded["num_negatives"], len(excluded["sha256"])) == (1, 1, 64)
    sentence = "1 positive and 1 negative; of groups: Black 1 of 5. All figures are of the other rows."
    for text in (done.stdout, (output / "summary.md").read_text(), (output / "report.html").read_text()):
        assert f"looked-at.csv says: {sentence}" in text
