"""The commands prepare and describe."""

import subprocess
import sys

import pytest

from facedebias.data.face_file import FaceDataset
from tests.data.gray_pictures import class_folders, group_folders


@pytest.fixture
def groups(tmp_path):
    return group_folders(tmp_path / "groups")


@pytest.fixture
def classes(tmp_path):
    return class_folders(tmp_path / "classes")


def run(module, *arguments):
    return subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)


def test_prepare_command(groups, classes, tmp_path):
    output = str(tmp_path / "a.h5")
    command = [
        "--faces",
        f"folder:{groups}",
        f"--nonfaces=imagenet:{classes}",
        "--size=8",
        "--output",
        output,
    ]
    (groups / "A/bad.png").write_text("no picture")
    result = run("facedebias.prepare", *command, "--split=test", "--max_bad=0.1", "--exclude=n01440763")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        f"{output}: 9 pictures of 8x8",
        "  faces 6, non-faces 3",
        "  split   test 9 (6 faces)",
    ]
    assert lines[5] == "skipped 1 picture that could not be read:"
    assert lines[6].startswith("  folder A/bad.png: cannot identify")
    assert lines[7].startswith(f"wrote {output} in ") and lines[7].endswith(" pictures/s)")
    # Once more: the file is there.
    result = run("facedebias.prepare", *command)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"error: {output}: exists already. Choose another --output or add --overwrite.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--faces=folder:none"],
            "error: folder:none: no such folder. Give the folder that holds the pictures.\n",
        ),
        (["--faces=ppb:x"], "error: ppb:x: unknown source 'ppb'"),
        (["--exclude=@none"], "error: --exclude=@none: no such file"),
        (["celeba:x"], "error: 'celeba:x' belongs to no flag"),
        ([], "error: no pictures to prepare; give --faces or --nonfaces"),
    ],
)
def test_mistakes_in_the_command_are_one_line(tmp_path, arguments, message):
    result = run("facedebias.prepare", f"--output={tmp_path / 'a.h5'}", *arguments)
    assert result.returncode == 1 and result.stderr.startswith(message), result.stderr
    assert len(result.stderr.splitlines()) == 1 and list(tmp_path.iterdir()) == []


def test_help_needs_no_tensorflow():
    program = "import sys, facedebias.prepare, facedebias.cli.describe; print('tensorflow' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout == "False\n", result.stderr
    result = run("facedebias.prepare", "--help")
    assert result.returncode == 0 and "--crops_per_image" in result.stdout


def test_dataset_command(tiny_file, tmp_path):
    result = run("facedebias", "describe", str(tiny_file), str(tiny_file))
    assert result.returncode == 0 and result.stdout == 2 * (FaceDataset(tiny_file).describe() + "\n")
    result = run("facedebias", "describe", str(tmp_path / "none.h5"))
    assert result.returncode == 1 and result.stderr.startswith(
        f"error: {tmp_path / 'none.h5'}: no such file."
    )
    assert run("facedebias", "describe").stderr.startswith(
        "error: no file named; expected `python -m facedebias describe FILE...`."
    )
