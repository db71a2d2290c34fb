"""Folders that are filled beside the one that they become, and what killed processes left of such."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from facedebias.safekeeping import atomic, file_locks


@contextlib.contextmanager
def folder_beside(output: Path) -> Iterator[Path]:
    """Makes an empty folder beside another, hidden, and removes it in the end if it is still there.

    It is locked as long as this process lives; those that nobody holds any more are removed first.

    Args:
        output: what it is to become, see `atomic.take_place`; need not exist. Missing folders above are
            made.

    Raises:
        OSError: if it cannot be made.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with file_locks.alone(output.parent):  # nobody is between two names there
        _remove_dead(output)
        path, lock = _made(output)
    try:
        yield path
    finally:
        if file_locks.is_same(lock, path):  # another may have the name by now
            atomic.remove(path)
        os.close(lock)


def _made(output: Path) -> tuple[Path, int]:
    number = os.getpid()
    while True:
        path = output.with_name(f".{output.name}.partial-{number}")
        number += 1
        with contextlib.suppress(FileExistsError):  # a living process in another container has it
            path.mkdir()
            lock = os.open(path, os.O_RDONLY)
            # Another process may have taken it for dead before it was locked.
            if file_locks.is_locked_as(lock, path):
                return path, lock
            os.close(lock)


def _remove_dead(output: Path) -> None:
    names = re.compile(rf"\.{re.escape(output.name)}(-before)?\.partial-\d+")
    found: list[Path] = []
    with contextlib.suppress(OSError):  # one may write to a folder and not list it
        found = [path for path in output.parent.iterdir() if names.fullmatch(path.name)]
    for path in found:
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if file_locks.lock(lock):
                    atomic.remove(path)
            finally:
                os.close(lock)
