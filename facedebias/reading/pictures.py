"""Pictures opened by Pillow: only from files, only formats that it decodes itself, only up to a size.

A file of a few kilobytes may claim, and decode to, any number of pixels. So the header is asked first.
"""

import functools
import re
import struct
import zlib
from pathlib import Path
from typing import IO

from PIL import Image

from facedebias.reading.files import unlike_a_file

MOST_PIXELS = 89_478_485
"""Pixels of the largest picture that is decoded, where Pillow warns of decompression bombs too."""

FAILURES: tuple[type[Exception], ...] = (
    *(OSError, ValueError, SyntaxError, TypeError, EOFError, ArithmeticError, LookupError),
    *(RuntimeError, AttributeError, AssertionError, BufferError, MemoryError, SystemError),
    *(struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning),
)
"""What Pillow's plug-ins raise on damaged files. Most say `OSError`, but nothing holds them to it."""

PICTURES = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "PSD"),
    *("PPM", "PCX", "SGI", "SUN", "TGA"),
)
"""Formats that are read: those that photographs are kept in, and whose header says what is decoded.

A list of what is read, since Pillow has forty more. EPS starts Ghostscript; IPTC opens a picture of any
format within it; icons hold pictures larger than they say; FITS unpacks without bounds; others are decoded
in Python, which takes minutes.
"""

MOST_BYTES = 256 << 20
"""Bytes of the largest file that is read as a picture: more than its pixels could need."""

MOST_SCANS = 100
"""Scans of a JPEG that is decoded, each of which goes through all pixels. Cameras write ten."""

_OF_SEVERAL = "MPO"  # what Pillow calls a JPEG with others behind it
_SCAN = b"\xff\xda"
# In coded data a zero or the number of a restart follows this byte; before a marker there may be several.
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_END_OF_PICTURE = 0xD9
_WITHOUT_LENGTH = {0x01, 0xD8}


class TooLargeError(ValueError):
    """A picture has too many pixels, by its header, or its file too many bytes."""


def open_picture(file: Path | IO[bytes], formats: tuple[str, ...] = ()) -> Image.Image:
    """Opens a picture without decoding it.

    Args:
        file: where it is, or its content.
        formats: Pillow's names of those that are tried; none means all pictures.

    Raises:
        ValueError: if it is no file, has more than `MOST_BYTES` bytes, `MOST_PIXELS` pixels or, of a JPEG,
            `MOST_SCANS` scans.
        Exception: one of `FAILURES`, as Pillow raises it.
    """
    if isinstance(file, Path):
        if what := unlike_a_file(file):
            raise ValueError(f"is {what}, not a picture")
        # Behind the picture a file may go on for as long as a disk says, and take no room on it.
        if file.exists() and (size := file.stat().st_size) > MOST_BYTES:
            raise TooLargeError(
                f"has {size:,} bytes, over {MOST_BYTES:,}, the most that are read; save it again"
            )
    try:
        image = Image.open(file, formats=formats or _formats())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError(
            f"has over {MOST_PIXELS:,} pixels, the most that are decoded; shrink it"
        ) from error
    try:
        check_undecoded(image)
    except FAILURES:
        image.close()
        raise
    return image


def check_undecoded(image: Image.Image) -> None:
    """Refuses what another program would have to decode, or what is too large to.

    Args:
        image: as it was opened, here or by somebody else.

    Raises:
        TooLargeError: if it has more than `MOST_PIXELS` pixels or, of a JPEG, `MOST_SCANS` scans.
        ValueError: if it has no pixel, or comes from a file in a format that is not read.
    """
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise TooLargeError(
            f"is {width}x{height}, over {MOST_PIXELS:,} pixels, the most that are decoded; shrink it"
        )
    if not width * height:
        raise ValueError(f"is {width}x{height}, without a pixel")
    if image.format not in {None, *PICTURES, _OF_SEVERAL}:
        raise ValueError(f"is in the format {image.format}, which is not read; make it a PNG")
    is_left = bool(getattr(image, "tile", None))  # to decode
    if is_left and image.format in {"JPEG", _OF_SEVERAL} and (number := _num_scans(image)) > MOST_SCANS:
        raise TooLargeError(
            f"has {number:,} scans, over {MOST_SCANS}, the most that are decoded; save it again"
        )


def reason_of(error: Exception) -> str:
    """What an error says, on one line; what kind it is if it says nothing."""
    if isinstance(error, MemoryError):
        return "does not fit into memory"
    return " ".join(str(error).split()) or type(error).__name__


def _num_scans(image: Image.Image) -> int:
    """Scans of a JPEG; a quick upper bound if that is within the limit."""
    file: IO[bytes] = image.fp  # type: ignore[attr-defined]
    before = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(before)
    number = data.count(_SCAN)
    return number if number <= MOST_SCANS else _counted_scans(data)


def _counted_scans(data: bytes) -> int:
    """The same, marker by marker: a thumbnail or profile may hold any bytes."""
    number, place = 0, 0
    while found := _MARKER.search(data, place):
        marker, place = found[1][0], found.end()
        if marker == _END_OF_PICTURE:
            break
        number += marker == _SCAN[1]
        if marker not in _WITHOUT_LENGTH:
            place += int.from_bytes(data[place : place + 2])
    return number


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in PICTURES if name in Image.OPEN)
