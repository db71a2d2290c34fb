"""Every importer on a fake tree of a few pictures, down to one known red pixel."""

import io
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from facedebias.data import records as records_module
from facedebias.data.records import ImportOptions
from facedebias.data.sources import celeba, imagenet, open_source, tfds
from facedebias.data.sources.formats import picture_files
from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from facedebias.data.wordnet import is_excluded, read_ids
from facedebias.errors import InputError

RED = (255, 0, 0)
NONFACES = ImportOptions(kind="nonface")


def picture(width, height, red=None):
    """A black picture, with the box `red` painted red."""
    image = Image.new("RGB", (width, height))
    if red:
        image.paste(RED, red)
    return image


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=95)
    return path


def is_red(pixel):
    """Red, give or take what JPEG changes."""
    return pixel[0] > 200 and pixel[1] < 60 and pixel[2] < 60


def records(spec, options=None, **kwargs):
    source = open_source(spec, options or ImportOptions(**kwargs))
    found = list(source.records())
    assert len(found) == source.num_records
    assert [record.path for record in found] == [record.path for record in source.records()]
    return source, found


# CelebA ---------------------------------------------------------------------------------------


def fake_celeba(root, scale=1.0, zipped=True):
    """Six pictures; 000001 has a red square around pixel (90, 133), the centre of the face crop."""
    size = (round(178 * scale), round(218 * scale))
    images = {}
    for number in range(1, 7):
        red = tuple(round(side * scale) for side in (86, 129, 94, 137)) if number == 1 else None
        images[f"00000{number}.jpg"] = picture(*size, red)
    root.mkdir(exist_ok=True)
    if zipped:
        with zipfile.ZipFile(root / "img_align_celeba.zip", "w") as archive:
            for name, image in images.items():
                buffer = io.BytesIO()
                image.save(buffer, "JPEG", quality=95)
                archive.writestr(f"img_align_celeba/{name}", buffer.getvalue())
    else:
        for name, image in images.items():
            save(root / "img_align_celeba" / name, image)
    lines = [f"{name}  1 -1 {1 if name == '000002.jpg' else -1}" for name in images]
    (root / "list_attr_celeba.txt").write_text("6\nMale Smiling Young \n" + "\n".join(lines) + "\n")
    (root / "identity_CelebA.txt").write_text("".join(f"{name} {int(name[:6]) * 7}\n" for name in images))
    parts = zip(images, (0, 0, 0, 1, 2, 2), strict=True)
    (root / "list_eval_partition.txt").write_text("".join(f"{name} {part}\n" for name, part in parts))
    return root


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_celeba(tmp_path, scale, zipped):
    root = fake_celeba(tmp_path / "celeba", scale, zipped)
    source, found = records(f"celeba:{root}")
    assert source.name == "celeba" and list(source.attributes) == ["Male", "Smiling", "Young"]
    assert source.attributes["Male"] == ("no", "yes")
    assert [record.path for record in found] == [f"00000{number}.jpg" for number in range(1, 7)]
    assert [record.split for record in found] == [0, 0, 0, 1, 2, 2]
    assert [record.identity for record in found] == [7, 14, 21, 28, 35, 42]
    assert found[1].attributes == {"Male": 1, "Smiling": 0, "Young": 1}
    image = found[0].load()
    assert image.shape == (64, 64, 3) and image.dtype == np.uint8
    # The face crop is 107 pixels wide from (36.5, 79.6): (90, 133) is at (53.5, 53.4) / 107 * 64 = 32.
    assert is_red(image[32, 32]) and not is_red(image[32, 44]) and not is_red(image[20, 32])


def test_celeba_head_crop(tmp_path):
    root = fake_celeba(tmp_path / "celeba")
    _, found = records(f"celeba:{root}", crop="head")
    # 178 pixels wide from (0, 20): (90, 133) is at (90, 113) / 178 * 64 = (32.4, 40.6).
    image = found[0].load()
    assert is_red(image[40, 32]) and not is_red(image[32, 32])


def test_celeba_crop_boxes():
    assert celeba.crop_box("face", 178, 218) == (36.5, 79.6, 143.5, 186.6)
    assert celeba.crop_box("face", 89, 109) == (18.25, 39.8, 71.75, 93.3)
    assert celeba.crop_box("head", 89, 109) == (0, 10, 89, 99)
    with pytest.raises(ValueError, match="is 200x200; expected an aligned picture of 178x218 or 89x109"):
        celeba.crop_box("face", 200, 200)


def test_celeba_split_and_places(tmp_path):
    root = fake_celeba(tmp_path / "celeba")
    assert [record.path for record in records(f"celeba:{root}", split="test")[1]] == [
        "000005.jpg",
        "000006.jpg",
    ]
    # The zip file itself, the lists beside it.
    assert records(f"celeba:{root / 'img_align_celeba.zip'}", split="val")[0].num_records == 1
    # The folders of the official download.
    for name in ("Img", "Anno", "Eval"):
        (root / name).mkdir()
    (root / "img_align_celeba.zip").rename(root / "Img/img_align_celeba.zip")
    (root / "list_attr_celeba.txt").rename(root / "Anno/list_attr_celeba.txt")
    (root / "list_eval_partition.txt").rename(root / "Eval/list_eval_partition.txt")
    source, found = records(f"celeba:{root}", split="train")
    assert source.num_records == 3 and found[0].attributes["Male"] == 1


def test_celeba_without_lists(tmp_path):
    root = fake_celeba(tmp_path / "celeba")
    for name in ("list_attr_celeba.txt", "identity_CelebA.txt", "list_eval_partition.txt"):
        (root / name).unlink()
    source, found = records(f"celeba:{root}")
    assert source.attributes == {} and found[0].attributes == {}
    assert found[0].split == -1 and found[0].identity == -1
    with pytest.raises(InputError, match="no list_eval_partition.txt, which --split needs. Get it from http"):
        open_source(f"celeba:{root}", ImportOptions(split="train"))


def test_celeba_damage(tmp_path):
    with pytest.raises(InputError, match="celeba:.*none: no such file or folder. Get it from"):
        open_source(f"celeba:{tmp_path / 'none'}", ImportOptions())
    with pytest.raises(InputError, match="neither img_align_celeba.zip nor img_align_celeba/. Get it from"):
        open_source(f"celeba:{tmp_path}", ImportOptions())
    root = fake_celeba(tmp_path / "celeba")
    archive = root / "img_align_celeba.zip"
    (root / "list_attr_celeba.txt").write_text("1\nMale Young\n000001.jpg 1\n")
    with pytest.raises(InputError, match=r"list_attr_celeba.txt, line 3: 1 values for 2 attributes"):
        open_source(f"celeba:{root}", ImportOptions())
    (root / "list_attr_celeba.txt").unlink()
    (root / "identity_CelebA.txt").write_text("000001.jpg\n")
    with pytest.raises(
        InputError, match=r"identity_CelebA.txt, line 1: '000001.jpg'; expected a file name and"
    ):
        open_source(f"celeba:{root}", ImportOptions())
    archive.write_bytes(archive.read_bytes()[:500])
    with pytest.raises(InputError, match="img_align_celeba.zip: File is not a zip file. Copy the zip"):
        open_source(f"celeba:{root}", ImportOptions())


def test_celeba_damaged_member_is_a_bad_picture(tmp_path):
    archive = fake_celeba(tmp_path / "celeba") / "img_align_celeba.zip"
    content = bytearray(archive.read_bytes())
    content[200] ^= 255  # in the first picture, whose checksum no longer holds
    archive.write_bytes(content)
    _, found = records(f"celeba:{archive}")
    with pytest.raises(ValueError, match="Bad CRC-32"):
        found[0].load()
    assert found[1].load().shape == (64, 64, 3)


# FairFace and UTKFace -------------------------------------------------------------------------


def fake_fairface(root):
    rows = {
        "train": [("20-29", "Female", "East Asian"), ("more than 70", "Male", "Black")] * 2,
        "val": [("0-2", "Female", "Middle Eastern"), ("3-9", "Male", "White")],
    }
    for part, labels in rows.items():
        lines = ["file,age,gender,race,service_test"]
        for number, (age, gender, race) in enumerate(labels, start=1):
            lines.append(f"{part}/{number}.jpg,{age},{gender},{race},True")
            save(
                root / part / f"{number}.jpg", picture(224, 224, (112, 56, 140, 84) if number == 1 else None)
            )
        (root / f"fairface_label_{part}.csv").write_text("\n".join(lines) + "\n")
    return root


def test_fairface(tmp_path):
    root = fake_fairface(tmp_path)
    source, found = records(f"fairface:{root}")
    assert [len(source.attributes[name]) for name in ("race", "gender", "age")] == [7, 2, 9]
    assert [record.path for record in found] == [f"train/{i}.jpg" for i in range(1, 5)] + [
        "val/1.jpg",
        "val/2.jpg",
    ]
    assert [record.split for record in found] == [0, 0, 0, 0, 1, 1]
    named = {name: source.attributes[name][code] for name, code in found[1].attributes.items()}
    assert named == {"race": "Black", "gender": "Male", "age": "more than 70"}
    # (112..140, 56..84) of 224 pixels are (32..40, 16..24) of 64.
    image = found[0].load()
    assert is_red(image[20, 36]) and not is_red(image[20, 44]) and not is_red(image[28, 36])
    assert [record.path for record in records(f"fairface:{root}", split="val")[1]] == [
        "val/1.jpg",
        "val/2.jpg",
    ]


def test_fairface_damage(tmp_path):
    with pytest.raises(InputError, match="fairface_label_val.csv: no such file. Get it from"):
        open_source(f"fairface:{tmp_path}", ImportOptions(split="val"))
    root = fake_fairface(tmp_path)
    with pytest.raises(InputError, match="FairFace has no labelled test part. Use --split val"):
        open_source(f"fairface:{root}", ImportOptions(split="test"))
    path = root / "fairface_label_val.csv"
    path.write_text("file,age,gender\nval/1.jpg,0-2,Male\n")
    with pytest.raises(InputError, match="fairface_label_val.csv: no column race; expected"):
        open_source(f"fairface:{root}", ImportOptions())
    path.write_text("file,age,gender,race\nval/1.jpg,0-2,Male,Martian\n")
    with pytest.raises(InputError, match="fairface_label_val.csv, line 2: .*Martian"):
        open_source(f"fairface:{root}", ImportOptions())


def test_utkface(tmp_path):
    names = [
        f"{age}_{i % 2}_{i % 5}_2017010{i}.jpg.chip.jpg" for i, age in enumerate((0, 2, 3, 9, 69, 70, 116))
    ]
    for name in [*names, "61_3_1_20170109142408075.jpg.chip.jpg"]:
        save(tmp_path / name, picture(200, 200, (50, 100, 75, 125) if name == names[0] else None))
    source, found = records(f"utkface:{tmp_path}")
    by_path = {record.path: record for record in found}
    ages = [source.attributes["age"][by_path[name].attributes["age"]] for name in names]
    assert ages == ["0-2", "0-2", "3-9", "3-9", "60-69", "more than 70", "more than 70"]
    assert source.attributes["gender"][by_path[names[1]].attributes["gender"]] == "Female"
    assert source.attributes["race"][by_path[names[1]].attributes["race"]] == "Black"
    # (50..75, 100..125) of 200 pixels are (16..24, 32..40) of 64.
    image = by_path[names[0]].load()
    assert is_red(image[36, 20]) and not is_red(image[36, 28])
    with pytest.raises(ValueError, match="the name does not read age_gender_race_date"):
        by_path["61_3_1_20170109142408075.jpg.chip.jpg"].load()


# Class trees ----------------------------------------------------------------------------------


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


def test_person_classes():
    people = ["n09835506", "n10148035", "n10565667", "n00007846", "n09483738", "n11408414"]
    others = ["n01440764", "n09472597", "n11879895", "n09483519", "n11408559", "texture_dotted", "n1"]
    assert all(is_excluded(name, None) for name in people)
    assert not any(is_excluded(name, None) for name in others)
    assert not is_excluded("n10148035", frozenset()) and is_excluded("n01440764", frozenset({"n01440764"}))


def test_reading_the_exclusion(tmp_path):
    assert read_ids("n09835506, n10148035") == {"n09835506", "n10148035"}
    assert read_ids("") == frozenset()
    (tmp_path / "ids.txt").write_text("n09835506\nn10565667\n")
    assert read_ids(f"@{tmp_path / 'ids.txt'}") == {"n09835506", "n10565667"}
    with pytest.raises(InputError, match="'groom' is not a WordNet id; expected one like n09835506"):
        read_ids("n09835506,groom")
    with pytest.raises(InputError, match="--exclude=@none.txt: no such file"):
        read_ids("@none.txt")


# Folders and face files -----------------------------------------------------------------------


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


def test_lab(tmp_path):
    images = np.zeros((6, 32, 32, 3), np.uint8)
    images[4, 8:16, 16:24, 2] = 255  # red in the lab's BGR order
    with h5py.File(tmp_path / "lab.h5", "w") as file:
        file["images"], file["labels"] = images, np.array([[1], [0], [1], [0], [1], [0]], np.float32)
    _, faces = records(f"lab:{tmp_path / 'lab.h5'}")
    assert [record.path for record in faces] == ["row 0", "row 2", "row 4"]
    image = faces[2].load()
    # (16..24, 8..16) of 32 pixels are (32..48, 16..32) of 64.
    assert image.shape == (64, 64, 3) and is_red(image[24, 40]) and not is_red(image[24, 52])
    assert (
        records(f"lab:{tmp_path / 'lab.h5'}", ImportOptions(kind="nonface", split="val"))[0].num_records == 3
    )


def test_lab_reads_our_own_files(tiny_file):
    source, found = records(f"lab:{tiny_file}")
    assert source.num_records == 24 and source.attributes == {"group": ("light", "dark")}
    assert [record.attributes["group"] for record in found[:4]] == [0, 0, 0, 1]
    assert found[5].path == "1/5.png" and found[0].load().shape == (64, 64, 3)


# TensorFlow Datasets --------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
def test_tfds_celeba():
    testing = pytest.importorskip("tensorflow_datasets").testing
    with testing.mock_data(num_examples=3):
        source, found = records("tfds:celeb_a", split="val")
        assert source.name == "celeb_a" and source.num_records == 3 and len(source.attributes) == 40
        assert [record.path for record in found] == ["validation/0", "validation/1", "validation/2"]
        assert {record.split for record in found} == {1}
        assert set(found[0].attributes) == set(source.attributes) and found[0].identity >= 0
        assert found[0].load().shape == (64, 64, 3)


def imagenet_resized(images):
    """A stand-in for the stored data set: a goldfish, a groom, a red tench, a scuba diver."""
    import tensorflow as tf

    def as_dataset(self, split, decoders=None, **kwargs):
        label = self.info.features["label"]
        labels = [label.str2int(name) for name in ("n01443537", "n10148035", "n01440764", "n10565667")]
        return tf.data.Dataset.from_tensor_slices({"image": images, "label": labels})

    return as_dataset


@pytest.mark.filterwarnings("default")
def test_tfds_leaves_people_out_by_wordnet_id():
    testing = pytest.importorskip("tensorflow_datasets").testing
    images = np.zeros((4, 64, 64, 3), np.uint8)
    images[2, 10, 20] = RED
    encoded = [png_bytes(image) for image in images]
    for stored in (images, encoded):  # decoded by TFDS, or left for us to decode
        with testing.mock_data(as_dataset_fn=imagenet_resized(stored)):
            source, found = records(
                "tfds:imagenet_resized/64x64", ImportOptions(kind="nonface", split="train")
            )
            assert [record.path for record in found] == ["train/0", "train/2"] and source.attributes == {}
            np.testing.assert_array_equal(found[1].load()[10, 20], RED)
            nobody = ImportOptions(kind="nonface", split="train", exclude=frozenset())
            assert records("tfds:imagenet_resized/64x64", nobody)[0].num_records == 4


def png_bytes(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.filterwarnings("default")
def test_tfds_damage():
    pytest.importorskip("tensorflow_datasets")
    with pytest.raises(
        InputError, match="tfds:no_such_set: could not be loaded .*not found.* Check the name"
    ):
        open_source("tfds:no_such_set", ImportOptions())
    with pytest.raises(InputError, match="no part for --split test; has only train, validation. Choose one"):
        tfds._parts("imagenet_resized", ["train", "validation"], "test")


# All of them ----------------------------------------------------------------------------------


def test_unknown_source_lists_the_known():
    with pytest.raises(InputError, match=r"ppb:x: unknown source 'ppb'; .* celeba, fairface, .*, utkface\."):
        open_source("ppb:x", ImportOptions())
    with pytest.raises(InputError, match="celeba: no location; expected celeba:LOCATION"):
        open_source("celeba", ImportOptions())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("utkface", "no pictures. Give the folder of age_gender_race_date.jpg files"),
        ("imagenet", "no pictures in class folders; expected .*/<class>/[*].JPEG"),
        ("folder", "no group folders"),
    ],
)
def test_empty_folders(tmp_path, spec, message):
    with pytest.raises(InputError, match=message):
        open_source(f"{spec}:{tmp_path}", ImportOptions())


def test_nothing_of_the_wanted_part(tmp_path):
    root = fake_celeba(tmp_path / "celeba")
    (root / "list_eval_partition.txt").write_text("000001.jpg 0\n")
    with pytest.raises(InputError, match="holds no faces of split val. Choose another --split"):
        open_source(f"celeba:{root}", ImportOptions(split="val"))


def test_centre_square():
    assert centre_square(100, 60) == (20, 0, 80, 60)
    assert centre_square(60, 101) == (0, 20.5, 60, 80.5)


def test_large_jpeg_is_shrunk_in_place(tmp_path, monkeypatch):
    # 1600 pixels to 64: the decoder shrinks by 8, the rest is averaged. The red stripe over
    # (800..1200) must end up in columns 32..47, as without that.
    save(tmp_path / "a.jpg", picture(1600, 1600, (800, 0, 1200, 1600)))
    save(tmp_path / "a.png", picture(1600, 1600, (800, 0, 1200, 1600)))
    decoded = []

    def to_square(image, *args):
        result = records_module.to_square(image, *args)
        decoded.append(image.size)
        return result

    monkeypatch.setattr(picture_files, "to_square", to_square)
    jpeg, png = (load_picture(tmp_path / f"a.{kind}", 64, centre_square) for kind in ("jpg", "png"))
    assert decoded == [(200, 200), (1600, 1600)]
    assert np.abs(jpeg.astype(int) - png).max() < 20
    assert is_red(jpeg[5, 33]) and is_red(jpeg[5, 46]) and not is_red(jpeg[5, 30]) and not is_red(jpeg[5, 49])


def test_picture_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the picture's left side is stored at the bottom
    picture(64, 64, (0, 32, 64, 64)).save(tmp_path / "a.jpg", quality=95, exif=exif)
    image = load_picture(tmp_path / "a.jpg", 64, centre_square)
    assert is_red(image[5, 5]) and is_red(image[60, 5]) and not is_red(image[5, 60])


@pytest.mark.parametrize("content", [b"", b"no picture at all", None])
def test_damaged_pictures_raise_what_the_preparation_expects(tmp_path, content):
    path = save(tmp_path / "a.png", picture(64, 64, (0, 0, 64, 64)))
    path.write_bytes(path.read_bytes()[:60] if content is None else content)
    with pytest.raises((OSError, ValueError)):
        load_picture(path, 64, centre_square)
