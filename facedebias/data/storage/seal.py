"""The seal at the end of a face file: checksums of all that is no pixel, checked before HDF5 parses it.

HDF5 takes its own structure on trust: a flipped bit there reads as other numbers, as no column at all,
or ends the process. Bytes behind the end of an HDF5 file mean nothing to HDF5, so a seal there can be
checked first. A program that changes the file through HDF5 cuts the seal off, and nothing is then known.
"""

import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from facedebias.errors import InputError

_MAGIC = b"\x89facedebias\r\n\x1a\n\0"
# Magic, bytes sealed, where the pixels start and end, CRC-32 before and behind them, CRC-32 of all this.
_FORM = struct.Struct("<16s3Q3I")
SIZE = _FORM.size
_HDF5 = b"\x89HDF\r\n\x1a\n"
_AT_ONCE = 1 << 20
_WAY_OUT = "Copy it again, or make it again with `facedebias prepare`."


def append(file: BinaryIO, start: int, stop: int) -> None:
    """Seals a complete file.

    Args:
        file: open for reading and writing, without a seal.
        start: where its pixels begin, which have checksums of their own.
        stop: where they end.
    """
    size = file.seek(0, os.SEEK_END)
    fields = _MAGIC, size, start, stop, _checksum(file, 0, start), _checksum(file, stop, size)
    file.seek(size)
    file.write(_FORM.pack(*fields, _own_checksum(fields)))


def check(path: Path) -> bool:
    """Holds a file against its seal.

    Args:
        path: an HDF5 file, or what is taken for one.

    Returns:
        Whether it has a seal, and everything but its pixels is as it was written.

    Raises:
        InputError: if the file, or its seal, is damaged.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - SIZE))
        found = file.read()
        fields = _FORM.unpack(found) if len(found) == SIZE else None
        if fields is None or fields[0] != _MAGIC or fields[-1] != _own_checksum(fields[:-1]):
            _refuse_remains(path, file, size, found)
            return False
        _, sealed, start, stop, before, behind, _ = fields
        if sealed != size - SIZE or not start <= stop <= sealed:
            raise InputError(
                f"{path}: has {size:,} bytes, but was sealed with {sealed + SIZE:,}: a part is missing or "
                f"was added. {_WAY_OUT}"
            )
        for first, last, written, what in (
            (0, start, before, "the layout"),
            (stop, sealed, behind, "the columns, their names or the layout"),
        ):
            if _checksum(file, first, last) != written:
                raise InputError(
                    f"{path}: {what} (bytes {first:,} to {last:,}) is not as it was written, so the file is "
                    f"damaged. {_WAY_OUT}"
                )
    return True


def read(path: Path) -> bytes:
    """The last bytes of a file, where its seal is if it has one."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - SIZE))
        return file.read()


def refuse_rest(path: Path) -> None:
    """Refuses a file that was sealed once, and has something else where its seal was.

    Raises:
        InputError: if there is anything behind what HDF5 reads; programs that change a file cut it there.
    """
    with path.open("rb") as file:
        size, end = file.seek(0, os.SEEK_END), _end_of_hdf5(file)
    if end is not None and size > end:
        raise InputError(
            f"{path}: ends with {size - end:,} bytes that are no checksums, so nobody knows what is damaged. "
            f"{_WAY_OUT}"
        )


def _refuse_remains(path: Path, file: BinaryIO, size: int, tail: bytes) -> None:
    """Refuses what is left of a seal: a file may lack one, but none may be broken."""
    end = _end_of_hdf5(file)
    file.seek(size if end is None or end > size else end)
    behind = file.read(len(_MAGIC))
    if _MAGIC in tail or behind == _MAGIC or (behind and end is not None and size - end <= SIZE):
        raise InputError(
            f"{path}: the checksums in its last {SIZE} bytes are damaged, so nobody knows what else is. "
            f"{_WAY_OUT}"
        )


def _end_of_hdf5(file: BinaryIO) -> int | None:
    """Where the superblock says that the file ends; None if there is none to be read."""
    file.seek(0)
    head = file.read(48)
    if len(head) < 48 or not head.startswith(_HDF5):
        return None
    # HDF5 file format specification, level 0A: versions 0 and 1, then 2 and 3, with addresses of 8 bytes.
    version = head[8]
    if version in {0, 1} and head[13] == 8:
        at = 40 if version == 0 else 44
        file.seek(at)
        return int.from_bytes(file.read(8), "little")
    if version in {2, 3} and head[9] == 8:
        return int.from_bytes(head[28:36], "little")
    return None


def _checksum(file: BinaryIO, start: int, stop: int) -> int:
    file.seek(start)
    checksum, left = 0, stop - start
    while left and (piece := file.read(min(left, _AT_ONCE))):
        checksum = zlib.crc32(piece, checksum)
        left -= len(piece)
    return checksum


def _own_checksum(fields: tuple[object, ...]) -> int:
    return zlib.crc32(_FORM.pack(*fields, 0))
