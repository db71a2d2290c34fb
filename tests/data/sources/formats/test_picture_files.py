"""Pictures as they are loaded: squared, shrunk, turned upright, or damaged."""

import numpy as np
import pytest
from PIL import Image

from facedebias.data import records as records_module
from facedebias.data.sources.formats import picture_files
from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from tests.data.sources.fake_pictures import is_red, picture, save


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
