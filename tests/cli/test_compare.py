"""facedebias.compare from end to end on a tiny set, and going on where it was stopped."""

import json
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
from PIL import Image

from facedebias.data.face_writer import FaceFileWriter

SIZE, NUM_FACES = 16, 240


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Faces with a vertical or a horizontal edge; the attribute is the former, 80% of women have it."""
    rng = np.random.default_rng(2)
    male = rng.integers(0, 2, NUM_FACES)
    has = (rng.random(NUM_FACES) < np.where(male, 0.2, 0.8)).astype(int)
    images = rng.integers(0, 60, (NUM_FACES, SIZE, SIZE, 3), np.uint8)
    images[has == 1, :, SIZE // 2 :] += 120
    images[has == 0, SIZE // 2 :] += 120
    path = tmp_path_factory.mktemp("data") / "faces.h5"
    values = {"Attractive": ("no", "yes"), "Male": ("no", "yes")}
    with FaceFileWriter(path, NUM_FACES, SIZE, values, ["drawn"]) as writer:
        writer.append(
            images, np.ones(NUM_FACES), {"Attractive": has, "Male": male}, 0,
            [f"{i}.png" for i in range(NUM_FACES)], np.arange(NUM_FACES) % 3, np.arange(NUM_FACES),
        )  # fmt: skip
    return path


def compare(data, output, *more):
    command = [
        sys.executable, "-m", "facedebias.compare", f"--data={data}", "--target=Attractive", "--groups=Male",
        "--seeds=2", "--common=--epochs=1", "--min_group=5",
        "--mitigation=thresholds,loose=--constraint=equalized_odds --tolerance=0.2",
        f"--output={output}", *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True)


def test_from_a_face_file_to_table_picture_and_report_and_again(data, tmp_path):
    output = tmp_path / "compare"
    done = compare(data, output)
    assert done.returncode == 0, done.stderr
    assert "group, seed 1" in done.stdout and "Traceback" not in done.stderr
    record = json.loads((output / "compare.json").read_text())
    assert list(record["mitigations"]) == ["plain", "group", "thresholds", "loose"]
    assert len(record["mitigations"]["plain"]["overall"]["accuracy"]["values"]) == 2
    fitted = json.loads((output / "runs" / "loose" / "seed-1" / "run.json").read_text())["group_thresholds"]
    assert fitted["tolerance"] == 0.2
    text = (output / "compare.md").read_text()
    assert "| thresholds |" in text and "tradeoff.png" in text
    with Image.open(output / "tradeoff.png") as picture:
        assert picture.width > 600
    assert (output / "report" / "report.html").exists()
    assert "by thresholds of its own for Male" in (output / "report" / "report.md").read_text()

    before = (output / "runs" / "plain" / "seed-0" / "run.json").stat().st_mtime_ns
    moved = data.with_name("moved.h5")
    shutil.copy(data, moved)
    again = compare(moved, output, "--max_gap=equal_opportunity=1,accuracy=0", "--max_gap=equalized_odds")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count(f"moved.h5 has the content of {data}") == 1
    text = (output / "compare.md").read_text()
    names = "plain, group, thresholds, loose"
    assert (
        f"Within a limit of 100 points on the equal opportunity gap, by the mean over seeds: {names}." in text
    )
    assert "Within a limit of 0 points on the accuracy gap, by the mean over seeds: none." in text
    record = json.loads((output / "compare.json").read_text())
    gaps = [f"{name}_difference" for name in ("equal_opportunity", "accuracy", "equalized_odds")]
    assert record["gaps"] == gaps
    assert record["limits"] == {gaps[0]: 1, gaps[1]: 0}
    assert "seed 1" not in again.stdout.split("# Attractive")[0]
    assert (output / "runs" / "plain" / "seed-0" / "run.json").stat().st_mtime_ns == before
    with h5py.File(moved, "r+") as file:
        file["images"][0] += 1
    refused = compare(moved, output)
    assert refused.returncode == 1
    assert f"moved.h5: is not the file that the run in {output}" in refused.stderr
    refused = compare(data, output, "--common=--epochs=2")
    assert refused.returncode == 1
    assert "was trained with other settings (epochs 1 -> 2)" in refused.stderr


def test_what_cannot_be_is_refused_at_once(data, tmp_path):
    for wrong, reason in (
        ("--groups=Mael", "no attribute 'Mael'"),
        ("--mitigation=a b=--epochs=2", "'a-b' and 'a b' have the same folder"),
    ):
        done = compare(data, tmp_path, "--mitigation=a-b=--epochs=2", wrong)
        assert done.returncode == 1 and reason.replace("'a-b' and 'a b'", "") in done.stderr
        assert not (tmp_path / "runs").exists()
    one_part = tmp_path / "train.h5"
    shutil.copy(data, one_part)
    with h5py.File(one_part, "r+") as file:
        file["split"][:] = 0
    done = compare(one_part, tmp_path)
    assert done.returncode == 1 and "part 'test' has 0 faces with Attractive" in done.stderr
    assert not (tmp_path / "runs").exists()
    done = compare(data, tmp_path, "--max_gap=equality")
    assert done.returncode == 1
    assert "--max_gap=equality: expected NAME or NAME=LIMIT with one of" in done.stderr
    assert "equal_opportunity" in done.stderr
    done = compare(data, tmp_path, "--max_gap=")
    assert done.returncode == 1 and "--max_gap=: expected one difference at least" in done.stderr
