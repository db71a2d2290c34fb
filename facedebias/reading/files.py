"""Plain files only: a pipe or device would be waited for, or read, without end."""

import os
import stat
from pathlib import Path

from facedebias.errors import InputError
from facedebias.text import visible

MOST_BYTES = 1 << 30
"""Size of the largest file that is read into memory whole: a list, a table, a configuration."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def unlike_a_file(path: str | os.PathLike[str]) -> str:
    """What is at a path, or where it leads, if that is no file: "a folder", "a pipe", ...

    Returns:
        An empty text for a file, and if nothing is there.
    """
    try:
        return _kind(os.stat(path).st_mode)
    except (OSError, ValueError):  # ValueError: no path, as it holds a zero byte
        return ""


def check_file(path: str | os.PathLike[str], named: str = "") -> None:
    """Refuses what is there but is no file; what is missing is for others to say.

    Args:
        path: where to look.
        named: what messages call it; the path if it is empty.

    Raises:
        InputError: if it is a folder, a pipe, a socket or a device, or a link to one.
    """
    if what := unlike_a_file(path):
        raise InputError(
            f"{visible(named or os.fspath(path))}: is {what}; expected a file. Give the name of a file."
        )


def check_tree(folder: Path) -> None:
    """Refuses a folder in which anything is neither a file nor a folder, however deep.

    For folders that others read, such as TensorFlow, which waits for pipes.

    Args:
        folder: where to look; links are followed, each folder once.

    Raises:
        InputError: if there is a pipe, a socket or a device, or a link to one.
    """
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        for path in (os.path.join(place, name) for name in files):
            if what := unlike_a_file(path):
                raise InputError(
                    f"{visible(path)}: is {what}; expected files and folders alone. Remove it, or write "
                    f"{visible(str(folder))} again."
                )


def read_bytes(path: str | os.PathLike[str], named: str = "", most: int = MOST_BYTES) -> bytes:
    """Content of a file, whole.

    Args:
        path: of the file.
        named: what messages call it; the path if it is empty.
        most: how many bytes it may have.

    Raises:
        InputError: if there is none, it is no file or too large, or this user may not read it.
    """
    named = visible(named or os.fspath(path))
    check_file(path, named)
    try:
        # Not waiting for a pipe that has come there since.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if what := _kind(os.fstat(file.fileno()).st_mode):
                raise InputError(f"{named}: is {what}; expected a file. Give the name of a file.")
            content = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else None
    except (OSError, ValueError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error) or "it does not fit into memory"
        raise InputError(f"{named}: cannot be read ({reason}). Check the name and the rights.") from error
    if content is None or len(content) > most:
        raise InputError(f"{named}: is larger than {most:,} bytes, the most that is read. Divide the file.")
    return content


def exists_as_file(path: Path) -> bool:
    """Whether there is a file, not merely something of that name; false for paths that cannot be."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def expanded(location: str) -> Path:
    """A place with a home folder in place of ~, or as it stands if there is no such user."""
    try:
        return Path(location).expanduser()
    except RuntimeError:
        return Path(location)


def leads_out(name: str) -> bool:
    """Whether a name of a file, as lists have it, leads out of the folder that the list is about."""
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or parts[0][1:2] == ":"


def _kind(mode: int) -> str:
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no file")
