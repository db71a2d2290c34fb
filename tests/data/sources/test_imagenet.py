"""Class trees: crops, and the classes of people that are left out."""

import os

import numpy as np
import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import imagenet, open_source
from facedebias.errors import InputError
from tests.data.sources.fake_pictures import is_red, picture, records, save
from tests.data.sources.trees import opened, pictures

NONFACES = ImportOptions(kind="nonface")


def fake_imagenet(root):
    """Four fish, one in Tiny-ImageNet's layout, a texture without a WordNet id, and a groom."""
    for name in ("n01440764/b.JPEG", "n01440764/a.JPEG", "n01443537/c.JPEG", "n01443537/images/d.JPEG"):
        save(root / name, picture(100, 60, (0, 0, 100, 60) if name.endswith("a.JPEG") else None))
    save(root / "texture_dotted/1.png", picture(60, 60))
    save(root / "n10148035/groom.JPEG", picture(60, 60))
    (root / "n01440764/notes.txt").write_text("no picture")
    save(root / "n01440764/._a.JPEG", picture(1, 1))
    return root


def test_imagenet_leaves_people_out(tmp_path):
    root = fake_imagenet(tmp_path)
    source, found = records(f"imagenet:{root}", NONFACES)
    assert [record.path for record in found] == [
        "n01440764/a.JPEG",
        "n01440764/b.JPEG",
        "n01443537/c.JPEG",
        "n01443537/images/d.JPEG",
        "texture_dotted/1.png",
    ]
    assert source.attributes == {} and {record.split for record in found} == {-1}
    assert is_red(found[0].load()[0, 0]) and is_red(found[0].load()[63, 63])
    assert not is_red(found[1].load()[32, 32])


def test_imagenet_exclusion_can_be_changed(tmp_path):
    root = fake_imagenet(tmp_path)
    options = ImportOptions(kind="nonface", exclude=frozenset({"n01440764", "texture_dotted"}))
    paths = [record.path for record in records(f"imagenet:{root}", options)[1]]
    assert paths == ["n01443537/c.JPEG", "n01443537/images/d.JPEG", "n10148035/groom.JPEG"]


def test_imagenet_crops(tmp_path):
    rng = np.random.default_rng(0)
    save(tmp_path / "n01440764/a.png", Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8)))
    _, found = records(f"imagenet:{tmp_path}", ImportOptions(kind="nonface", crops_per_image=6))
    assert [record.path for record in found] == ["n01440764/a.png"] * 6
    crops = [record.load() for record in found]
    for first in range(6):
        assert all(not np.array_equal(crops[first], other) for other in crops[first + 1 :])
    # The same crops in another order and of another opening; others for another seed.
    again = records(f"imagenet:{tmp_path}", ImportOptions(kind="nonface", crops_per_image=6))[1]
    np.testing.assert_array_equal([record.load() for record in reversed(again)], crops[::-1])
    other = records(f"imagenet:{tmp_path}", ImportOptions(kind="nonface", seed=1))[1]
    assert not np.array_equal(other[0].load(), crops[0])


def test_random_squares_lie_in_the_picture():
    boxes = np.array([imagenet.random_square(f"{i}", 120, 90) for i in range(2000)])
    left, top, right, bottom = boxes.T
    side = right - left
    np.testing.assert_allclose(side, bottom - top)
    assert left.min() >= 0 and top.min() >= 0 and right.max() <= 120 and bottom.max() <= 90
    # Uniform in [45, 90]: mean 67.5, standard error 45 / sqrt(12 * 2000) = 0.29.
    assert side.min() < 46 and side.max() > 89 and abs(side.mean() - 67.5) < 4 * 0.29


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


def test_names_need_not_be_utf_8(tmp_path):
    name = os.fsdecode(b"n01440764/\xe9.png")
    save(tmp_path / name, picture(40, 40))
    found = records(f"imagenet:{tmp_path}", size=8)[1]
    assert found[0].path == "n01440764/\\udce9.png"
    assert found[0].load().shape == (8, 8, 3)
