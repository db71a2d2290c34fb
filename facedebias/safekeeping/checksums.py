"""`SHA256SUMS` in a folder: what each of its files held when it was written, as `sha256sum -c` takes it."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from facedebias.errors import InputError
from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.safekeeping import atomic, machine_errors

NAME = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\\\x00-\x1f]+)")
_MOST_BYTES = 1_000_000
_NO_LIST = f"{NAME} is no list of checksums any more"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, names: Iterable[str] | None = None) -> None:
    """Lists files of a folder and below it; replaces an earlier list.

    Left out are names that a line cannot hold, and files that somebody has not finished writing or
    removes meanwhile.

    Args:
        folder: whose listed files are not written to meanwhile.
        names: of the files and folders in it that are listed, with all that is below them; all if None.

    Raises:
        OSError: if a file cannot be read, or the list not be written.
    """
    atomic.write_text(folder / NAME, listing(folder, names))


def listing(folder: Path, names: Iterable[str] | None = None) -> str:
    """The list that `write` writes, a line a file in the order of names; arguments and errors as there."""
    listed = None if names is None else set(names)
    lines = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if parts[0] == NAME or (listed is not None and parts[0] not in listed):
            continue
        lines.append("" if any(map(atomic.is_partial, parts)) else _line(path, "/".join(parts)))
    return "".join(lines)


def _line(path: Path, name: str) -> str:
    """The line of a file; empty for what gets none."""
    with contextlib.suppress(FileNotFoundError, UnicodeEncodeError):
        name.encode()
        if path.is_file():
            line = f"{file_sha256(path)}  {name}"
            return f"{line}\n" if _LINE.fullmatch(line) else ""
    return ""


def check(folder: Path) -> None:
    """Holds the files of a folder against its list; a folder without one passes.

    This finds damage, not malice: whoever changes a file can change the list.

    Raises:
        InputError: if a file is absent or differs, or the list itself is damaged.
        OSError: if this process may not read them, or has too many files open.
    """
    path = folder / NAME
    if not os.path.lexists(path):
        return
    try:
        text = inner_file.read_regular(path, _MOST_BYTES).decode()
    except (OSError, UnicodeError, RefusedFileError) as error:
        if machine_errors.is_of_process(error):
            raise
        what = f"{NAME} {error}" if isinstance(error, RefusedFileError) else f"{NAME} cannot be read"
        raise _damaged(folder, what) from error
    if not text.endswith("\n"):
        raise _damaged(folder, _NO_LIST)  # torn
    for line in text.removesuffix("\n").split("\n"):
        _check_line(folder, line)


def _check_line(folder: Path, line: str) -> None:
    found = _LINE.fullmatch(line)
    if found is None or any(part in {"", ".", ".."} for part in found[2].split("/")):
        raise _damaged(folder, _NO_LIST)
    file = folder / found[2]
    try:
        is_same = file.is_file() and file_sha256(file) == found[1]
    except OSError as error:
        if machine_errors.is_of_process(error):
            raise
        raise _damaged(folder, f"{found[2]} cannot be read ({error.strerror})") from error
    if not is_same:
        what = "differs from" if file.exists() else "is absent, but is in"
        raise _damaged(folder, f"{found[2]} {what} the list {NAME}")


def _damaged(folder: Path, what: str) -> InputError:
    return InputError(
        f"{folder}: is damaged: {what}. Export it again, or put the original back. If it was changed on "
        f"purpose, delete {NAME} in it."
    )
