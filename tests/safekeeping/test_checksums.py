import os
import shutil
import subprocess

import pytest

from facedebias.safekeeping import checksums


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a b.png").write_bytes(b"picture")
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "tensorboard").mkdir()
    (tmp_path / "tensorboard" / "events").write_text("changes")
    checksums.write(tmp_path, ["tensorboard"])
    return tmp_path


def test_every_file_is_listed_but_those_left_out(folder):
    assert list(checksums.read(folder)) == ["inside/a b.png", "run.json"]
    assert checksums.damaged(folder) == []


def test_a_flipped_bit_and_a_lost_file_are_named(folder):
    (folder / "inside" / "a b.png").write_bytes(b"pictura")
    (folder / "run.json").unlink()
    assert checksums.damaged(folder) == ["inside/a b.png", "run.json"]
    assert checksums.damaged(folder, ["run.json", "unknown"]) == ["run.json"]


def test_a_folder_without_a_list_is_not_damaged(folder):
    os.remove(folder / checksums.FILE)
    assert checksums.damaged(folder) == []


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum, as Linux has it")
def test_sha256sum_checks_the_same(folder):
    command = ["sha256sum", "--check", "--strict", "--quiet", checksums.FILE]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    (folder / "run.json").write_text("[]")
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1
