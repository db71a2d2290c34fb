"""evaluate.py --target: models and data that it takes, and those that it refuses."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from tests.cli.evaluating.face_audits import run_main
from tests.cli.evaluating.targets.target_audits import audit
from tests.scoring.saved_models import SIZE, pictures


def test_what_was_trained_for_something_else_is_not_audited(model, data, tmp_path):
    shutil.copytree(model, tmp_path / "run" / "export")
    run = str(tmp_path / "run")
    audit(run, data)  # nobody says what it was trained for
    record = tmp_path / "run" / "run.json"
    for somebody_elses in ("[]", '{"config": null}', "no json", '{"config": {"seed": 1}}'):
        record.write_text(somebody_elses)
        audit(run, data)
    record.write_text(json.dumps({"config": {"target": ""}}))
    with pytest.raises(InputError, match=r"trained to tell faces against non-faces .*Leave --target out"):
        audit(run, data)
    for learned, is_fine in (("Attractive", True), ("Attractive=yes", True), ("Male", False)):
        record.write_text(json.dumps({"config": {"target": learned}}))
        if is_fine:
            audit(run, data)
            continue
        with pytest.raises(InputError, match=r"export: was trained to tell Male .*Give --target Male"):
            audit(run, data)
        with pytest.raises(InputError, match=r"is asked for faces against non-faces. Give --target Male"):
            audit(run, data, target="")


def test_a_folder_of_classes(tmp_path, model):
    for folder, levels in {"smiling": [200, 90, 130], "not": [80, 120]}.items():
        (tmp_path / folder).mkdir()
        for i, grey in enumerate(levels):
            Image.new("RGB", (SIZE, SIZE), (grey,) * 3).save(tmp_path / folder / f"{i}.png")
    found = audit(model, tmp_path, target="group=smiling")
    assert found.groups.names == ("all",)  # the folders are the labels
    # Of 200, 90 and 130 two reach 100, of 80 and 120 one.
    assert found.models[0].overall["true_positive_rate"].value == pytest.approx(2 / 3)
    assert found.models[0].overall["false_positive_rate"].value == 0.5


def test_wrong_targets(model, data):
    with pytest.raises(InputError, match="no attribute 'Smiling'; the file has Attractive, Male, age"):
        audit(model, data, target="Smiling")
    with pytest.raises(InputError, match="--target=age: the values of 'age' .* --target age=young"):
        audit(model, data, target="age")
    with pytest.raises(InputError, match="no faces of split 'val'. Choose other pictures or another --split"):
        audit(model, data, split="val")
    # About a third of the 240 faces are negative; a hundred would do.
    with pytest.raises(InputError, match=r"faces.h5: \d\d negatives are too few for --fpr=0.01; .* add rows"):
        audit(model, data, fpr=0.01)


def test_one_kind_of_face_is_no_audit(tmp_path, model):
    path = tmp_path / "yes.h5"
    with FaceFileWriter(path, 2, SIZE, {"Male": ("no", "yes")}, ["drawn"]) as writer:
        codes, unknown = {"Male": np.array([1, 1])}, np.full(2, -1)
        writer.append(pictures([90, 110]), np.ones(2), codes, 0, ["a", "b"], unknown, unknown)
    with pytest.raises(
        InputError, match="no faces with Male=no; --target=Male needs positives and negatives"
    ):
        audit(model, path, target="Male")


def test_a_target_does_not_go_with_predictions(tmp_path):
    done = run_main("--predictions", tmp_path / "a.csv", "--target", "Attractive")
    assert done.returncode == 1
    assert done.stderr == (
        "error: --target=Attractive: a file of predictions has labels of its own; leave out --predictions or "
        "--target.\n"
    )
