"""Files and folders that are there whole or not at all, whenever their writer is killed."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from facedebias.safekeeping import file_locks

# What this and earlier versions call what they have not finished writing.
_PARTIAL = re.compile(r"\..+\.partial(-\d+)?")


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a place to write to, which takes the name of `path` at the end, and is removed after a failure.

    Args:
        path: a file or a folder; what is there stays until the end. Its folder must exist.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    remove(partial)
    try:
        yield partial
        take_place(partial, path)
    finally:
        remove(partial)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a file in UTF-8, in place of one that is there."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def remove(path: Path) -> None:
    """Removes a file or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_partial(name: str) -> bool:
    """Whether a name is one that a writer gives what it has not finished."""
    return _PARTIAL.fullmatch(name) is not None


def remove_partial(path: Path) -> None:
    """Removes what killed writers left of a file that nobody writes."""
    for partial in path.parent.iterdir():
        if is_partial(partial.name) and partial.name.startswith(f".{path.name}.partial"):
            remove(partial)


def remove_leftovers(folder: Path) -> list[Path]:
    """Removes what killed writers left in a folder that nobody writes to, and in those below it.

    Returns:
        What was removed.
    """
    found: list[Path] = []
    for where, folders, files in os.walk(folder):
        own = [Path(where, name) for name in [*folders, *files] if is_partial(name)]
        folders[:] = [name for name in folders if not is_partial(name)]
        found += own
    for path in found:
        remove(path)
    return sorted(found)


def take_place(partial: Path, path: Path) -> None:
    """Gives a file or a folder that was written its name, in place of what has it."""
    if not partial.is_dir():
        os.replace(partial, path)
        return
    aside = path.with_name(f".{path.name}-before.partial-{os.getpid()}")
    with file_locks.alone(path.parent):  # of two at once, one would find the other's in its place
        remove(aside)
        if path.exists():  # a folder takes the place of an empty one only
            os.replace(path, aside)
        os.replace(partial, path)
        remove(aside)
