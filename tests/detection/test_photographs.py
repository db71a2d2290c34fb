"""Whole pictures from files of every kind."""

import numpy as np
import pytest
from PIL import Image

from facedebias.detection.backgrounds import Backgrounds
from facedebias.detection.photographs import Picture, fit, load, measure, notes_on, pictures_in
from facedebias.errors import InputError


def write(path, size=(40, 30), color=(200, 10, 10), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path, **options)
    return path


def test_folders_are_searched_in_order(tmp_path):
    for name in ("b.png", "a.jpg", "sub/c.png", "n09835506/player.png", ".hidden/d.png"):
        write(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    found = pictures_in(tmp_path, "--nonfaces", with_people=False)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.jpg", "b.png", "sub/c.png"]
    assert len(pictures_in(tmp_path, "", with_people=True)) == 4
    assert notes_on(tmp_path, with_people=False) == (
        "1 picture in classes of people left out: n09835506/player.png.",
        "1 file is no picture and was left out: notes.txt.",
    )


def test_folders_that_hold_none(tmp_path):
    with pytest.raises(InputError, match="--nonfaces=.*nowhere: no such folder. Give a folder of pictures"):
        pictures_in(tmp_path / "nowhere", "--nonfaces", with_people=False)
    with pytest.raises(InputError, match=f"{tmp_path}: no pictures in it or its subfolders; expected JPEG"):
        pictures_in(tmp_path, "", with_people=True)


def test_lying_photographs_are_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: left becomes top
    image = Image.new("RGB", (40, 30))
    image.paste((255, 255, 255), (0, 0, 20, 30))
    image.save(tmp_path / "a.png", exif=exif)
    assert measure(tmp_path / "a.png") == (30, 40)
    picture = load(tmp_path / "a.png")
    assert picture.size == picture.image.size == (30, 40)
    assert np.asarray(picture.image)[:, :, 0].mean(axis=1).tolist() == [255] * 20 + [0] * 20


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    name = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.new("RGB", (40, 30), (90, 90, 90)).convert(mode).save(name)
    assert load(name).image.mode == "RGB"


def test_large_photographs_are_decoded_smaller_and_measured_in_full(tmp_path):
    rng = np.random.default_rng(0)
    smooth = Image.fromarray(rng.integers(0, 256, (30, 40, 3), np.uint8)).resize((1600, 1200))
    smooth.save(tmp_path / "a.jpg", quality=95)
    small, full = load(tmp_path / "a.jpg", 100), load(tmp_path / "a.jpg")
    assert small.size == full.size == full.image.size == (1600, 1200)
    # At least one and a half times the 100 pixels asked for.
    assert small.image.size == (200, 150)
    target = [np.asarray(p.image.resize((80, 60), Image.Resampling.BILINEAR), float) for p in (small, full)]
    assert np.abs(target[0] - target[1]).mean() < 1.5


def test_what_is_no_picture_says_so(tmp_path):
    (tmp_path / "text.jpg").write_text("not a picture")
    whole = write(tmp_path / "whole.jpg", (300, 300)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="text.jpg: is no picture that can be read; expected a JPEG"):
        measure(tmp_path / "text.jpg")
    with pytest.raises(InputError, match="cut.jpg: cannot be decoded .*Replace or remove the picture"):
        load(tmp_path / "cut.jpg")
    with pytest.raises(InputError, match="none.jpg: no such file. Name a picture"):
        load(tmp_path / "none.jpg")


def test_fitting_covers_and_crops_evenly():
    # 40x20 to a square of 10: scaled by a half to 20x10, of which the middle half is kept.
    image = np.zeros((20, 40, 3), np.uint8)
    image[:, 10:30] = 100
    found = fit(Picture(Image.fromarray(image), (40, 20)), (10, 10))
    assert found.size == found.image.size == (10, 10)
    assert np.asarray(found.image)[:, 1:-1].min() == 100


def test_backgrounds_get_every_size_equally_often(tmp_path):
    paths = [write(tmp_path / f"{i}.png", (50, 100)) for i in range(6)]
    sizes = [(20, 30), (30, 20), (40, 40)]
    found = Backgrounds(paths, sizes, seed=1)
    assert sorted(found.sizes) == sorted(2 * sizes)
    assert [picture.image.size for picture in found.pictures()] == found.sizes
    assert Backgrounds(paths, sizes, seed=1).sizes == found.sizes
    assert any(Backgrounds(paths, sizes, seed=seed).sizes != found.sizes for seed in range(2, 6))
    # Of 50x100 the width decides: 20, 30 and 40 of 50, twice each.
    assert found.enlarged == pytest.approx(0.6)


def test_loops_of_links_give_each_picture_once(tmp_path):
    write(tmp_path / "a/1.jpg")
    for name in ("a/loop", "a/other", "back"):
        (tmp_path / name).symlink_to(tmp_path)
    (tmp_path / "2.jpg").symlink_to(tmp_path / "a/1.jpg")
    assert pictures_in(tmp_path, "", with_people=True) == [tmp_path / "a/1.jpg"]
