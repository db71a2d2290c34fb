"""Files, pipes and standard input as bytes, unpacked where they are compressed."""

import bz2
import gzip
import hashlib
import io
import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from facedebias.auditing.inputs.predictions.files import wording
from facedebias.auditing.inputs.predictions.files.naming import STANDARD_INPUT
from facedebias.errors import InputError

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def _with_arrow(kind: str) -> Callable[[bytes], bytes]:
    return lambda data: pa.CompressedInputStream(pa.BufferReader(data), kind).read()


_COMPRESSIONS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
    b"\x28\xb5\x2f\xfd": _with_arrow("zstd"),
    b"\x04\x22\x4d\x18": _with_arrow("lz4"),
}


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
    try:
        if name in STANDARD_INPUT:
            name, data = wording.STANDARD_INPUT, sys.stdin.buffer.read()
        else:
            data = path.read_bytes()
    except IsADirectoryError as error:
        raise InputError(
            f"--predictions={name}: a folder; expected a file. Join the parts of a table before."
        ) from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}); expected a file.") from error
    if not data.strip():
        raise InputError(f"{name}: holds nothing; expected a table of predictions.")
    return Content(name, _unpacked(name, data), hashlib.sha256(data).hexdigest())


def _unpacked(name: str, data: bytes) -> bytes:
    if data.startswith(_OLD_EXCEL):
        raise InputError(_spreadsheet(name))
    if data.startswith(_ZIP):
        return _from_zip(name, data)
    unpack = next((unpack for mark, unpack in _COMPRESSIONS.items() if data.startswith(mark)), None)
    if unpack is None:
        return data
    try:
        return unpack(data)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{name}: compressed, but cannot be unpacked; it may be cut off.") from error


def _from_zip(name: str, data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
            if "[Content_Types].xml" in members or "mimetype" in members:
                raise InputError(_spreadsheet(name))
            # macOS adds a shadow of each file.
            members = [member for member in members if not member.startswith("__MACOSX/")]
            if len(members) != 1:
                raise InputError(f"{name}: a zip file of {len(members)} files; expected one. Unpack it.")
            return archive.read(members[0])
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{name}: a zip file that cannot be unpacked; unpack it and give the file."
        ) from error


def _spreadsheet(name: str) -> str:
    return f"{name}: a spreadsheet; save the sheet as CSV UTF-8 and give that file."
