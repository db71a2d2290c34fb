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
from facedebias.reading.parquet_files import (
    check_texts,
    open_parquet,
    read_columns,
    validated,
    without_dictionary,
)
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
    nested: dict[str, None] = {}
    size = len(content.data)
    try:
        buffer = pa.BufferReader(content.data)
        if content.data.startswith(_PARQUET):
            with open_parquet(buffer, size, content.path) as file:
                check_cells(file.metadata.num_rows * max(1, file.metadata.num_columns), size, content.path)
                kinds = [(field.name, _holds_values(field.type)) for field in file.schema_arrow]
                nested = {name: None for name, is_read in kinds if not is_read}
                names = list(dict.fromkeys(name for name, is_read in kinds if is_read))
                found = read_columns(file, names, content.path)
        else:
            found = _read_ipc(content, buffer)
        # Nulls take no place in a file, whatever their number.
        check_cells(found.num_rows * max(1, found.num_columns), size, content.path)
        check_texts(found.columns, size, content.path)
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{content.path}: damaged, or not readable as parquet or Arrow; write it again."
        ) from error
    header, columns = [], []
    for name, column in zip(found.column_names, found.columns, strict=True):
        if not _holds_values(column.type):
            nested[name] = None
            continue
        try:
            columns.append(_as_text(column))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            nested[name] = None
            continue
        header.append("" if name.startswith(_ROW_NUMBERS) else name)
    numbers = np.arange(1, found.num_rows + 1)
    return record_table.build(content.path, header, columns, numbers, "row", content.sha256, nested=nested)


def _read_ipc(content: Content, buffer: pa.NativeFile) -> pa.Table:
    """A table of Arrow's own files, or of streams, as Hugging Face's data sets are kept."""
    is_file = content.data.startswith(_ARROW)
    opened = pa.ipc.open_file if is_file else pa.ipc.open_stream
    num_columns, num_rows = len(opened(buffer).schema), 0
    # Of one column first: compressed, a few bytes may hold any number of rows.
    buffer.seek(0)
    one = opened(buffer, options=pa.ipc.IpcReadOptions(included_fields=[0] if num_columns else None))
    for batch in (one.get_batch(i) for i in range(one.num_record_batches)) if is_file else one:
        num_rows += batch.num_rows
        check_cells(num_rows * max(1, num_columns), len(content.data), content.path)
    buffer.seek(0)
    return validated(opened(buffer).read_all())


def _holds_values(kind: pa.DataType) -> bool:
    """Whether a column holds one value for each row: no lists, objects or bytes, of any size."""
    if pa.types.is_dictionary(kind):
        return not pa.types.is_dictionary(kind.value_type) and _holds_values(kind.value_type)
    is_bytes = kind in {pa.binary(), pa.large_binary(), pa.binary_view()}
    return not (is_bytes or pa.types.is_fixed_size_binary(kind) or pa.types.is_nested(kind))


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    column = without_dictionary(column)
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        days = column.cast(pa.date32(), safe=False)
        if pc.all(pc.equal(days.cast(column.type), column)).as_py():
            column = days  # dates that pandas keeps as midnights
    return column.cast(pa.string()).fill_null("")
