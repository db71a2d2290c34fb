"""A picture that lies beside a model, for a page: pixels, and nothing else that its file holds."""

import io
import struct
import zlib

from PIL import Image

_HEADER = struct.Struct(">8s4x4sII")  # signature, length, name of the first chunk, width, height
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS = 50_000_000  # a sheet of 8 x 8 pictures of 512 pixels has 17 million


def as_png(data: bytes) -> bytes:
    """Decodes a PNG file and encodes its pixels anew.

    Comments, colour profiles and whatever stands behind the picture are left behind.

    Args:
        data: the file.

    Raises:
        ValueError: if it is no PNG file, is damaged or has too many pixels.
    """
    try:
        signature, first, width, height = _HEADER.unpack_from(data)
        # The header decides, before anything is unpacked.
        if (signature, first) != (_SIGNATURE, b"IHDR") or width * height > _MOST_PIXELS:
            raise ValueError("no PNG file, or too large")
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            picture.load()  # a torn file raises
            pixels = picture.convert("RGB")
    # Pillow raises any of these for damaged files.
    except (OSError, SyntaxError, LookupError, TypeError, struct.error, zlib.error, EOFError) as error:
        raise ValueError("damaged") from error
    # What a picture was read with would be written with it.
    pixels.info.clear()
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG")
    return buffer.getvalue()
