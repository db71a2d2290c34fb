"""evaluate.py from its flags to its report, on models that only measure brightness."""

import csv
import json
import os
import subprocess
import sys

import pytest
import tensorflow as tf

from tests.cli.evaluating.face_audits import ROOT, run_main
from tests.scoring.saved_models import save


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
