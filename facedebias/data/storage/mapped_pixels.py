"""Pictures that lie in a file as one block of bytes, mapped into memory: read as they are asked for."""

import math
import mmap
import os
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np


class MappedPixels:
    """The block as an array, as long as the file stays as it is.

    Args:
        path: of the file.
        refuse_changes: raises InputError if the file in this state is not the one that was opened.
        offset: where the block begins.
        shape: of the array, `(num_rows, height, width, 3)`.

    Attributes:
        images: uint8 of that shape.

    Raises:
        InputError: if it is not the same file any more.
    """

    def __init__(
        self,
        path: Path,
        refuse_changes: Callable[[os.stat_result], None],
        offset: int,
        shape: tuple[int, ...],
    ):
        self._refuse_changes, self._offset = refuse_changes, offset
        self._num_rows, self._row_bytes = shape[0], math.prod(shape[1:])
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self.check()
        self._map = mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)
        self.images = np.frombuffer(self._map, np.uint8, math.prod(shape), offset).reshape(shape)

    def check(self) -> None:
        """Refuses a file that was written to: half of it may be another, and a page beyond its end kills.

        One that was replaced is still there for those who have opened it.
        """
        self._refuse_changes(os.fstat(self._file))

    def announce(self, rows: np.ndarray) -> None:
        """Lets the system fetch what is not in memory side by side, not page by page as it is touched.

        From a cold disk that is many times as fast; benchmarks/training/cold_file.py has the rate.
        """
        if not hasattr(mmap, "MADV_WILLNEED"):
            return
        known = rows[(rows >= 0) & (rows < self._num_rows)]
        # Rows in order are one stretch.
        is_stretch = len(known) > 0 and bool((np.diff(known) == 1).all())
        if is_stretch:
            self._fetch(int(known[0]), len(known))
            return
        for row in known.tolist():
            self._fetch(row, 1)

    def announce_row(self, row: int) -> None:
        """Does so for one row, in [0, num_rows)."""
        if hasattr(mmap, "MADV_WILLNEED"):
            self._fetch(row, 1)

    def _fetch(self, first: int, count: int) -> None:
        start = self._offset + first * self._row_bytes
        page = start - start % mmap.PAGESIZE
        self._map.madvise(mmap.MADV_WILLNEED, page, start + count * self._row_bytes - page)
