"""Reads a file as a table: CSV, JSON, parquet or Arrow, told by what it holds and not by its name."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facedebias.auditing.inputs.predictions.files import record_table
from facedebias.auditing.inputs.predictions.files.delimited import read_delimited
from facedebias.auditing.inputs.predictions.files.encoding import as_utf8
from facedebias.auditing.inputs.predictions.files.json_rows import read_json
from facedebias.auditing.inputs.predictions.files.opening import Content, read_content
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.errors import InputError
from facedebias.reading.unpacking import check_cells

_PARQUET, _ARROW, _ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
_ROW_NUMBERS = "__index_level_"  # what pandas calls an index without a name


def read_table(path: Path, wanted: Collection[str]) -> Table:
    """Reads a file of predictions.

    Args:
        path: the file, a pipe, or "-" for standard input.
        wanted: names of columns that it should have.

    Raises:
        InputError: if it cannot be read.
    """
    content = read_content(path)
    if content.data.startswith((_PARQUET, _ARROW, _ARROW_STREAM)):
        return _read_arrow(content)
    content = as_utf8(content)
    start = content.data.lstrip()[:1]
    if start in {b"{", b"["}:
        return read_json(content)
    if start == b"<":
        raise InputError(f"{content.path}: a web page or XML; save the table as CSV UTF-8.")
    return read_delimited(content, wanted)


def _read_arrow(content: Content) -> Table:
    try:
        buffer = pa.BufferReader(content.data)
        if content.data.startswith(_PARQUET):
            from pyarrow import parquet

            # `read_table` refuses columns of one name.
            file = parquet.ParquetFile(buffer, page_checksum_verification=True)
            cells = file.metadata.num_rows * max(1, file.metadata.num_columns)
            check_cells(cells, len(content.data), content.path)
            found = file.read()
        elif content.data.startswith(_ARROW):
            found = pa.ipc.open_file(buffer).read_all()
        else:
            found = pa.ipc.open_stream(buffer).read_all()  # as Hugging Face's data sets are kept
        # Arrow checks neither offsets nor UTF-8 on its own, and goes where they lead.
        found.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{content.path}: damaged, or not readable as parquet or Arrow; write it again."
        ) from error
    header, columns = [], []
    nested: dict[str, None] = {}
    for name, column in zip(found.column_names, found.columns, strict=True):
        try:
            columns.append(_as_text(column))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            nested[name] = None
            continue
        header.append("" if name.startswith(_ROW_NUMBERS) else name)
    numbers = np.arange(1, found.num_rows + 1)
    return record_table.build(content.path, header, columns, numbers, "row", content.sha256, nested=nested)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        days = column.cast(pa.date32(), safe=False)
        if pc.all(pc.equal(days.cast(column.type), column)).as_py():
            column = days  # dates that pandas keeps as midnights
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        raise pa.ArrowInvalid("bytes")
    return column.cast(pa.string()).fill_null("")
