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
        self._refuse_changes, self._offset, self._shape = refuse_changes, offset, shape
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
        num_rows, size = self._shape[0], math.prod(self._shape[1:])
        known = rows[(rows >= 0) & (rows < num_rows)]
        # Rows in order are one stretch.
        is_stretch = len(known) > 0 and bool((np.diff(known) == 1).all())
        for first, count in [(known[0], len(known))] if is_stretch else [(row, 1) for row in known.tolist()]:
            start = self._offset + int(first) * size
            start -= start % mmap.PAGESIZE
            self._map.madvise(mmap.MADV_WILLNEED, start, self._offset + (int(first) + count) * size - start)
