"""Folders that are no groups are refused, with the way out."""

import pytest

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError
from tests.data.sources.fake_pictures import picture, save
from tests.data.sources.trees import opened, pictures


def test_folder_damage(tmp_path):
    with pytest.raises(InputError, match=r"none: no such folder. Give the folder"):
        open_source(f"folder:{tmp_path / 'none'}", ImportOptions())
    save(tmp_path / "1.png", picture(8, 8))
    with pytest.raises(InputError, match="1.png: is not a folder"):
        open_source(f"folder:{tmp_path / '1.png'}", ImportOptions())
    with pytest.raises(InputError, match="no group folders in it; expected pictures as .*/<group>/1.png"):
        open_source(f"folder:{tmp_path}", ImportOptions())
    (tmp_path / "LF").mkdir()
    with pytest.raises(InputError, match="no pictures in the group folder 'LF'. Fill or remove it"):
        open_source(f"folder:{tmp_path}", ImportOptions())


def test_empty_groups_are_named(tmp_path):
    pictures(tmp_path, "A/1.png")
    (tmp_path / "B").mkdir()
    (tmp_path / "C\n").mkdir()
    with pytest.raises(
        InputError, match=r"no pictures in the group folders 'B', 'C\\n'. Fill or remove them"
    ):
        opened(tmp_path)


def test_people_as_groups_are_refused(tmp_path):
    pictures(tmp_path / "lfw", *(f"{n}_Smith/{n}_Smith_000{i}.png" for n in ("Ann", "Bob") for i in (1, 2)))
    with pytest.raises(
        InputError, match="2 folders .Ann_Smith, Bob_Smith., one a person, as in LFW or VGGFace2. Put"
    ):
        opened(tmp_path / "lfw")
    pictures(tmp_path / "many", *(f"{number}/1.png" for number in range(128)))
    with pytest.raises(
        InputError, match="128 folders .*, more than the 127 groups that fit. Put them into group"
    ):
        opened(tmp_path / "many")


def test_parts_as_groups_are_refused(tmp_path):
    pictures(tmp_path, "train/A/1.png", "val/A/1.png")
    with pytest.raises(InputError, match="train, val. are parts of a data set, not groups. Give one of them"):
        opened(tmp_path)


@pytest.mark.parametrize("name", ["n00000{}", "00000{}", "m.0{}_x"])
def test_numbered_people_as_groups_are_refused(tmp_path, name):
    pictures(tmp_path, *(f"{name.format(p)}/{i}.png" for p in (1, 2) for i in range(12)))
    with pytest.raises(InputError, match="2 folders .*, one a person, as in LFW or VGGFace2. Put them into"):
        opened(tmp_path)


@pytest.mark.parametrize("names", [("faces/A", "faces/B"), ("bfw-cropped/A/x", "bfw-cropped/B/y")])
def test_a_folder_around_the_groups_is_no_group(tmp_path, names):
    pictures(tmp_path, *(f"{name}/1.png" for name in names))
    outer = names[0].partition("/")[0]
    with pytest.raises(InputError, match=rf"in it \(A, B\) are the groups, give folder:.*/{outer}\."):
        opened(tmp_path)


def test_parts_beside_other_folders_are_refused(tmp_path):
    pictures(tmp_path, "train/1.png", "test/1.png", "docs/1.png")
    with pytest.raises(InputError, match=r"its folders \(test, train\) are parts of a data set"):
        opened(tmp_path)


def test_folders_without_faces_are_no_groups(tmp_path):
    pictures(tmp_path, "faces/1.png", "non-faces/1.png")
    with pytest.raises(InputError, match="its folder 'non-faces' holds no faces, by its name. Give it apart"):
        opened(tmp_path)


def test_archives_are_named_where_there_are_no_pictures(tmp_path):
    (tmp_path / "n02102040.tar").touch()
    for kind, spec in (("nonface", "imagenet"), ("nonface", "folder"), ("face", "folder")):
        with pytest.raises(InputError, match=r"Archives are not read: unpack n02102040\.tar\."):
            opened(tmp_path, kind, spec)
