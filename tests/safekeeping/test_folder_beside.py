"""Folders that are filled beside what they become, and what killed processes left of such."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from facedebias.safekeeping import atomic
from facedebias.safekeeping.folder_beside import folder_beside


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_takes_the_place_of_what_was_there(tmp_path):
    output = tmp_path / "new" / "report"
    for text in ("one", "two"):
        with folder_beside(output) as beside:
            (beside / text).touch()
            atomic.take_place(beside, output)
        assert names(output) == [text]
        assert names(output.parent) == ["report"]


def test_many_at_once_take_the_place_one_after_the_other(tmp_path):
    def fill(number):
        for _ in range(40):
            with folder_beside(tmp_path / "report") as beside:
                (beside / "number").write_text(f"{number}")
                atomic.take_place(beside, tmp_path / "report")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fill, range(4)))
    assert names(tmp_path) == ["report"] and names(tmp_path / "report") == ["number"]


def test_a_failure_leaves_what_was_there(tmp_path):
    (tmp_path / "report").mkdir()
    with pytest.raises(OSError, match="full"), folder_beside(tmp_path / "report") as beside:
        (beside / "half").touch()
        raise OSError("full")
    assert names(tmp_path) == ["report"]


REPLACES = """
import os, signal, sys
from pathlib import Path
from facedebias.safekeeping import atomic
from facedebias.safekeeping.folder_beside import folder_beside
replace = os.replace
def strike(old, new):
    if Path(new) == Path(sys.argv[1]):
        {blow}
    replace(old, new)
os.replace = strike
with folder_beside(Path(sys.argv[1])) as beside:
    (beside / "new").touch()
    atomic.take_place(beside, Path(sys.argv[1]))
"""


def replaced(output, blow):
    """A folder that holds "old", while its replacement is struck between the two renames."""
    output.mkdir(parents=True)
    (output / "old").touch()
    command = [sys.executable, "-c", REPLACES.format(blow=blow), str(output)]
    return subprocess.run(command, check=False, capture_output=True).returncode


@pytest.mark.parametrize("clear", [lambda path: folder_beside(path).__enter__(), atomic.remove_partial])
def test_a_kill_between_two_renames_is_made_up_for_by_the_next_start(tmp_path, clear):
    output = tmp_path / "report"
    assert replaced(output, "os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL
    assert not output.exists() and len(names(tmp_path)) == 2
    clear(output)
    assert names(output) == ["old"]
    assert not list(tmp_path.glob(".report.partial-before-*"))


def test_so_is_one_in_a_folder_of_many(tmp_path):
    assert replaced(tmp_path / "run" / "export", "os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL
    atomic.remove_leftovers(tmp_path)
    assert names(tmp_path / "run") == ["export"] and names(tmp_path / "run" / "export") == ["old"]


def test_a_failure_between_two_renames_puts_the_old_one_back(tmp_path):
    blow = "if not Path(old).name.startswith('.report.partial-before'): raise OSError"
    assert replaced(tmp_path / "report", blow) == 1
    assert names(tmp_path) == ["report"] and names(tmp_path / "report") == ["old"]


def test_what_killed_processes_left_goes_and_nothing_else(tmp_path):
    others = {".report.partial-x", ".reports.partial-1", "report.partial-1", ".report.partial-file"}
    dead = {".report.partial-1", f".report.partial-{os.getpid()}", ".report-before.partial-7"}
    for name in others | dead:
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    (tmp_path / ".report.partial-8").write_text("a file")
    (tmp_path / ".report.partial-9").symlink_to(tmp_path / "report.partial-1")
    with folder_beside(tmp_path / "report") as first, folder_beside(tmp_path / "report") as second:
        assert first != second
        expected = others | {first.name, second.name, ".report.partial-8", ".report.partial-9"}
        assert set(names(tmp_path)) == expected
    assert set(names(tmp_path)) == others | {".report.partial-8", ".report.partial-9"}
