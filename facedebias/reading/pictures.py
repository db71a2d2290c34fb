"""Pictures opened by Pillow: only from files, only formats that it decodes itself, only up to a size.

A file of a few kilobytes may claim, and decode to, any number of pixels. So the header is asked first.
"""

import functools
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

# Formats that need other programs (EPS starts Ghostscript), or that are documents and films.
NO_PICTURES = frozenset({"BUFR", "GRIB", "HDF5", "WMF", "MPEG", "EPS", "PDF"})


class TooLargeError(ValueError):
    """A picture has too many pixels, by its header."""


def open_picture(file: Path | IO[bytes], formats: tuple[str, ...] = ()) -> Image.Image:
    """Opens a picture without decoding it.

    Args:
        file: where it is, or its content.
        formats: Pillow's names of those that are tried; none means all pictures.

    Raises:
        ValueError: if it is no file, or has more than `MOST_PIXELS` pixels.
        Exception: one of `FAILURES`, as Pillow raises it.
    """
    if isinstance(file, Path) and (what := unlike_a_file(file)):
        raise ValueError(f"is {what}, not a picture")
    try:
        image = Image.open(file, formats=formats or _formats())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError(
            f"has over {MOST_PIXELS:,} pixels, the most that are decoded; shrink it"
        ) from error
    try:
        check_pixels(image)
    except ValueError:
        image.close()
        raise
    return image


def check_pixels(image: Image.Image) -> None:
    """Refuses what has too many pixels to decode, or none.

    Args:
        image: as it was opened.

    Raises:
        TooLargeError: if it has more than `MOST_PIXELS`.
        ValueError: if it has none.
    """
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise TooLargeError(
            f"is {width}x{height}, over {MOST_PIXELS:,} pixels, the most that are decoded; shrink it"
        )
    if not width * height:
        raise ValueError(f"is {width}x{height}, without a pixel")


def reason_of(error: Exception) -> str:
    """What an error says, on one line; what kind it is if it says nothing."""
    if isinstance(error, MemoryError):
        return "does not fit into memory"
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in Image.ID if name not in NO_PICTURES)
