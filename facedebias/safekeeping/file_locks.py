"""Locks of open files and folders, which end with the process that has them, however it ends.

They hold between containers that share a folder, where the number of a process says nothing.
"""

import fcntl
import os
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
    return lock(file) is not False and _is_same(file, path)


def _is_same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
