"""Pictures that are none, that are too large, and that other programs would have to decode."""

import io
import os
import struct
import zlib

import pytest
from PIL import EpsImagePlugin, Image

from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from facedebias.detection import photographs
from facedebias.errors import InputError
from facedebias.reading.pictures import (
    MOST_BYTES,
    MOST_PIXELS,
    MOST_SCANS,
    TooLargeError,
    check_undecoded,
    open_picture,
)
from tests.chaos.read_rows import iptc, jpeg_of_scans

pytestmark = pytest.mark.filterwarnings("ignore:Image size")


def png_of(width, height):
    """A PNG of a few bytes that claims to have this size."""

    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9460, 9460), (13_000, 13_000), (60_000, 60_000), (1, MOST_PIXELS + 1)])
def test_the_header_tells_that_a_picture_is_too_large(tmp_path, size):
    path = tmp_path / "a.png"
    path.write_bytes(png_of(*size))
    message = "over 89,478,485 pixels, the most that are decoded; shrink it"
    with pytest.raises(ValueError, match=message):
        open_picture(path)
    with pytest.raises(ValueError, match=message):
        load_picture(path, 64, centre_square)
    with pytest.raises(ValueError, match=message):
        load_picture(io.BytesIO(png_of(*size)), 64, centre_square)
    for read in (photographs.measure, photographs.load):
        with pytest.raises(InputError, match=f"a.png: cannot be decoded .*{message}"):
            read(path)


@pytest.mark.filterwarnings("error:Image size")
def test_the_limit_holds_where_warnings_are_errors():
    with pytest.raises(ValueError, match="over 89,478,485 pixels"):
        open_picture(io.BytesIO(png_of(10_000, 10_000)))


def test_no_other_program_decodes(tmp_path):
    # Pillow hands PostScript to Ghostscript, whatever the file is called.
    Image.new("RGB", (8, 8)).save(tmp_path / "a.eps")
    (tmp_path / "a.eps").rename(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="cannot identify image file"):
        load_picture(tmp_path / "a.jpg", 8, centre_square)


def eps():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "EPS")
    return buffer.getvalue()


@pytest.mark.parametrize("inner", [eps(), png_of(13_000, 13_000), png_of(9460, 9460)])
def test_no_picture_opens_another_one_in_it(tmp_path, monkeypatch, inner):
    # Pillow's reader of IPTC gives what is inside to all of its readers, whatever size the header says.
    started = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *given: started.append(given))
    (tmp_path / "x.jpg").write_bytes(iptc(inner))
    with pytest.raises(ValueError, match="cannot identify image file"):
        load_picture(tmp_path / "x.jpg", 8, centre_square)
    with (
        Image.open(tmp_path / "x.jpg") as image,
        pytest.raises(ValueError, match="format IPTC, which"),
    ):
        check_undecoded(image)
    assert not started


@pytest.mark.parametrize("kind", ["ICO", "ICNS"])
def test_icons_are_no_pictures(tmp_path, kind):
    # They hold pictures of sizes of their own, which Pillow decodes up to twice the limit.
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg", kind)
    with pytest.raises(ValueError, match="cannot identify image file"):
        load_picture(tmp_path / "a.jpg", 8, centre_square)


def test_a_jpeg_has_a_hundred_scans_at_most(tmp_path):
    load_picture(io.BytesIO(jpeg_of_scans(MOST_SCANS)), 8, centre_square)
    # What stands in a segment is no scan, and neither is what follows the picture.
    load_picture(io.BytesIO(jpeg_of_scans(11, b"\xff\xda" * 200) + b"\xff\xda" * 200), 8, centre_square)
    (tmp_path / "a.jpg").write_bytes(jpeg_of_scans(MOST_SCANS + 1))
    message = "has 101 scans, over 100, the most that are decoded; save it again"
    with pytest.raises(ValueError, match=message):
        load_picture(tmp_path / "a.jpg", 8, centre_square)
    with pytest.raises(InputError, match=f"a.jpg: cannot be decoded .{message}"):
        photographs.measure(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "JPEG2000", "TIFF", "GIF", "PNG", "BMP"])
def test_pictures_cut_off_under_another_name_are_bad_ones(tmp_path, kind):
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, kind)
    content = buffer.getvalue()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "a.jpg").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ValueError, match=r"\S"):
            load_picture(tmp_path / "a.jpg", 8, centre_square)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_goes_on_behind_a_picture_is_not_read(tmp_path, kind):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(path, kind)
    os.truncate(path, MOST_BYTES)  # takes no room on the disk
    with open_picture(path) as image:
        assert image.size == (8, 8)
    os.truncate(path, MOST_BYTES + 1)
    with pytest.raises(TooLargeError, match=r"has 268,435,457 bytes, over 268,435,456"):
        open_picture(path)
