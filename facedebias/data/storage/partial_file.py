"""Files that get their name when they are complete, and what dead processes leave of them."""

import contextlib
import os
import re
from pathlib import Path

from facedebias.safekeeping import atomic

_PARTIAL = re.compile(r"(\..+\.partial-\d+)(-header)?")
_HDF5 = b"\x89HDF\r\n\x1a\n"


class PartialFile:
    """A hidden file beside the one that it becomes, locked as long as its process lives.

    The lock ends with the process, however that ends, and holds between containers that share a
    folder, where the number of a process says nothing.

    Args:
        target: the name that it gets.
    """

    def __init__(self, target: Path):
        self._target = target
        self.path, self._file = atomic.hidden(target, atomic.new_file)

    def publish(self) -> None:
        """Gives the file its name, once its bytes are on the disk."""
        os.fsync(self._file)
        os.replace(self.path, self._target)
        with contextlib.suppress(OSError):  # not every system can do this to a folder
            folder = os.open(self._target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def close(self) -> None:
        """Removes the file, if it was not published."""
        atomic.discard(self.path, self._file)


def remove_dead(folder: Path) -> tuple[int, int]:
    """Removes what processes that have ended left of partial face files in a folder.

    Others may write to the folder meanwhile. A file is left alone that somebody has locked, or that
    begins like no face file: it is for others to say whether they need it.

    Returns:
        How many files, and of how many bytes.
    """
    count = num_bytes = 0
    try:
        paths = list(folder.iterdir())
    except OSError:  # one may write to it and not list it
        return 0, 0
    for path in paths:
        match = _PARTIAL.fullmatch(path.name)
        if match is None or path.is_symlink() or not path.is_file():
            continue
        with contextlib.suppress(OSError):
            size = path.stat().st_blocks * 512  # large parts may not be written yet
            if _may_be_face_file(path) and atomic.remove_dead(path, path.with_name(match[1])):
                count, num_bytes = count + 1, num_bytes + size
    return count, num_bytes


def _may_be_face_file(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(len(_HDF5))
    return head == _HDF5 or not any(head)  # of a process that was killed before HDF5 had begun
