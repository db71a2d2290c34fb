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
    """What is known of a file's pictures: which were read already, and were as they had been written.

    Args:
        path: the file.
        written: uint32 `(num_rows,)`, see `of`.
    """

    def __init__(self, path: Path, written: np.ndarray):
        self._path, self._written = path, written
        self._is_verified = np.zeros(len(written), bool)

    def forget(self) -> None:
        """Has every picture compared once more."""
        self._is_verified[:] = False

    def verify(self, rows: np.ndarray, images: np.ndarray) -> None:
        """Compares those pictures that have not been compared before.

        Args:
            rows: int `(n,)`, which they are.
            images: uint8 `(n, height, width, 3)`, as they lie in the file.

        Raises:
            InputError: if one of them has changed since it was written; names the rows.
        """
        is_new = ~self._is_verified[rows]
        if not is_new.any():
            return
        # A batch of a new file is all new, and then needs no copy.
        new, fresh = (rows, images) if is_new.all() else (rows[is_new], images[is_new])
        is_right = of(fresh) == self._written[new]
        if not is_right.all():
            damaged = np.unique(new[~is_right])
            rows_text = listed([str(row) for row in damaged.tolist()])
            are = f"picture of row {rows_text} is not as it was"
            if len(damaged) > 1:
                are = f"pictures of rows {rows_text} are not as they were"
            raise InputError(
                f"{self._path}: the {are} written, so the file is damaged. Copy it again, or make it again "
                "with `facedebias prepare`."
            )
        self._is_verified[new] = True
