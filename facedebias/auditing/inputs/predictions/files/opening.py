"""Files, pipes and standard input as bytes, unpacked where they are compressed."""

import hashlib
import io
import os
import select
import stat
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from facedebias.auditing.inputs.predictions.files import wording
from facedebias.auditing.inputs.predictions.files.naming import STANDARD_INPUT
from facedebias.errors import InputError
from facedebias.reading.archives import Archive
from facedebias.reading.files import MOST_BYTES, read_bytes
from facedebias.reading.unpacking import unpacked
from facedebias.text import visible

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OPEN_PIPES = ("/dev/fd/", "/proc/")  # what a shell's <(...) stands for
_SECONDS = 1  # that a named pipe is waited for; without a writer it would be for ever


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        path: what messages call it.
        data: its bytes, unpacked.
        sha256: of the bytes as they came.
    """

    path: str
    data: bytes
    sha256: str


def read_content(path: Path) -> Content:
    """Reads a file once, from the start to the end, so that it may be a pipe.

    Args:
        path: a file or pipe; "-" and "/dev/stdin" are standard input.

    Raises:
        InputError: if it cannot be read or unpacked, or is a spreadsheet.
    """
    name = str(path)
    if name in STANDARD_INPUT:
        name, data = wording.STANDARD_INPUT, sys.stdin.buffer.read(MOST_BYTES + 1)
    elif _is_pipe(path):
        data = _read_pipe(path)
    elif path.is_dir():
        raise InputError(
            f"--predictions={name}: a folder; expected a file. Join the parts of a table before."
        )
    else:
        data = read_bytes(path)
    if len(data) > MOST_BYTES:
        raise InputError(f"{name}: more than {MOST_BYTES:,} bytes, the most that is read. Divide the table.")
    if not data.strip():
        raise InputError(f"{name}: holds nothing; expected a table of predictions.")
    content = _unpacked(name, data)
    if not content.strip():
        raise InputError(f"{name}: holds nothing once it is unpacked; expected a table of predictions.")
    return Content(name, content, hashlib.sha256(data).hexdigest())


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _read_pipe(path: Path) -> bytes:
    """Reads a pipe that somebody writes to; refuses another at once."""
    if str(path).startswith(_OPEN_PIPES):
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        waiting = select.poll()
        waiting.register(file, select.POLLIN)
        if not waiting.poll(_SECONDS * 1000):
            raise InputError(
                f"{path}: is a pipe that nobody writes to; expected a file. Start the writer before, or give "
                "its output as standard input, --predictions=-."
            )
        os.set_blocking(file.fileno(), True)
        return file.read(MOST_BYTES + 1)


def _unpacked(name: str, data: bytes) -> bytes:
    if data.startswith(_OLD_EXCEL):
        raise InputError(_spreadsheet(name))
    return _from_zip(name, data) if data.startswith(_ZIP) else unpacked(data, name)


def _from_zip(name: str, data: bytes) -> bytes:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise InputError(f"{name}: a zip file that cannot be unpacked; it may be cut off. Copy it again.")
    archive = Archive(io.BytesIO(data), name)
    if "[Content_Types].xml" in archive.names or "mimetype" in archive.names:
        raise InputError(_spreadsheet(name))
    # macOS adds a shadow of each file.
    members = [member for member in archive.names if not member.startswith("__MACOSX/")]
    if len(members) != 1:
        raise InputError(f"{name}: a zip file of {len(members)} files; expected one. Unpack it.")
    try:
        return archive.read(members[0])
    except ValueError as error:
        raise InputError(
            f"{name}: {visible(members[0])} cannot be unpacked ({error}). Copy the zip file again."
        ) from error


def _spreadsheet(name: str) -> str:
    return f"{name}: a spreadsheet; save the sheet as CSV UTF-8 and give that file."
