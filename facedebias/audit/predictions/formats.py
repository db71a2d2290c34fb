"""Reads a file as a table: CSV, JSON or parquet, told by what it holds and not by its name."""

import io
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from facedebias.audit.predictions import table
from facedebias.audit.predictions.delimited import read_delimited
from facedebias.audit.predictions.opening import Content, read_content
from facedebias.audit.predictions.table import Table
from facedebias.audit.predictions.wording import listed, shown
from facedebias.errors import InputError

_PARQUET, _ARROW = b"PAR1", b"ARROW1"
_JSON_ROWS = (
    "one object for each prediction and line, as pandas writes with to_json(orient='records', lines=True)"
)
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
    if content.data.startswith((_PARQUET, _ARROW)):
        return _read_arrow(content)
    if content.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        return _read_json(content)
    return read_delimited(content, wanted)


def _read_arrow(content: Content) -> Table:
    try:
        if content.data.startswith(_PARQUET):
            from pyarrow import parquet

            found = parquet.read_table(pa.BufferReader(content.data))
        else:
            found = pa.ipc.open_file(pa.BufferReader(content.data)).read_all()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{content.path}: damaged, or not readable as parquet; write it again.") from error
    header, columns, nested = [], [], []
    for name, column in zip(found.column_names, found.columns, strict=True):
        try:
            columns.append(_as_text(column))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            nested.append(name)
            continue
        header.append("" if name.startswith(_ROW_NUMBERS) else name)
    notes = []
    if nested:
        notes = [f"{content.path}: columns of lists or bytes left out: {listed(nested)}."]
    numbers = np.arange(1, found.num_rows + 1)
    return table.build(content.path, header, columns, numbers, "row", content.sha256, notes)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        raise pa.ArrowInvalid("bytes")
    return column.cast(pa.string()).fill_null("")


def _read_json(content: Content) -> Table:
    texts: dict[str, list[str]] = {}
    nested: dict[str, None] = {}
    numbers: list[int] = []
    unit = "line"
    try:
        content.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{content.path}: JSON that is not UTF-8; save it as such.") from error
    if content.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        objects, unit = _of_array(content), "row"
    else:
        objects = _of_lines(content)
    for number, found in objects:
        where = f"{content.path}, {unit} {number}"
        if not isinstance(found, dict):
            raise InputError(f"{where}: no JSON object; expected one for each prediction.")
        for name, value in found.items():
            column = texts.setdefault(name, [])
            column.extend([""] * (len(numbers) - len(column)))  # rows before that lack it
            column.append(_json_text(value))
            if isinstance(value, dict | list):
                nested[name] = None
        numbers.append(number)
    for name in nested:
        del texts[name]
    if nested and not texts:
        raise InputError(f"{content.path}: JSON without rows; expected {_JSON_ROWS}.")
    notes = (
        [f"{content.path}: columns of lists or objects left out: {listed(list(nested))}."] if nested else []
    )
    for column in texts.values():
        column.extend([""] * (len(numbers) - len(column)))
    columns = [pa.chunked_array([pa.array(column, pa.string())]) for column in texts.values()]
    return table.build(
        content.path, list(texts), columns, np.array(numbers, int), unit, content.sha256, notes
    )


def _of_lines(content: Content) -> Iterator[tuple[int, Any]]:
    text = io.TextIOWrapper(io.BytesIO(content.data), "utf-8-sig")
    for number, line in enumerate(text, 1):
        if line.strip():
            yield number, _parsed(line, f"{content.path}, line {number}")


def _of_array(content: Content) -> Iterator[tuple[int, Any]]:
    yield from enumerate(_parsed(content.data.decode("utf-8-sig"), content.path), 1)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=str, parse_int=str)
    except _RepeatedKeyError as error:
        raise InputError(f"{where}: {shown(str(error))} occurs twice; name each value once.") from error
    except ValueError as error:
        raise InputError(f"{where}: no JSON; expected {_JSON_ROWS}.") from error


class _RepeatedKeyError(Exception):
    """A name that an object has twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return found


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)  # numbers come as they are written
