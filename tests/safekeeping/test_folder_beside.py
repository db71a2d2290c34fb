"""Folders that are filled beside what they become, and what killed processes left of such."""

import os
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
