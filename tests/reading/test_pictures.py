"""Pictures that are none, that are too large, and that other programs would have to decode."""

import io
import struct
import zlib

import pytest
from PIL import Image

from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from facedebias.detection import photographs
from facedebias.errors import InputError
from facedebias.reading.pictures import MOST_PIXELS, open_picture

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


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "JPEG2000", "TIFF", "GIF", "PNG", "BMP"])
def test_pictures_cut_off_under_another_name_are_bad_ones(tmp_path, kind):
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, kind)
    content = buffer.getvalue()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "a.jpg").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ValueError, match=r"\S"):
            load_picture(tmp_path / "a.jpg", 8, centre_square)
