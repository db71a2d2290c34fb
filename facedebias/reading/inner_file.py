"""Reads files of a folder that somebody else may have made, and nothing that lies outside it."""

import json
import os
import stat
from pathlib import Path
from typing import Any


class RefusedFileError(ValueError):
    """A file that is not read; the message is a clause that follows its name: "is no ordinary file"."""


def read(folder: Path, *names: str, most_bytes: int) -> bytes:
    """Reads a file below a folder.

    The names may come from a record that anybody wrote. A link may lead to another file of the folder.

    Args:
        folder: whose file it is.
        names: of the folders on the way and of the file, one each.
        most_bytes: a larger file is refused before it is read.

    Raises:
        RefusedFileError: if a name is more than a name, or the file lies outside the folder, is absent,
            is a pipe or a device, is too large or cannot be read.
    """
    for name in names:
        if not isinstance(name, str) or name in {"", ".."} or Path(name).name != name:
            raise RefusedFileError("is named by a path; expected a name within its folder")
    try:
        root, path = folder.resolve(strict=True), folder.joinpath(*names).resolve(strict=True)
        if root not in path.parents:
            raise RefusedFileError("is a link that leads out of its folder")
        return read_regular(path, most_bytes)
    except RefusedFileError:
        raise
    except OSError as error:
        raise RefusedFileError(f"cannot be read ({error.strerror or error})") from error
    # Python 3.11 raises RuntimeError for links that lead to each other.
    except RuntimeError as error:
        raise RefusedFileError("is a link that leads to itself") from error
    except ValueError as error:
        raise RefusedFileError("has a name that no file can have") from error


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Reads an ordinary file; never waits for the other end of a pipe.

    Raises:
        RefusedFileError: if it is something else, or larger.
        OSError: if it cannot be read.
    """
    # Opening a device may do something already.
    _check_kind(os.stat(path).st_mode)
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        _check_kind(os.fstat(file.fileno()).st_mode)  # another file by now
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise RefusedFileError(f"has more than {most_bytes:,} bytes")
    return data


def _check_kind(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise RefusedFileError("is no ordinary file")


def read_json(folder: Path, *names: str, most_bytes: int) -> Any:
    """The same of a file in JSON.

    Raises:
        RefusedFileError: as `read` does, or "is not JSON".
    """
    data = read(folder, *names, most_bytes=most_bytes)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RefusedFileError("is not JSON") from error
