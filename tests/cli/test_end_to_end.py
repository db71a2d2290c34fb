"""The README's commands, one after the other, on a small drawn set."""

import json
import subprocess
import sys

import pytest


def run(*arguments):
    command = [sys.executable, *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def trained(folder):
    """What training said, by model."""
    drawn = ("--faces", "synthetic:200", "--nonfaces", "synthetic:200", "--skew")
    for split in ("train", "test"):
        run("-m", "facedebias.prepare", *drawn, "--split", split, "--output", folder / f"{split}.h5")
    train = ("train.py", "--data", folder / "train.h5", "--epochs", 1)
    return {
        model: run(*train, "--model", model, "--output", folder / model) for model in ("classifier", "dbvae")
    }


def test_the_report_compares_both_models_by_group(folder, trained):
    assert set(trained) == {"classifier", "dbvae"}
    models = ("--model", folder / "classifier", "--model", folder / "dbvae")
    data = ("--data", folder / "test.h5", "--groups", "skin", "--fpr", 0.05)
    printed = run("evaluate.py", *models, *data, "--output", folder / "report").stdout
    for word in ("light", "medium", "dark", "classifier", "dbvae", "worst group", "report.html"):
        assert word in printed
    results = json.loads((folder / "report" / "results.json").read_text())
    assert set(results["models"]) == {"classifier", "dbvae"}
    for model in results["models"].values():
        assert sum(group["n"] for group in model["groups"].values()) == 200
        assert model["fpr"] <= 0.05
    assert {path.name for path in (folder / "report").iterdir()} == {
        "report.html",
        "summary.md",
        "report.md",
        "results.json",
        "groups.csv",
        "suspects.csv",
        "recall.png",
        "model_card_classifier.md",
        "model_card_dbvae.md",
    }
    page = (folder / "report" / "report.html").read_text()
    assert "Inside dbvae" in page  # what training left behind
    assert "Inside classifier" not in page


def test_the_dataset_command_describes_the_file(folder, trained):
    printed = run("-m", "facedebias", "describe", folder / "train.h5").stdout
    assert "400 pictures of 64x64" in printed
    assert "faces 200, non-faces 200" in printed
    assert "skin" in printed


def test_nothing_is_printed_that_is_not_for_the_user(trained):
    found = trained["classifier"]
    assert found.stderr == ""
    assert found.stdout.startswith("classifier with loss sampling on 180 faces and 180 non-faces of")


def test_a_setting_that_changes_nothing_is_named(folder, trained):
    assert trained["classifier"].returncode == 0
    command = [sys.executable, "train.py", "--data", str(folder / "train.h5"), "--rule", "product"]
    command += ["--output", str(folder / "classifier")]  # which is there, so that nothing is trained
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    note, error = found.stderr.splitlines()
    assert note.startswith("note: --rule=product changes nothing here; used by --sampler latent")
    assert error.startswith("error: ")
