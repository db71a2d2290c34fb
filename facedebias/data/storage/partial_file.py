"""Files that get their name when they are complete, and what dead processes leave of them."""

import contextlib
import os
import re
from pathlib import Path

from facedebias.data.storage import shard_names
from facedebias.safekeeping import atomic, file_locks

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
        write_down(self._target.parent)

    def close(self) -> None:
        """Removes the file, if it was not published."""
        atomic.discard(self.path, self._file)


def write_down(folder: Path) -> None:
    """Brings the names in a folder to the disk, where the system can do this."""
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def remove_dead(folder: Path) -> tuple[int, int]:
    """Removes what processes that have ended left of partial face files, and of shards, in a folder.

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
        if match is None or path.is_symlink():
            continue
        with contextlib.suppress(OSError):
            found = _remove_dead_shards(path) if path.is_dir() else _remove_dead_file(path, match)
            count, num_bytes = count + found[0], num_bytes + found[1]
    return count, num_bytes


def _remove_dead_file(path: Path, match: re.Match[str]) -> tuple[int, int]:
    if not path.is_file() or not _may_be_face_file(path):
        return 0, 0
    size = _size_on_disk(path)
    return (1, size) if atomic.remove_dead(path, path.with_name(match[1])) else (0, 0)


def _remove_dead_shards(folder: Path) -> tuple[int, int]:
    """Removes a hidden folder that nobody has locked and that holds nothing but parts of shards."""
    files = list(folder.iterdir())
    # An empty one may become anything.
    if not files or not all(shard_names.is_part(file.name) for file in files):
        return 0, 0
    size = sum(map(_size_on_disk, files))
    with file_locks.alone(folder.parent):
        return (len(files), size) if atomic.remove_dead(folder) else (0, 0)


def _size_on_disk(path: Path) -> int:
    return path.stat().st_blocks * 512  # large parts may not be written yet


def _may_be_face_file(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(len(_HDF5))
    return head == _HDF5 or not any(head)  # of a process that was killed before HDF5 had begun
