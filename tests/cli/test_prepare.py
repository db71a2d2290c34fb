"""The commands prepare and describe."""

import os
import signal
import subprocess
import sys
import time

import pytest

from facedebias.data.face_file import FaceDataset
from tests import listening
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


def test_verified_files_are_said_to_be_and_damaged_ones_are_named(tiny_file, tmp_path):
    damaged = tmp_path / "damaged.h5"
    content = bytearray(tiny_file.read_bytes())
    content[len(content) // 2] ^= 1  # a pixel, as most of it
    damaged.write_bytes(content)
    result = run("facedebias", "describe", "--verify", str(damaged), str(tiny_file))
    assert result.returncode == 1 and result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"error: {damaged}: the picture of row ")
    assert result.stdout.endswith(
        FaceDataset(tiny_file).describe() + "\n  verified: everything is as it was written\n"
    )
    assert result.stdout.count("  verified:") == 1
    assert run("facedebias", "describe", "--verify", str(tiny_file)).returncode == 0
    # Without the flag only what is read is compared.
    assert run("facedebias", "describe", str(damaged)).returncode == 0


def start_long(output):
    """A preparation of minutes, once it has begun to write."""
    command = [sys.executable, "-m", "facedebias.prepare", "--faces=synthetic:100000", f"--output={output}"]
    num_before = len(partial_files(output))
    process = subprocess.Popen(
        [*command, "--overwrite", "--num_threads=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listening.listen,
    )
    while len(partial_files(output)) == num_before and process.poll() is None:
        time.sleep(0.02)
    return process


def partial_files(output):
    own = output.parent.glob(f".{output.name}.partial-*") if output.parent.exists() else ()
    return [path for path in own if path.stat().st_size > 1e9]


def test_a_signal_removes_the_unfinished_file_and_says_so(tmp_path):
    # Side by side: each takes a second to start.
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    outputs = [tmp_path / number.name / "a.h5" for number in numbers]
    for output in outputs:
        output.parent.mkdir()
        output.write_text("precious")
    processes = [start_long(output) for output in outputs]
    for number, output, process in zip(numbers, outputs, processes, strict=True):
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
        assert (process.returncode, stdout) == (128 + number, "")
        assert stderr == (
            f"stopped by {number.name}: what was written of {output} is removed; the same command makes it "
            "from the beginning\n"
        )
        assert [path.read_text() for path in output.parent.iterdir()] == ["precious"]


def test_the_next_start_removes_what_a_killed_one_left(groups, tmp_path):
    output = tmp_path / "out" / "a.h5"
    killed = [start_long(output) for _ in range(2)]
    for process in killed:
        process.kill()
        process.communicate()
    assert len(os.listdir(output.parent)) == 2
    result = run("facedebias.prepare", f"--faces=folder:{groups}", f"--output={output}")
    assert result.returncode == 0, result.stderr
    assert "note: removed 2 unfinished face files that a killed process had left in " in result.stdout
    assert os.listdir(output.parent) == ["a.h5"]


def test_shards_are_prepared_and_described(groups, tmp_path):
    output, index = tmp_path / "many", str(tmp_path / "many/index.json")
    command = [f"--faces=folder:{groups}", "--size=8", f"--output={output}"]
    result = run("facedebias.prepare", *command, "--shards=3")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{index}: 6 pictures of 8x8 in 3 shards\n")
    assert f"\nwrote {index} in " in result.stdout
    assert sorted(os.listdir(output)) == ["index.json", *(f"shard-0000{number}.h5" for number in range(3))]
    shard = output / "shard-00001.h5"
    shard.write_bytes(shard.read_bytes()[:-1])
    result = run("facedebias", "describe", "--verify", index)
    assert result.returncode == 1 and result.stderr.startswith(f"error: {shard}: "), result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("where", ["pixels", "columns"])
def test_a_damaged_source_is_one_line(tiny_file, tmp_path, where):
    content = bytearray(tiny_file.read_bytes())
    content[len(content) // 2 if where == "pixels" else -500] ^= 1
    (tmp_path / "damaged.h5").write_bytes(content)
    output = tmp_path / "a.h5"
    result = run("facedebias.prepare", f"--faces=lab:{tmp_path / 'damaged.h5'}", f"--output={output}")
    assert result.returncode == 1 and not output.exists()
    assert result.stderr.startswith(f"error: {tmp_path / 'damaged.h5'}: ") and result.stderr.count("\n") == 1
