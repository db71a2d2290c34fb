"""Folders of groups as people have them, and folders of pictures without faces."""

import os
import unicodedata

import pytest
from PIL import Image

from facedebias.data.face_file import FaceDataset
from facedebias.data.ingest import prepare
from facedebias.data.records import ImportOptions
from facedebias.data.sources import check_kinds, open_source
from facedebias.errors import InputError


def pictures(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(root / name, "PNG")
    return root


def opened(root, kind="face", spec="folder"):
    source = open_source(f"{spec}:{root}", ImportOptions(kind=kind))
    found = list(source.records())
    assert source.num_records == len(found)
    return source, found


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


def test_empty_groups_are_named(tmp_path):
    pictures(tmp_path, "A/1.png")
    (tmp_path / "B").mkdir()
    (tmp_path / "C\n").mkdir()
    with pytest.raises(
        InputError, match=r"no pictures in the group folders 'B', 'C\\n'. Fill or remove them"
    ):
        opened(tmp_path)


def test_loops_end(tmp_path):
    pictures(tmp_path, "A/1.png", "B/2.png")
    os.symlink(tmp_path, tmp_path / "loop")
    os.symlink(tmp_path / "A", tmp_path / "B/a")
    source, found = opened(tmp_path)
    assert [record.path for record in found] == ["A/1.png", "B/2.png"]
    assert source.attributes == {"group": ("A", "B")}
    assert source.notes == ("2 links to what is read at another place left out: loop, B/a.",)


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


def test_folders_that_are_in_every_group_are_no_people(tmp_path):
    pictures(
        tmp_path, *(f"{g}/{age}/{i}.png" for g in ("men", "women") for age in ("old", "young") for i in "12")
    )
    source, found = opened(tmp_path)
    assert {record.identity for record in found} == {-1}
    assert source.notes[0].startswith("8 pictures in subfolders of the group folders belong to these groups")


def test_folders_without_faces_are_no_groups(tmp_path):
    pictures(tmp_path, "faces/1.png", "non-faces/1.png")
    with pytest.raises(InputError, match="its folder 'non-faces' holds no faces, by its name. Give it apart"):
        opened(tmp_path)


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


def test_archives_are_named_where_there_are_no_pictures(tmp_path):
    (tmp_path / "n02102040.tar").touch()
    for kind, spec in (("nonface", "imagenet"), ("nonface", "folder"), ("face", "folder")):
        with pytest.raises(InputError, match=r"Archives are not read: unpack n02102040\.tar\."):
            opened(tmp_path, kind, spec)


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


@pytest.mark.parametrize("spec", ["celeba:x", "fairface:x", "utkface:x", "tfds:celeb_a"])
def test_collections_of_faces_are_no_nonfaces(spec):
    with pytest.raises(InputError, match=f"--nonfaces {spec}: holds faces only"):
        open_source(spec, ImportOptions(kind="nonface"))


def test_pictures_cannot_be_both(tmp_path):
    with pytest.raises(InputError, match="given as non-faces, but as faces too"):
        check_kinds([f"folder:{tmp_path}"], [f"imagenet:{tmp_path}/"])
    with pytest.raises(InputError, match="given as non-faces, but as faces too"):
        check_kinds([str(tmp_path)], [f"folder:{tmp_path}"])
    check_kinds(["lab:a.h5", f"folder:{tmp_path}"], ["lab:a.h5", f"folder:{tmp_path / 'other'}"])


@pytest.mark.parametrize(
    ("faces", "nonfaces", "is_fine"),
    [
        ("folder:{}", "folder:{}/non", False),
        ("{}", "imagenet:{}/non", False),
        ("utkface:{}/faces", "folder:{}", False),
        ("folder:{}/faces", "folder:{}/non", True),
        ("folder:{}/non", "folder:{}/nonfaces", True),
        ("celeba:{}", "imagenet:{}/non", True),
        ("utkface:{}", "imagenet:{}/non", True),
    ],
)
def test_no_folder_of_the_one_kind_lies_in_that_of_the_other(tmp_path, faces, nonfaces, is_fine):
    for name in ("faces", "non", "nonfaces"):
        (tmp_path / name).mkdir()
    specs = [faces.format(tmp_path)], [nonfaces.format(tmp_path)]
    if is_fine:
        check_kinds(*specs)
    else:
        with pytest.raises(InputError, match="one folder lies in the other: its pictures would be both"):
            check_kinds(*specs)


# Class trees ----------------------------------------------------------------------------------


def test_pictures_without_class_folders(tmp_path):
    pictures(tmp_path, *(f"ILSVRC2012_val_0000000{i}.JPEG" for i in range(2)))
    source, found = opened(tmp_path, "nonface", "imagenet")
    assert len(found) == 2
    assert source.notes == (
        "2 pictures lie outside class folders (ILSVRC2012_val_00000000.JPEG, ILSVRC2012_val_00000001.JPEG): "
        "classes of people could not be left out of them.",
    )


@pytest.mark.parametrize(
    "people",
    ["groom, bridegroom", "scuba_diver", "baseball player", "Ballplayer", "person", "n10148035-groom"],
)
def test_people_are_known_by_name_too(tmp_path, people):
    pictures(tmp_path, f"{people}/1.jpg", f"{people}/2.jpg", "tench/1.jpg", "n01440764/more/2.tif")
    source, found = opened(tmp_path, "nonface", "imagenet")
    assert [record.path for record in found] == ["n01440764/more/2.tif", "tench/1.jpg"]
    shown = f"'{people}'" if "," in people else people
    assert source.notes == (
        f"2 pictures in 1 class of people left out (--exclude names others): {shown}.",
        "1 of 2 class folders has no WordNet id (tench): people are left out of them only by a few "
        "names, e.g. groom.",
    )


def test_nothing_but_people(tmp_path):
    pictures(tmp_path, "n10148035/1.jpg")
    with pytest.raises(
        InputError, match="no pictures in class folders but those of people .n10148035.; expected"
    ):
        opened(tmp_path, "nonface", "imagenet")


def test_ids_in_the_names_of_pictures(tmp_path):
    pictures(tmp_path, "n01440764_tench.JPEG", "n10148035_groom.JPEG", "other.JPEG")
    source, found = opened(tmp_path, "nonface", "imagenet")
    assert [record.path for record in found] == ["n01440764_tench.JPEG", "other.JPEG"]
    assert source.notes[0].startswith("1 picture in 1 class of people left out")
    assert source.notes[1].startswith("1 picture lies outside class folders (other.JPEG)")


def test_excluded_classes_that_are_not_there_are_named(tmp_path):
    pictures(tmp_path, "n01440764/1.JPEG", "n01443537/1.JPEG")
    options = ImportOptions(kind="nonface", exclude=frozenset({"n01440764", "n99999999"}))
    notes = open_source(f"imagenet:{tmp_path}", options).notes
    assert notes[1] == "no class of --exclude=n99999999 is there, so that nothing was left out for it."
