"""Folders of groups as people have them, and folders of pictures without faces."""

import os
import unicodedata

import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.data.ingest import prepare
from facedebias.data.records import ImportOptions
from tests.data.sources.fake_pictures import RED, picture, records, save
from tests.data.sources.trees import opened, pictures


def test_folder(tmp_path):
    for name in ("LM/b.png", "LM/a.png", "DF/1.jpg", "DF/2.jpg", "DF/3.webp", "LF/x.png"):
        # Red is the left half of the square in the middle, which is 60 pixels wide from 20.
        save(tmp_path / name, picture(100, 60, (20, 0, 50, 60)))
    (tmp_path / ".hidden").mkdir()
    source, found = records(f"folder:{tmp_path}", split="test")
    assert source.attributes == {"group": ("DF", "LF", "LM")}
    assert [record.path for record in found] == [
        "DF/1.jpg",
        "DF/2.jpg",
        "DF/3.webp",
        "LF/x.png",
        "LM/a.png",
        "LM/b.png",
    ]
    assert [record.attributes["group"] for record in found] == [0, 0, 0, 1, 2, 2]
    image = found[3].load()
    np.testing.assert_array_equal(image[:, 1:31], np.broadcast_to(RED, (64, 30, 3)))
    np.testing.assert_array_equal(image[:, 33:], np.zeros((64, 31, 3)))


def test_every_format_is_read(tmp_path):
    names = ["A/1.tif", "A/2.GIF", "A/3.jfif", "A/4.JPG", "B/5.ppm", "B/6"]
    pictures(tmp_path, *names)
    source, found = opened(tmp_path)
    assert [record.path for record in found] == names and source.notes == ()


def test_people_below_groups_become_identities(tmp_path):
    # As in BFW. The same name in two groups is two people.
    pictures(tmp_path, *(f"{g}/n00000{p}/{i}.png" for g in ("af", "am") for p in (1, 2) for i in (1, 2)))
    source, found = opened(tmp_path)
    assert [record.identity for record in found] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert source.attributes == {"group": ("af", "am")}
    assert source.notes == (
        "the folders in the group folders are taken for 4 people (af/n000001, af/n000002, am/n000001 and 1 "
        "more).",
    )


def test_partly_nested_folders_are_read_in_full(tmp_path):
    pictures(tmp_path, "A/1.png", "A/more/2.png", "B/3.png", "B/x/y/4.png")
    source, found = opened(tmp_path)
    assert [record.attributes["group"] for record in found] == [0, 0, 1, 1]
    assert {record.identity for record in found} == {-1}
    assert source.notes == (
        "2 pictures in subfolders of the group folders belong to these groups: A/more/2.png, B/x/y/4.png.",
    )


def test_what_is_left_out_is_counted(tmp_path):
    pictures(tmp_path, "A/1.png", "B/2.png", "stray.png")
    (tmp_path / "A/notes.txt").touch()
    (tmp_path / "A/.DS_Store").touch()
    (tmp_path / "B/Thumbs.db").touch()
    source, _ = opened(tmp_path)
    assert source.notes == (
        "1 picture lies beside the group folders, has no group and was left out: stray.png.",
        "1 file is no picture and was left out: A/notes.txt.",
    )


def test_loops_end(tmp_path):
    pictures(tmp_path, "A/1.png", "B/2.png")
    os.symlink(tmp_path, tmp_path / "loop")
    os.symlink(tmp_path / "A", tmp_path / "B/a")
    source, found = opened(tmp_path)
    assert [record.path for record in found] == ["A/1.png", "B/2.png"]
    assert source.attributes == {"group": ("A", "B")}
    assert source.notes == ("2 links to what is read at another place left out: loop, B/a.",)


def test_folders_that_are_in_every_group_are_no_people(tmp_path):
    pictures(
        tmp_path, *(f"{g}/{age}/{i}.png" for g in ("men", "women") for age in ("old", "young") for i in "12")
    )
    source, found = opened(tmp_path)
    assert {record.identity for record in found} == {-1}
    assert source.notes[0].startswith("8 pictures in subfolders of the group folders belong to these groups")


def test_names_that_are_no_text_are_escaped(tmp_path):
    pictures(tmp_path, "A/1.png", os.fsdecode(b"B\xff/2.png"))
    source, _ = opened(tmp_path)
    assert source.attributes == {"group": ("A", "B\\udcff")}
    assert source.notes == ("a folder's name is not UTF-8; its group is called B\\udcff.",)
    prepare([f"folder:{tmp_path}"], [], ImportOptions(size=8), tmp_path / "faces.h5")


def test_outer_spaces_make_no_other_group(tmp_path):
    pictures(tmp_path, "Men/1.png", "Men /2.png")
    source, _ = opened(tmp_path)
    assert source.attributes == {"group": ("Men",)}
    assert source.notes == ("two folders are spelled Men and make one group.",)


def test_one_name_in_two_spellings_is_one_group(tmp_path):
    composed, apart = "Caf\u00e9", unicodedata.normalize("NFD", "Caf\u00e9")
    pictures(tmp_path, f"{composed}/1.png", f"{apart}/2.png")
    source, found = opened(tmp_path)
    assert source.attributes == {"group": (composed,)} and len(found) == 2
    assert source.notes == (f"two folders are spelled {composed} and make one group.",)


def test_nonfaces_have_no_groups(tmp_path):
    pictures(tmp_path / "non", "cat/1.png", "dog/2.png", "3.png", "n10148035/4.png")
    source, found = opened(tmp_path / "non", "nonface")
    assert source.attributes == {} and len(found) == 4
    assert source.notes == (
        "1 picture among the non-faces lies in classes of people: n10148035/4.png. The source imagenet: "
        "leaves them out.",
    )
    pictures(tmp_path / "faces", "A/1.png")
    summary = prepare(
        [f"folder:{tmp_path / 'faces'}"],
        [f"folder:{tmp_path / 'non'}"],
        ImportOptions(size=8),
        tmp_path / "a.h5",
    )
    assert FaceDataset(tmp_path / "a.h5").attribute("group").values == ("A",)
    assert summary.notes == [f"folder-2: {source.notes[0]}"]
