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
_MOST_OF_A_LINE = 1_000_000
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
    """Refuses a table in which a few bytes stand for very many cells, as columns that few rows have do.

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
            "is right, write fewer rows or columns."
        )


def check_lines(data: str | bytes, where: str) -> None:
    """Refuses a line of a table that is too long to be one: each of a million commas would be a cell.

    Args:
        data: the table.
        where: what messages call it.

    Raises:
        InputError: if a line has over a million characters.
    """
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    end = b"\n" if b"\n" in data else b"\r"
    start = 0
    while len(data) - start > _MOST_OF_A_LINE:
        # To the last line that ends within the length of one.
        last = data.rfind(end, start, start + _MOST_OF_A_LINE + 1)
        if last < 0:
            raise InputError(
                f"{visible(where)}, line {data.count(end, 0, start) + 1}: has over {_MOST_OF_A_LINE:,} "
                "characters. Give fewer columns, or one row in each line."
            )
        start = last + 1


def check_unpacked(num_bytes: int, size: int, where: str) -> None:
    """Refuses a file that says that it would take far more memory than it has bytes.

    Args:
        num_bytes: of its content, unpacked.
        size: bytes of the file.
        where: what messages call it.

    Raises:
        InputError: if the content has over 200 times as many, and over 64 MB.
    """
    most = max(_SMALL, MOST_RATIO * size)
    if num_bytes > most:
        raise InputError(
            f"{visible(where)}: {size:,} bytes stand for {num_bytes:,}; at most {most:,} are read. If that "
            "is right, write the table as CSV."
        )


def _from_xz(data: bytes, most: int) -> bytes:
    """As `lzma.decompress`, but with bounds on what it makes and needs."""
    file, content = io.BytesIO(data), bytearray()
    rest = file.read(io.DEFAULT_BUFFER_SIZE)
    while rest and len(content) < most:
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, _MOST_WORKING_MEMORY)
        # In pieces: what follows a stream is copied, and there may be a stream for every 32 bytes.
        while not unpacker.eof and len(content) < most:
            if unpacker.needs_input and not rest:
                raise EOFError
            content += unpacker.decompress(rest, most - len(content))
            rest = b"" if unpacker.eof else file.read(io.DEFAULT_BUFFER_SIZE)
        rest = unpacker.unused_data.lstrip(b"\0")
        while not rest and (more := file.read(io.DEFAULT_BUFFER_SIZE)):
            rest = more.lstrip(b"\0")
    return bytes(content)
