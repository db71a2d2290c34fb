"""CelebA from a fake tree of a few pictures, down to one known red pixel."""

import io
import zipfile

import numpy as np
import pytest

from facedebias.data.records import ImportOptions
from facedebias.data.sources import celeba, open_source
from facedebias.errors import InputError
from tests.data.sources.fake_pictures import is_red, picture, records, save


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


def test_nothing_of_the_wanted_part(tmp_path):
    root = fake_celeba(tmp_path / "celeba")
    (root / "list_eval_partition.txt").write_text("000001.jpg 0\n")
    with pytest.raises(InputError, match="holds no faces of split val. Choose another --split"):
        open_source(f"celeba:{root}", ImportOptions(split="val"))
