"""A picture that lies beside a model, for a page: pixels, and nothing else that its file holds."""

import io

from facedebias.reading.pictures import FAILURES, open_picture

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
        with open_picture(io.BytesIO(data), ("PNG",)) as picture:
            # By the size that is decoded: a file may have several headers.
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError("too large")
            picture.load()  # a torn file raises
            pixels = picture.convert("RGB")
    except FAILURES as error:
        raise ValueError("damaged") from error
    # What a picture was read with would be written with it.
    pixels.info.clear()
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG")
    return buffer.getvalue()
