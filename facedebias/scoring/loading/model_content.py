"""The bytes of a file that holds a whole model."""

from pathlib import Path

from facedebias.errors import InputError
from facedebias.reading.files import read_bytes

MOST_BYTES = 2_000_000_000
"""More than a file of ONNX or LiteRT can hold in itself: their formats count bytes up to 2^31."""


MOST_WORKING_BYTES = 1 << 30
"""Memory that a model may need for a picture, beside its weights."""


def read_model(path: Path, most: int = MOST_BYTES) -> bytes:
    """Content of a model's file, whole, so that what was checked is what is loaded.

    Args:
        path: of the file.
        most: how many bytes it may have.

    Raises:
        InputError: if it is no plain file, is empty, too large or cannot be read.
    """
    try:
        size = path.stat().st_size
    except OSError:
        size = None  # what is wrong is said below
    if size == 0:
        raise InputError(f"{path}: is empty; copy or export it again.")
    if size is not None and size > most:
        raise InputError(
            f"{path}: has {size:,} bytes; at most {most:,} are read of a model in one file. Give the "
            "SavedModel that it was made from, or let it score the pictures, and give --predictions."
        )
    return read_bytes(path, most=most)
