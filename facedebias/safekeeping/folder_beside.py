"""Folders that are filled beside the one that they become, and what killed processes left of such."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from facedebias.safekeeping import atomic, file_locks


@contextlib.contextmanager
def folder_beside(output: Path) -> Iterator[Path]:
    """Makes an empty folder beside another, hidden, and removes it in the end if it is still there.

    It is locked as long as this process lives; those that nobody holds any more are removed first. The
    earlier `output` of a process that was killed while it replaced it is put back.

    Args:
        output: what it is to become, see `atomic.take_place`; need not exist. Missing folders above are
            made.

    Raises:
        OSError: if it cannot be made.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with file_locks.alone(output.parent):  # nobody is between two names there
        for path in atomic.partials_of(output):
            if path.is_dir():
                atomic.remove_dead(path)
        path, lock = atomic.hidden(output, _new_folder)
    try:
        yield path
    finally:
        atomic.discard(path, lock)


def _new_folder(path: Path) -> int:
    path.mkdir()
    try:
        return os.open(path, os.O_RDONLY)
    except OSError:
        path.rmdir()  # nobody would know it for a living process's
        raise
