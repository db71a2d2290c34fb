"""Files and folders that are there whole or not at all, whenever their writer is killed."""

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from facedebias.safekeeping import file_locks

# What this and earlier versions call what they have not finished writing.
_PARTIAL = re.compile(r"\..+\.partial(-before)?(-\d+)?")
# No partial of any name ends like this, so what has such a name was whole.
_ASIDE = re.compile(r"\.(.+)\.partial-before-\d+")


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Makes an empty file, which takes the name of `path` at the end, and is removed after a failure.

    It is locked as long as it is written, so that nobody takes it for what a killed process left.

    Args:
        path: a file; what is there stays until the end. Its folder must exist.

    Raises:
        OSError: if the file cannot be made, or cannot take the name.
    """
    path = Path(path)
    partial, file = hidden(path, new_file)
    try:
        yield partial
        os.replace(partial, path)
    finally:
        discard(partial, file)


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


def hidden(target: Path, make: Callable[[Path], int]) -> tuple[Path, int]:
    """Makes something hidden beside what it is to become, locked as long as this process lives.

    Args:
        target: what it is to become; need not exist.
        make: makes and opens it, and raises `FileExistsError` where something is already.

    Returns:
        What was made, and its open file, which `discard` closes.

    Raises:
        OSError: if it cannot be made.
    """
    number = os.getpid()
    while True:
        path = target.with_name(f".{target.name}.partial-{number}")
        try:
            file = make(path)
        except FileExistsError:
            # Numbers of processes are used again, and in each container anew.
            if not remove_dead(path):
                number += 1
            continue
        # Another process may have taken it for dead before it was locked.
        if file_locks.is_locked_as(file, path):
            return path, file
        os.close(file)


def new_file(path: Path) -> int:
    """Makes an empty file and opens it, for `hidden`."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)


def discard(path: Path, file: int) -> None:
    """Removes what `hidden` made, unless it has its own name by now, and ends its lock."""
    try:
        if file_locks.is_same(file, path):  # another may have this name by now
            remove(path)
    finally:
        with contextlib.suppress(OSError):  # some file systems report here what they did not write
            os.close(file)


def is_partial(name: str) -> bool:
    """Whether a name is one that a writer gives what it has not finished."""
    return _PARTIAL.fullmatch(name) is not None


def partials_of(path: Path) -> list[Path]:
    """What lies beside a file or folder under the names that its writers give it until it is whole."""
    own = re.compile(rf"\.{re.escape(path.name)}(-before)?\.partial(-before)?(-\d+)?")
    with contextlib.suppress(OSError):  # one may write to a folder and not list it
        return sorted(found for found in path.parent.iterdir() if own.fullmatch(found.name))
    return []


def remove_partial(path: Path) -> None:
    """Removes what killed writers left of a file or folder; others may be writing it."""
    with file_locks.alone(path.parent):
        for partial in partials_of(path):
            remove_dead(partial)


def remove_leftovers(folder: Path) -> None:
    """Removes what killed writers left in a folder and in those below it; others may be writing there."""
    for where, folders, files in os.walk(folder):
        left = sorted(name for name in [*folders, *files] if is_partial(name))
        folders[:] = [name for name in folders if not is_partial(name)]
        if left:
            with file_locks.alone(Path(where)):
                for name in left:
                    remove_dead(Path(where, name))


def remove_dead(path: Path, owner: Path | None = None) -> bool:
    """Removes something unfinished, unless its process lives.

    A folder that was moved aside by `take_place`, and has nothing in its place, is put back instead.
    Folders are removed by those who are alone, see `file_locks`, in the folder that they lie in.

    Args:
        path: the file or folder.
        owner: the file whose lock counts; its own if None.

    Returns:
        Whether there is nothing of that name any more.
    """
    owner = owner or path
    try:
        file = _opened(owner)
    except FileNotFoundError:
        path.unlink(missing_ok=True)
        return True
    except OSError:
        return False
    try:
        # What was opened may have become whole, and its name another's.
        if not file_locks.lock(file) or not file_locks.is_same(file, owner):
            return False
        _remove_or_put_back(path)
        return True
    except OSError:
        return False
    finally:
        os.close(file)


def take_place(partial: Path, path: Path) -> None:
    """Gives a folder that was written its name, in place of the one that has it.

    Args:
        partial: the folder.
        path: its name; a folder, or nothing.

    Raises:
        OSError: if that fails; what was there is there again.
    """
    aside = path.with_name(f".{path.name}.partial-before-{os.getpid()}")
    with file_locks.alone(path.parent):  # of two at once, one would find the other's in its place
        remove(aside)
        try:
            if path.exists():  # a folder takes the place of an empty one only
                os.replace(path, aside)
            os.replace(partial, path)
        finally:
            if aside.exists():
                _remove_or_put_back(aside)


def put_back(path: Path) -> None:
    """Gives a folder its name again if its writer was killed while it replaced it, see `take_place`."""
    with file_locks.alone(path.parent):  # nobody is between two names there
        for partial in partials_of(path):
            if _ASIDE.fullmatch(partial.name) and not os.path.lexists(path):
                remove_dead(partial)


def _opened(path: Path) -> int:
    options = os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.open(path, os.O_RDWR | options)  # NFS locks only what may be written
    except IsADirectoryError:
        return os.open(path, os.O_RDONLY | options)


def _remove_or_put_back(path: Path) -> None:
    moved = _ASIDE.fullmatch(path.name)
    if moved and not os.path.lexists(place := path.with_name(moved[1])):
        os.replace(path, place)  # its writer ended between the two renames
    else:
        remove(path)
