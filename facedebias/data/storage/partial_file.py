"""Files that get their name when they are complete, and what dead processes leave of them."""

import contextlib
import os
import re
from pathlib import Path

from facedebias.safekeeping import file_locks

_PARTIAL = re.compile(r"(\..+\.partial-(\d+))(-header)?")
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
        number = os.getpid()
        while True:
            self.path = target.with_name(f".{target.name}.partial-{number}")
            try:
                self._file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
            except FileExistsError:
                if not _remove_if_dead(self.path):
                    number += 1
                continue
            # Another process may have taken it for dead before it was locked.
            if file_locks.is_locked_as(self._file, self.path):
                return
            os.close(self._file)

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
        # A published one has no such name any more.
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.close(self._file)


def remove_dead(folder: Path) -> tuple[int, int]:
    """Removes what processes that have ended left of partial face files in a folder.

    Others may write to the folder meanwhile. A file is left alone that somebody has locked, or that
    is no HDF5 file and named after a process that lives.

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
            if not _is_hdf5(path) and _is_alive(int(match[2])):
                continue
            if _remove_if_dead(path, path.with_name(match[1])):
                count, num_bytes = count + 1, num_bytes + size
    return count, num_bytes


def _remove_if_dead(path: Path, owner: Path | None = None) -> bool:
    """Removes a file unless a process holds the lock of its owner (default: its own)."""
    try:
        file = os.open(owner or path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        path.unlink(missing_ok=True)
        return True
    except OSError:
        return False
    try:
        if not file_locks.lock(file):
            return False
        path.unlink(missing_ok=True)
        return True
    except OSError:
        return False
    finally:
        os.close(file)


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_HDF5)) == _HDF5


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
