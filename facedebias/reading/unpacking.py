"""Compressed bytes unpacked up to a size: a few kilobytes may hold gigabytes."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from facedebias.errors import InputError
from facedebias.text import visible

MOST_RATIO = 200
_SMALL, _MOST = 64 << 20, 1 << 30
_MOST_CELLS = 20_000_000
_MOST_WORKING_MEMORY = 256 << 20  # `xz -9` needs a quarter of it
_DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, MemoryError)


def _with_arrow(kind: str) -> Callable[[bytes], Any]:
    return lambda data: pa.CompressedInputStream(pa.BufferReader(data), kind)


_OPENED: dict[bytes, Callable[[bytes], Any]] = {
    b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=io.BytesIO(data)),
    b"BZh": lambda data: bz2.BZ2File(io.BytesIO(data)),
    b"\x28\xb5\x2f\xfd": _with_arrow("zstd"),
    b"\x04\x22\x4d\x18": _with_arrow("lz4"),
}
_XZ = b"\xfd7zXZ\x00"


def unpacked(data: bytes, where: str) -> bytes:
    """Content of gzip, bzip2, xz, zstd or lz4, known by its first bytes; anything else as it is.

    Args:
        data: the bytes.
        where: what messages call them.

    Raises:
        InputError: if they are damaged, or unpack to over a gigabyte, or to more than 200 times as many
            and over 64 MB.
    """
    most = min(_MOST, max(_SMALL, MOST_RATIO * len(data)))
    opened = next((open_ for mark, open_ in _OPENED.items() if data.startswith(mark)), None)
    try:
        if data.startswith(_XZ):
            content = _from_xz(data, most + 1)
        elif opened is None:
            return data
        else:
            content = opened(data).read(most + 1)
    except _DAMAGE as error:
        raise InputError(
            f"{visible(where)}: compressed, but cannot be unpacked; it may be cut off. Copy the file again."
        ) from error
    if len(content) > most:
        raise InputError(
            f"{visible(where)}: {len(data):,} bytes unpack to over {most:,}. If that is right, unpack the "
            "file and give what is in it."
        )
    return content


def check_cells(count: int, size: int, where: str) -> None:
    """Refuses a parquet file in which a few bytes stand for very many cells.

    Args:
        count: rows times columns.
        size: bytes of the file.
        where: what messages call it.

    Raises:
        InputError: if there are over 200 cells a byte, and over 20 million.
    """
    if count > max(_MOST_CELLS, MOST_RATIO * size):
        raise InputError(
            f"{visible(where)}: {size:,} bytes hold {count:,} cells, so that hardly any can differ. If that "
            "is right, write fewer rows."
        )


def _from_xz(data: bytes, most: int) -> bytes:
    """As `lzma.decompress`, but with bounds on what it makes and needs."""
    content, rest = b"", data
    while rest and len(content) < most:
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, _MOST_WORKING_MEMORY)
        content += unpacker.decompress(rest, most - len(content))
        if len(content) < most and not unpacker.eof:
            raise EOFError
        rest = unpacker.unused_data.lstrip(b"\0")
    return content
