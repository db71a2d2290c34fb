"""Reading face files: ours, the MIT lab's, and files that are no face files."""

import re

import h5py
import numpy as np
import pytest

from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError

RED, BLUE = (255, 0, 0), (0, 0, 255)


def write_lab_file(path, num_rows=4, **create):
    """A file as the lab's: only images, in BGR order, and labels; row i is i blue, the rest red."""
    images = np.zeros((num_rows, 8, 8, 3), np.uint8)
    images[..., 2] = 255  # red, in BGR order
    images[..., 0] = np.arange(num_rows)[:, None, None]
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=images, **create)
        file["labels"] = (np.arange(num_rows) % 2).astype(np.float32)[:, None]
    return path


def our_file(path, num_rows=4, **changed):
    """A file in our format, with some datasets replaced (None: left out)."""
    datasets = {
        "images": np.zeros((num_rows, 8, 8, 3), np.uint8),
        "labels": np.ones((num_rows, 1), np.float32),
        "split": np.zeros(num_rows, np.int8),
        "attributes/group": np.zeros(num_rows, np.int8),
        **changed,
    }
    with h5py.File(path, "w") as file:
        file.attrs["format_version"], file.attrs["channel_order"] = 1, "RGB"
        for name, data in datasets.items():
            if data is not None:
                file[name] = data
        if "attributes/group" in file:
            file["attributes/group"].attrs["values"] = ["light", "dark"]
    return path


def test_rows_come_in_any_order_and_repeated(tiny_file):
    dataset = FaceDataset(tiny_file)
    images = dataset.read([39, 3, 3, 0])
    assert images.shape == (4, 64, 64, 3) and images.dtype == np.uint8
    np.testing.assert_array_equal(images[1], images[2])
    np.testing.assert_array_equal(images[3], dataset.read([0])[0])
    assert dataset.paths([39, 3, 3, 0]) == ["0/15.png", "1/3.png", "1/3.png", "1/0.png"]
    assert dataset.paths([]) == []


def test_columns(tiny_file):
    dataset = FaceDataset(tiny_file)
    assert len(dataset) == 40 and dataset.image_shape == (64, 64, 3)
    assert dataset.labels.shape == (40, 1) and dataset.labels.dtype == np.uint8
    np.testing.assert_array_equal(dataset.rows(label=FACE), np.arange(24))
    np.testing.assert_array_equal(dataset.rows(label=NONFACE), np.arange(24, 40))
    np.testing.assert_array_equal(dataset.rows(split="train"), [])
    group = dataset.attribute("group")
    assert group.values == ("light", "dark")
    # 24 faces in groups 0, 0, 0, 1 over and over: 18 light and 6 dark; 16 non-faces have none.
    assert [(group.codes == code).sum() for code in (0, 1, -1)] == [18, 6, 16]
    assert (dataset.identity == -1).all() and dataset.sources == ("drawn",)


def test_description_counts(tiny_file):
    lines = FaceDataset(tiny_file).describe().splitlines()
    assert lines == [
        f"{tiny_file}: 40 pictures of 64x64",
        "  faces 24, non-faces 16",
        "  split   unknown 40 (24 faces)",
        "  source  drawn 40 (24 faces)",
        "  group   light 18, dark 6, unknown 16",
    ]


@pytest.mark.parametrize("create", [{}, {"chunks": (2, 8, 8, 3), "compression": "gzip"}])
def test_lab_file_comes_out_in_rgb(tmp_path, create):
    dataset = FaceDataset(write_lab_file(tmp_path / "lab.h5", **create))
    # Row 3 is (blue 3, green 0, red 255) in the file.
    np.testing.assert_array_equal(dataset.read([3, 1])[:, 0, 0], [(255, 0, 3), (255, 0, 1)])
    np.testing.assert_array_equal(dataset.rows(label=FACE), [1, 3])
    assert dataset.attributes == {} and dataset.paths([0]) == [""]
    assert (dataset.split == -1).all() and (dataset.source == -1).all()


def test_labels_may_be_a_plain_column(tmp_path):
    path = our_file(tmp_path / "a.h5", labels=np.array([0, 1, 1, 0], np.int64))
    assert FaceDataset(path).labels.tolist() == [[0], [1], [1], [0]]


def test_unknown_attribute_lists_the_known(tiny_file, tmp_path):
    with pytest.raises(InputError, match=r"tiny.h5: no attribute 'Male'; the file has group\."):
        FaceDataset(tiny_file).attribute("Male")
    with pytest.raises(InputError, match="the file has none at all"):
        FaceDataset(write_lab_file(tmp_path / "lab.h5")).attribute("Male")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": None}, "no dataset 'images' (the file holds attributes, labels, split)"),
        ({"labels": None}, "no dataset 'labels'"),
        (
            {"images": np.zeros((4, 8, 8, 3), np.float32)},
            "has shape (4, 8, 8, 3) and dtype float32; expected",
        ),
        ({"images": np.zeros((4, 8, 8), np.uint8)}, "has shape (4, 8, 8) and dtype uint8; expected"),
        ({"images": np.zeros((4, 3, 8, 8), np.uint8)}, "has shape (4, 3, 8, 8)"),
        ({"labels": np.ones((3, 1), np.float32)}, "'labels' has shape (3, 1) beside 4 images"),
        ({"labels": np.full((4, 1), 2, np.float32)}, "'labels' holds 2; expected only 1 (face)"),
        ({"labels": np.full((4, 1), np.nan, np.float32)}, "'labels' holds nan"),
        ({"labels": np.array([[b"face"]] * 4)}, "'labels' has dtype |S4; expected float32"),
        ({"split": np.zeros(5, np.int8)}, "'split' has shape (5,) beside 4 images; expected (4,)"),
        ({"split": np.full(4, 3, np.int8)}, "'split' has codes from 3 to 3, but names for 3 values"),
        ({"attributes/group": np.zeros(3, np.int8)}, "'attributes/group' has shape (3,)"),
        ({"attributes/group": np.full(4, 7, np.int8)}, "'attributes/group' has codes from 7 to 7"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path, changed, message):
    path = our_file(tmp_path / "bad.h5", **changed)
    with pytest.raises(InputError) as error:
        FaceDataset(path)
    assert message in str(error.value) and str(error.value).startswith(f"{path}: ".replace(": ", ""))
    assert "\n" not in str(error.value) and "facedebias prepare" in str(error.value)


def test_missing_foreign_and_truncated_files(tmp_path):
    with pytest.raises(InputError, match=r"none\.h5: no such file\. Make one with"):
        FaceDataset(tmp_path / "none.h5")
    with pytest.raises(InputError, match="is a folder; expected a file"):
        FaceDataset(tmp_path)
    text = tmp_path / "notes.h5"
    text.write_text("not a face file")
    with pytest.raises(
        InputError, match=re.escape("notes.h5: is not an HDF5 file (15 bytes). Copy it again")
    ):
        FaceDataset(text)
    cut = our_file(tmp_path / "cut.h5", num_rows=100)
    cut.write_bytes(cut.read_bytes()[:5000])
    with pytest.raises(InputError, match=re.escape("cut.h5: is cut short (5,000 bytes). Copy it again")):
        FaceDataset(cut)


def test_file_of_a_later_version_is_refused(tmp_path):
    path = our_file(tmp_path / "later.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 2
    with pytest.raises(InputError, match="format version 2; this program reads up to 1. Update"):
        FaceDataset(path)


def test_people_of_two_sources_are_counted_apart(tmp_path):
    # Person 1 of source 0 twice, person 1 of source 1, and an unknown: two people.
    path = our_file(
        tmp_path / "a.h5",
        source=np.array([0, 0, 1, 1], np.int8),
        identity=np.array([1, 1, 1, -1], np.int32),
    )
    with h5py.File(path, "r+") as file:
        file["source"].attrs["values"] = ["one", "two"]
    assert "  identity  2 people" in FaceDataset(path).describe().splitlines()


def test_codes_too_large_for_int8_do_not_become_others(tmp_path):
    path = our_file(tmp_path / "a.h5", **{"attributes/group": np.array([0, 1, 256, 1], np.int32)})
    with pytest.raises(InputError, match="codes from 0 to 256, but names for 2 values"):
        FaceDataset(path)


@pytest.mark.parametrize(("order", "message"), [("rgba", "channel_order 'rgba'; expected RGB or BGR")])
def test_other_channel_orders_are_refused(tmp_path, order, message):
    path = our_file(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file.attrs["channel_order"] = order
    with pytest.raises(InputError, match=message):
        FaceDataset(path)


def test_texts_stored_as_bytes_are_read(tmp_path):
    path = our_file(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file.attrs["channel_order"] = np.bytes_("BGR")
        file["images"][0, 0, 0] = RED
        file["attributes/group"].attrs["values"] = np.array([b"light", b"dark"])
    dataset = FaceDataset(path)
    assert tuple(dataset.read([0])[0, 0, 0]) == BLUE
    assert dataset.attribute("group").values == ("light", "dark")
