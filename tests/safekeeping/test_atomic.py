import os
import signal
import subprocess
import sys

import pytest

from facedebias.safekeeping import atomic


def test_a_file_is_replaced_when_it_is_whole(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with atomic.replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_folder_is_replaced_with_all_that_is_in_it(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "old").write_text("")
    with atomic.replacing(tmp_path / "export") as partial:
        partial.mkdir()
        (partial / "new").write_text("")
    assert os.listdir(tmp_path / "export") == ["new"]
    assert os.listdir(tmp_path) == ["export"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    atomic.write_text(path, "old")
    with pytest.raises(OSError, match="full"), atomic.replacing(path) as partial:
        partial.write_text("ne")
        raise OSError("full")
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a.json"])


def test_what_killed_writers_left_of_one_file_is_removed(tmp_path):
    kept = [".a.json.partial-x", ".aa.json.partial-1", ".b.json.partial-1", "a.json"]
    for name in (*kept, ".a.json.partial-1", ".a.json.partial"):
        (tmp_path / name).touch()
    atomic.remove_partial(tmp_path / "a.json")
    assert sorted(os.listdir(tmp_path)) == kept


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from facedebias.safekeeping import atomic\n"
        "with atomic.replacing(sys.argv[1]) as partial:\n"
        "    partial.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "inside").mkdir()
    path = tmp_path / "inside" / "a.json"
    path.write_text("old")
    found = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert found.returncode == -signal.SIGKILL
    (tmp_path / ".export.partial").mkdir()  # as earlier versions called it
    (tmp_path / ".export.partial" / "saved_model.pb").write_text("")
    for name in ("my.partial", ".partial", ".notes.partial.txt"):
        (tmp_path / name).write_text("mine")
    assert len(atomic.remove_leftovers(tmp_path)) == 2
    assert path.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == [".notes.partial.txt", ".partial", "inside", "my.partial"]
    assert os.listdir(tmp_path / "inside") == ["a.json"]
