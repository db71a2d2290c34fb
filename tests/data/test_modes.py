"""Grey of more than 8 bits, fractions and transparency as RGB."""

import numpy as np
import pytest
from PIL import Image

from facedebias.data import modes
from facedebias.data.modes import to_rgb
from facedebias.data.sources.formats.picture_files import centre_square, load_picture

DTYPES = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
GREY = np.arange(0, 256, 4, dtype=np.uint8).reshape(8, 8)


def reread(image, path):
    image.save(path)
    with Image.open(path) as stored:
        return np.asarray(to_rgb(stored))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_is_scaled(tmp_path, suffix):
    # 65535 = 255 * 257, so that grey g of 8 bits is 257 g of 16.
    found = reread(Image.fromarray(GREY.astype(np.uint16) * 257), tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(found, np.repeat(GREY[:, :, None], 3, axis=2))


def test_16_bit_pgm_is_scaled(tmp_path):
    values = (GREY.astype(">u2") * 257).tobytes()
    (tmp_path / "a.pgm").write_bytes(b"P5 8 8 65535\n" + values)
    with Image.open(tmp_path / "a.pgm") as stored:
        np.testing.assert_array_equal(np.asarray(to_rgb(stored))[:, :, 0], GREY)


@pytest.mark.parametrize(
    ("scale", "dtype"), [(1, np.int32), (257, np.int32), (1, np.float32), (1 / 255, np.float32)]
)
def test_integers_and_fractions_are_scaled_by_their_range(tmp_path, scale, dtype):
    found = reread(Image.fromarray((GREY * float(scale)).astype(dtype)), tmp_path / "a.tif")
    np.testing.assert_array_equal(found[:, :, 1], GREY)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([[0, 70000]], np.int32), "32-bit grey from 0 to 70000; expected 0 to 255 or 0 to 65535"),
        (np.array([[-1, 5]], np.int32), "32-bit grey from -1 to 5"),
        (np.array([[-0.5, 0.5]], np.float32), "grey fractions from -0.5 to 0.5; expected 0 to 1 or 0 to 255"),
        (np.array([[0, np.nan]], np.float32), "grey fractions from"),
        (np.array([[0, 900]], np.float32), "grey fractions from 0 to 900"),
        (np.array([[0, 200]], np.uint16), "16-bit grey with no value above 200, black if 65535 is white"),
    ],
)
def test_a_range_that_nobody_can_know_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        to_rgb(Image.fromarray(values))


def test_blank_pictures_are_black():
    for dtype in (np.uint16, np.int32, np.float32):
        assert not np.asarray(to_rgb(Image.fromarray(np.zeros((4, 4), dtype)))).any()


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_transparent_parts_are_white(mode):
    # Black, opaque on the left, hidden on the right, half seen in the middle.
    image = Image.new("RGBA", (3, 1))
    image.putdata([(0, 0, 0, 255), (0, 0, 0, 128), (0, 0, 0, 0)])
    if mode == "PA":
        image = Image.new("RGB", (3, 1)).convert("P").convert("PA")
        image.putalpha(Image.frombytes("L", (3, 1), bytes([255, 128, 0])))
    found = np.asarray(to_rgb(image.convert(mode) if mode == "LA" else image))[0, :, 0].tolist()
    assert found == [0, 127, 255]


def test_palettes_with_transparency(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    image.save(tmp_path / "a.png", transparency=1)
    with Image.open(tmp_path / "a.png") as stored:
        np.testing.assert_array_equal(np.asarray(to_rgb(stored))[0], [[255, 0, 0], [255, 255, 255]])


def test_cmyk_and_black_and_white(tmp_path):
    assert np.asarray(to_rgb(Image.new("CMYK", (1, 1), (0, 255, 255, 0)))).tolist() == [[[255, 0, 0]]]
    assert np.asarray(to_rgb(Image.new("1", (1, 1), 1))).tolist() == [[[255, 255, 255]]]


def test_pictures_are_scaled_on_loading(tmp_path):
    Image.fromarray(np.full((100, 100), 128 * 257, np.uint16)).save(tmp_path / "a.png")
    assert np.unique(load_picture(tmp_path / "a.png", 64, centre_square)).tolist() == [128]


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "RGBA", "LA", "P"])
def test_large_pictures_are_converted_in_strips(monkeypatch, mode):
    image = Image.linear_gradient("L").resize((40, 30))
    if mode in {"I;16", "I", "F"}:
        image = Image.fromarray(
            (np.asarray(image) * 257.0 / (65535 if mode == "F" else 1)).astype(DTYPES[mode])
        )
    else:
        image = image.convert(mode)
        image.info["transparency"] = 20
    expected = np.asarray(to_rgb(image))
    monkeypatch.setattr(modes, "_PIXELS_AT_ONCE", 200)
    np.testing.assert_array_equal(np.asarray(to_rgb(image)), expected)
