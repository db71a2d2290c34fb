"""Checksums of pictures: one CRC-32 each, compared when the picture is read for the first time."""

import zlib
from pathlib import Path

import numpy as np

from facedebias.errors import InputError
from facedebias.text import listed

NAME = "checksums"


def of(images: np.ndarray) -> np.ndarray:
    """CRC-32 of each picture's bytes as they lie in the file, uint32 `(n,)`.

    Args:
        images: uint8 `(n, height, width, 3)`.
    """
    images = np.ascontiguousarray(images)
    return np.fromiter((zlib.crc32(image) for image in images), np.uint32, len(images))


class PictureChecksums:
    """What is known of pictures: which were read already, and were as they had been written.

    Args:
        written: uint32 `(num_rows,)`, see `of`.
    """

    def __init__(self, written: np.ndarray):
        self._written = written
        self._is_verified = np.zeros(len(written), bool)

    def forget(self, block: slice = slice(None)) -> None:
        """Has every picture compared once more, or those of a block of rows."""
        self._is_verified[block] = False

    def damaged(self, rows: np.ndarray, images: np.ndarray) -> np.ndarray:
        """Compares those pictures that have not been compared before.

        Args:
            rows: int `(n,)`, which they are.
            images: uint8 `(n, height, width, 3)`, as they lie in the file.

        Returns:
            Those rows that have changed since they were written, ascending and each once; mostly none.
        """
        is_new = ~self._is_verified[rows]
        if not is_new.any():
            return rows[:0]
        # A batch of a new file is all new, and then needs no copy.
        new, fresh = (rows, images) if is_new.all() else (rows[is_new], images[is_new])
        is_right = of(fresh) == self._written[new]
        self._is_verified[new[is_right]] = True
        return np.unique(new[~is_right])


def refusal(path: Path, damaged: np.ndarray) -> InputError:
    """An error that names the damaged rows of a file.

    Args:
        path: the file.
        damaged: int `(n,)`, ascending, with n > 0.
    """
    rows_text = listed([str(row) for row in damaged.tolist()])
    are = f"picture of row {rows_text} is not as it was"
    if len(damaged) > 1:
        are = f"pictures of rows {rows_text} are not as they were"
    return InputError(
        f"{path}: the {are} written, so the file is damaged. Copy it again, or make it again with "
        "`facedebias prepare`."
    )
