import contextlib
import os
import signal
import subprocess
import sys

import pytest

from facedebias.safekeeping import atomic, file_locks


def test_a_file_is_replaced_when_it_is_whole(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with atomic.replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_what_somebody_writes_is_no_leftover(tmp_path):
    with atomic.replacing(tmp_path / "a.json") as one, atomic.replacing(tmp_path / "a.json") as other:
        one.write_text("one")
        other.write_text("other")
        atomic.remove_partial(tmp_path / "a.json")
        atomic.remove_leftovers(tmp_path)
        assert (one.read_text(), other.read_text()) == ("one", "other")
    assert (os.listdir(tmp_path), (tmp_path / "a.json").read_text()) == (["a.json"], "one")


def test_what_became_whole_meanwhile_is_not_removed(tmp_path, monkeypatch):
    """Between looking at a leftover and removing it, its writer ends, and writes the file once more."""
    lock, again = file_locks.lock, contextlib.ExitStack()
    first = again.enter_context(atomic.replacing(tmp_path / "a.json"))

    def late(file):
        monkeypatch.setattr(file_locks, "lock", lock)
        again.close()
        assert again.enter_context(atomic.replacing(tmp_path / "a.json")) == first
        return lock(file)

    monkeypatch.setattr(file_locks, "lock", late)
    assert not atomic.remove_dead(first)
    assert first.exists()
    again.close()


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
    atomic.remove_leftovers(tmp_path)
    assert path.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == [".notes.partial.txt", ".partial", "inside", "my.partial"]
    assert os.listdir(tmp_path / "inside") == ["a.json"]
