"""python -m facedebias.detect from its flags to its files, with a model that measures brightness."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.detecting.face_searches import FACE, ROOT, iou, start


def test_from_flags_to_files(tmp_path, model, photo):
    before = hashlib.sha256(Path(photo).read_bytes()).digest()
    flags = (photo, "--model", model, "--output", tmp_path / "out", "--sizes", "0.5", "--threshold", 0.99)
    done = start(*flags)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{photo}: 1 face, {tmp_path}/out/photo.jpg"
    assert lines[1] == "threshold: fixed, probability at least 0.99"
    document = json.loads((tmp_path / "out" / "detections.json").read_text())
    assert (document["schema_version"], document["sizes"]) == (1, [0.5])
    assert document["threshold"] == pytest.approx(0.99)
    assert document["threshold_logit"] == pytest.approx(np.log(99))
    (picture,) = document["pictures"]
    assert (picture["path"], picture["width"], picture["height"]) == (photo, 200, 160)
    (face,) = picture["faces"]
    assert iou(np.array(face["box"]), np.array(FACE)) > 0.5
    assert face["window"] == pytest.approx(0.5, abs=0.01)
    assert face["score"] == pytest.approx(1 / (1 + np.exp(-face["logit"])), rel=1e-4)
    described = (ROOT / "docs" / "detection.md").read_text()
    assert all(f"`{name}`" in described for name in {*document, *picture, *face})
    # The copy has the size of the photograph, and a box on it where the JSON says.
    copy = np.asarray(Image.open(tmp_path / "out" / picture["drawn"]), int)
    assert copy.shape == (160, 200, 3)
    left, top, _, bottom = face["box"]
    assert np.abs(copy[(top + bottom) // 2, left] - (255, 220, 0)).max() < 90
    assert hashlib.sha256(Path(photo).read_bytes()).digest() == before
    # Once more only where that is wanted.
    again = start(*flags)
    assert again.returncode == 1
    assert again.stderr == (
        f"error: {tmp_path}/out: holds detections already; choose another --output or add --overwrite.\n"
    )


def test_help_needs_no_tensorflow():
    code = (
        "import sys, runpy; sys.argv = ['detect', '--help']\n"
        "try: runpy.run_module('facedebias.detect', run_name='__main__')\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--nonfaces" in done.stdout


def test_damaged_pictures_are_named_and_the_others_searched(tmp_path, model, photo):
    (tmp_path / "broken.png").write_bytes(Path(photo).read_bytes()[:200])
    Image.new("RGB", (20, 20)).save(tmp_path / "tiny.png")
    done = start(
        tmp_path,
        "--model",
        model,
        "--output",
        tmp_path / "out",
        "--nodraw",
        "--sizes",
        0.8,
        "--threshold",
        0.01,
    )
    assert done.returncode == 1
    assert f"{photo}: 1 face\n" in done.stdout
    errors = done.stderr.splitlines()
    assert errors[0].startswith(f"error: {tmp_path}/broken.png: cannot be decoded")
    document = json.loads((tmp_path / "out" / "detections.json").read_text())
    assert [Path(p["path"]).name for p in document["failed"]] == ["broken.png"]
    assert [Path(p["path"]).name for p in document["pictures"]] == ["photo.png", "tiny.png"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["detections.json"]


def test_nothing_is_left_if_nothing_can_be_searched(tmp_path, model):
    Image.new("RGB", (9, 9)).save(tmp_path / "tiny.png")
    done = start(tmp_path / "tiny.png", "--model", model, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "tiny.png: 9x9 pixels, so that its largest window has 8; expected windows of at" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.png"]
