"""From a model and validation faces to a model with thresholds of groups, and its audit."""

import json
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from facedebias.scoring.group_rule import GroupRule
from tests.scoring.saved_models import SIZE, pictures, save_own

NUM_FACES = 2000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Faces by turns for validation and test: the attractive ones are brighter, men darker by 15."""
    rng = np.random.default_rng(1)
    male = rng.integers(0, 2, NUM_FACES)
    attractive = (rng.random(NUM_FACES) < 0.5).astype(int)
    levels = rng.normal(100 + 20 * attractive - 10 - 15 * male, 12).clip(0, 255).round()
    path = tmp_path_factory.mktemp("data") / "faces.h5"
    values = {"Attractive": ("no", "yes"), "Male": ("no", "yes")}
    with FaceFileWriter(path, NUM_FACES, SIZE, values, ["drawn"]) as writer:
        writer.append(
            pictures(levels), np.ones(NUM_FACES), {"Attractive": attractive, "Male": male}, 0,
            [f"{i}.png" for i in range(NUM_FACES)], 1 + np.arange(NUM_FACES) % 2, np.full(NUM_FACES, -1),
        )  # fmt: skip
    return str(path)


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory):
    """The command's output and the folder it wrote."""
    folder = tmp_path_factory.mktemp("models")
    model = save_own(folder / "brightness")
    output = folder / "thresholds"
    command = [
        sys.executable, "-m", "facedebias", "thresholds", f"--model={model}", f"--data={data}",
        "--target=Attractive", "--groups=Male", f"--output={output}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, model, output


def test_it_has_the_flags_that_errors_on_models_made_elsewhere_advise():
    command = [sys.executable, "-m", "facedebias", "thresholds", "--help"]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    for flag in ("input_size", "input_scale", "positive_output", "signature", "output_kind", "batch_size"):
        assert f"--{flag}" in said or f"--[no]{flag}" in said


def test_it_says_and_writes_down_that_groups_are_needed(fitted):
    said, _, output = fitted
    assert "Male=no: selected" in said and "using it needs Male of everyone it judges" in said
    record = json.loads((output / "run.json").read_text())["group_thresholds"]
    assert record["needs_groups_at_prediction"] == ["Male"] and record["constraint"] == "equalized_odds"
    assert GroupRule.load(output / "export").groups.keys() == {"Male=no", "Male=yes"}


def test_the_audit_judges_its_decisions_and_names_what_they_need(fitted, data):
    _, model, output = fitted
    config = AuditConfig(
        models=(f"before={model}", f"after={output}"), data=data, target="Attractive", groups=("Male",),
        split="test", num_draws=100,
    )  # fmt: skip
    audit = evaluate(config)
    before, after = (result.main.differences["equalized_odds_difference"].value for result in audit.models)
    assert before > 0.4 and after < 0.15
    (note,) = [note for note in audit.notes if note.startswith("after decides")]
    assert "using it needs that of everyone" in note and "equalized_odds" in note


def test_rows_of_no_known_group_are_not_selected_and_counted_in_a_note(fitted, data, tmp_path):
    _, _, output = fitted
    path = tmp_path / "gaps.h5"
    shutil.copy(data, path)
    with h5py.File(path, "r+") as file:
        codes = file["attributes/Male"][:]
        codes[1::20] = -1  # of every second row, which are the test's, a tenth: 100
        file["attributes/Male"][:] = codes
    config = AuditConfig(
        models=(str(output),), data=str(path), target="Attractive", split="test", num_draws=100
    )
    audit = evaluate(config)
    (note,) = [note for note in audit.notes if "decides" in note]
    assert note.endswith("100 rows whose group is not known are not selected.")
    assert audit.scores[0].scores.sum() < 1000 - 100


def test_a_tolerance_is_taken_from_the_flag_and_written_down(fitted, data, tmp_path):
    _, model, _ = fitted
    done = make_again(model, tmp_path / "loose", data, "--tolerance=0.2")
    assert done.returncode == 0, done.stderr
    assert GroupRule.load(tmp_path / "loose" / "export").tolerance == 0.2


def make_again(model, output, data, *more):
    command = [
        sys.executable, "-m", "facedebias", "thresholds", f"--model={model}", f"--data={data}",
        "--target=Attractive", "--groups=Male", f"--output={output}", "--overwrite", *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True)


def test_nothing_but_such_a_model_is_replaced(fitted, data, tmp_path):
    _, model, output = fitted
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "love.txt").touch()
    for place, reason in (
        (tmp_path / "letters", "is no model with thresholds"),
        (model, "is the folder of the model"),
    ):
        done = make_again(model, place, data)
        assert done.returncode == 1 and reason in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "letters" / "love.txt").exists()
    done = make_again(output, tmp_path / "new", data)
    assert done.returncode == 1 and "has thresholds for groups already" in done.stderr


def test_no_other_threshold_can_be_set(fitted, data):
    _, _, output = fitted
    config = AuditConfig(models=(str(output),), data=data, target="Attractive", groups=("Male",), fpr=0.1)
    with pytest.raises(InputError, match=r"has thresholds of its own for groups .*--threshold=0.5"):
        evaluate(config)
