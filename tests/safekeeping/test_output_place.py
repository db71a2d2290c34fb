"""Places for results are tried before the work, not after it."""

import os

import pytest

from facedebias.errors import InputError
from facedebias.safekeeping import output_place


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("place", ["new", "new/er/one", ".", "link", "dangling"])
def test_places_that_can_be_made_are_left_as_they_are(here, place):
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    (here / "dangling").symlink_to("absent/report")
    before = sorted(here.rglob("*"))
    output_place.check(here.joinpath(place) if place != "." else type(here)("."))
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("file", "exists and is no folder"),
        ("file/report", "file is not a folder"),
        ("pipe", "exists and is no folder"),
        ("loop", "exists and is no folder"),
        ("x" * 250, r"cannot be made \(File name too long\)"),  # with what it is called until it is whole
        (f"{'x' * 300}/report", r"cannot be made \(File name too long\)"),
        (f"new/{'x' * 300}/report", r"cannot be made \(File name too long\)"),
        ("a\0b", "cannot be made"),
        ("\ud800", "cannot be made"),
    ],
)
def test_others_are_refused_with_the_way_out(here, place, said):
    (here / "file").touch()
    os.mkfifo(here / "pipe")
    (here / "loop").symlink_to("loop")
    with pytest.raises(InputError, match=f"{said}.*choose another --output"):
        output_place.check(here / place)


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="needs a place where a disk is mounted")
def test_where_a_disk_is_mounted_no_folder_can_be_moved():
    with pytest.raises(InputError, match="a disk is mounted there.*--output=/proc/report"):
        output_place.check(type(output_place.real("."))("/proc"))


def test_a_folder_without_the_right_to_write(here, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)  # root may write anywhere
    with pytest.raises(InputError, match=r"report: the folder cannot be made \(Permission denied\)"):
        output_place.check(here / "report")
