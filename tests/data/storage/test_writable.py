"""Names and codes that a face file cannot hold are refused before a picture is decoded."""

import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError

MANY = [str(number) for number in range(128)]


@pytest.mark.parametrize(
    ("attributes", "sources", "message"),
    [
        ({"a/b": ("x",)}, ["s"], "attribute 'a/b': a face file holds no attribute of this name"),
        ({"/": ("x",)}, ["s"], "attribute '/': a face file holds no"),
        ({".": ("x",)}, ["s"], "attribute '.': a face file holds no"),
        ({"": ("x",)}, ["s"], "attribute '': a face file holds no"),
        ({"a\0b": ("x",)}, ["s"], r"attribute 'a\\x00b': holds a zero byte"),
        ({"a\udce9": ("x",)}, ["s"], r"attribute 'a\\udce9': is no UTF-8"),
        ({"a" * 1025: ("x",)}, ["s"], "has 1,025 bytes; a face file holds up to 1,024"),
        ({"a": ("x\0",)}, ["s"], r"attribute 'a': value 'x\\x00': holds a zero byte"),
        ({"a": ("\udce9",)}, ["s"], r"attribute 'a': value '\\udce9': is no UTF-8"),
        ({"a": ("x", "x")}, ["s"], "attribute 'a': a value comes twice"),
        ({"a": MANY}, ["s"], "attribute 'a': 128 values; a face file holds up to 127"),
        ({}, MANY, "the names of the sources: 128 values"),
    ],
)
def test_names(tmp_path, attributes, sources, message):
    (tmp_path / "a.h5").write_text("old")
    with pytest.raises(InputError) as error:
        FaceFileWriter(tmp_path / "a.h5", 4, 8, attributes, sources, overwrite=True)
    assert message in repr(str(error.value)) or message in str(error.value)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def append(path, paths=("x.png",), source=0, split=-1, identity=-1, **codes):
    with FaceFileWriter(path, 1, 8, {"group": ("a", "b")}, ["s"], overwrite=True) as writer:
        images = np.zeros((1, 8, 8, 3), np.uint8)
        unknown = {"group": np.array([codes.get("group", -1)])}
        writer.append(images, np.ones(1), unknown, source, paths, np.array([split]), np.array([identity]))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"split": 3}, "x.png: split is 3; expected a whole number from -1 (unknown) to 2"),
        ({"split": -2}, "x.png: split is -2"),
        ({"group": 2}, "x.png: attributes/group is 2; expected a whole number from -1 (unknown) to 1"),
        ({"group": 256}, "x.png: attributes/group is 256"),
        ({"group": 0.5}, "x.png: attributes/group is 0.5"),
        ({"group": np.nan}, "x.png: attributes/group is nan"),
        ({"source": 1}, "x.png: source is 1"),
        ({"identity": 2**31}, "x.png: identity is 2147483648; expected a whole number from -1"),
    ],
)
def test_codes_that_stand_for_nothing(tmp_path, given, message):
    (tmp_path / "a.h5").write_text("old")
    with pytest.raises(InputError) as error:
        append(tmp_path / "a.h5", **given)
    assert str(error.value).startswith(message)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_paths_of_no_utf_8_are_kept_in_escapes(tmp_path):
    append(tmp_path / "a.h5", paths=["caf\udce9\0.png"])
    assert FaceDataset(tmp_path / "a.h5").paths([0]) == ["caf\\udce9\\x00.png"]


def test_paths_that_no_file_has_are_cut_and_told_apart(tmp_path):
    for name in ("x" * 70_000, "\udce9" * 10_000 + "y" * 20_000, "é" * 40_000):
        append(tmp_path / "a.h5", paths=[name])
        append(tmp_path / "b.h5", paths=[f"{name}b"])
        (one,), (other,) = (FaceDataset(tmp_path / file).paths([0]) for file in ("a.h5", "b.h5"))
        assert len(one.encode()) < 33_000 and one.startswith(name[:9].replace("\udce9", "\\udce9"))
        assert one != other


@pytest.mark.parametrize("name", ["skin tone", "a.b", "..", "é" * 512, "values", "line\nbreak", "\u202e"])
def test_odd_names_that_are_read_back(tmp_path, name):
    values = ("", " ", name)
    with FaceFileWriter(tmp_path / "a.h5", 1, 8, {name: values}, [name]) as writer:
        images, nobody = np.zeros((1, 8, 8, 3), np.uint8), np.array([-1])
        writer.append(images, np.ones(1), {name: np.array([2])}, 0, ["x"], nobody, nobody)
    dataset = FaceDataset(tmp_path / "a.h5")
    assert dataset.attribute(name).values == values and dataset.sources == (name,)
