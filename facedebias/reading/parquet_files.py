"""Tables of parquet and Arrow up to a size: a text that is kept once may stand in every row.

A file of a kilobyte may name one long text a million times. Read as dictionaries such columns stay small,
and say how large they would be as plain texts.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from facedebias.errors import InputError
from facedebias.reading.unpacking import check_unpacked
from facedebias.text import visible

_Part = TypeVar("_Part", pa.Table, pa.RecordBatch)
_OF_ANY_LENGTH = "BYTE_ARRAY"
_AT_ONCE = 64  # cells, which may be encoded pictures, in a piece of a column


def open_parquet(source: Path | pa.NativeFile, size: int, where: str) -> parquet.ParquetFile:
    """Opens a parquet file whose texts and bytes are read as dictionaries.

    Args:
        source: the file, or its content.
        size: its bytes.
        where: what messages call it.

    Raises:
        InputError: if it says that it unpacks to far more than it has, or counts its rows in two ways.
        pyarrow.ArrowException: if it is damaged.
    """
    with parquet.ParquetFile(source) as file:
        columns = [file.schema.column(index) for index in range(file.metadata.num_columns)]
        # Not of a group's columns: asked for one whose statistics are damaged, Arrow ends the process.
        groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    check_unpacked(sum(max(group.total_byte_size, 0) for group in groups), size, where)
    num_rows = [group.num_rows for group in groups]
    if min(num_rows, default=0) < 0 or sum(num_rows) != file.metadata.num_rows:
        raise _damaged(where, file.metadata.num_rows, sum(num_rows), "its parts have")
    # By their numbers: of two columns of one name Arrow would take one.
    texts = [number for number, column in enumerate(columns) if column.physical_type == _OF_ANY_LENGTH]
    return parquet.ParquetFile(source, page_checksum_verification=True, read_dictionary=texts)


def read_columns(file: parquet.ParquetFile, names: Sequence[str], where: str) -> pa.Table:
    """Reads columns of an open file, with as many rows as it says.

    Args:
        file: from `open_parquet`.
        names: of the columns.
        where: what messages call the file.

    Raises:
        InputError: if they have more or fewer rows.
        pyarrow.ArrowException: if the file is damaged.
    """
    found = validated(file.read(list(names)))
    if names and found.num_rows != file.metadata.num_rows:
        raise _damaged(where, file.metadata.num_rows, found.num_rows, "its columns have")
    return found


def pieces_of(file: parquet.ParquetFile, name: str, size: int, where: str) -> Iterator[pa.Array]:
    """Reads a column of an open file piece by piece, with as many rows as the file says.

    Args:
        file: from `open_parquet`.
        name: of the column.
        size: bytes of the file.
        where: what messages call it.

    Raises:
        InputError: if it has more or fewer rows, or is far larger than the file.
        pyarrow.ArrowException: if the file is damaged.
    """
    num_rows = total = 0
    for batch in file.iter_batches(_AT_ONCE, columns=[name]):
        column = validated(batch).column(0)
        num_rows, total = num_rows + len(column), total + num_bytes(column)
        check_unpacked(total, size, where)
        yield column
    if num_rows != file.metadata.num_rows:
        raise _damaged(where, file.metadata.num_rows, num_rows, f"its column {visible(name)} has")


def validated(table: _Part) -> _Part:
    """The same, checked: Arrow checks neither offsets nor UTF-8 on its own, and goes where they lead.

    Raises:
        pyarrow.ArrowInvalid: if something in it is damaged.
    """
    table.validate(full=True)
    return table


def _damaged(where: str, said: int, found: int, what: str) -> InputError:
    return InputError(
        f"{where}: is damaged: it says that it has {said:,} rows, and {what} {found:,}. Copy it again."
    )


def check_texts(columns: Iterable[pa.Array | pa.ChunkedArray], size: int, where: str) -> None:
    """Refuses columns that are far larger as plain texts or bytes than the file that they come from.

    Args:
        columns: as they were read.
        size: bytes of the file.
        where: what messages call it.

    Raises:
        InputError: if they are over 64 MB, and over 200 times as large.
    """
    check_unpacked(sum(map(num_bytes, columns)), size, where)


def num_bytes(column: pa.Array | pa.ChunkedArray) -> int:
    """Bytes of a column's cells as plain texts or bytes, those in objects too; 0 for numbers and lists."""
    if isinstance(column, pa.ChunkedArray):
        return sum(map(num_bytes, column.chunks))
    if pa.types.is_struct(column.type):
        return sum(map(num_bytes, column.flatten()))
    if pa.types.is_dictionary(column.type):
        lengths = _lengths(column.dictionary)
        return 0 if lengths is None else int(lengths[column.indices.drop_null().to_numpy()].sum())
    lengths = _lengths(column)
    return 0 if lengths is None else int(lengths.sum())


def without_dictionary(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without dictionaries; `check_texts` says before whether it is small enough."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _lengths(values: pa.Array) -> np.ndarray | None:
    """Bytes of each text, int64; None if they are something else."""
    kind = values.type
    if pa.types.is_fixed_size_binary(kind):
        return np.full(len(values), kind.byte_width, np.int64)
    if kind in {pa.string_view(), pa.binary_view()}:
        # A view is 16 bytes, the first four of which are the length; many may share one text.
        views = np.frombuffer(values.buffers()[1] or b"", np.int32).reshape(-1, 4)
        held = views[values.offset : values.offset + len(values), 0]
        return np.where(values.is_valid().to_numpy(zero_copy_only=False), held, 0).astype(np.int64)
    if kind in {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}:
        return pc.binary_length(values).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return None
