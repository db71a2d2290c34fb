"""Locks of open files and folders, which end with the process that has them, however it ends.

They hold between containers that share a folder, where the number of a process says nothing.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def lock(file: int) -> bool | None:
    """Whether an open file was free and is now held; None where the file system knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def is_locked_as(file: int, path: Path) -> bool:
    """Locks an open file that was just made; False if another process has taken it for dead meanwhile."""
    return lock(file) is not False and is_same(file, path)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Waits until nobody else is in here for a folder, where the file system can see to that."""
    with contextlib.ExitStack() as opened:
        with contextlib.suppress(OSError):  # one may write to a folder and not list it
            file = os.open(folder, os.O_RDONLY)
            opened.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_same(file: int, path: Path) -> bool:
    """Whether an open file, or folder, still has a name."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
