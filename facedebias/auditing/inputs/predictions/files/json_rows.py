"""JSON with an object for each row: one a line, or all in an array."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from facedebias.auditing.inputs.predictions.files import record_table
from facedebias.auditing.inputs.predictions.files.opening import Content
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.errors import InputError
from facedebias.reading.json_text import RefusedJsonError, parsed
from facedebias.reading.unpacking import check_cells

_ROWS = "one object for each prediction and line, as pandas writes with to_json(orient='records', lines=True)"


def read_json(content: Content) -> Table:
    """Reads JSON lines or a JSON array.

    Args:
        content: the file, in UTF-8.

    Raises:
        InputError: if it is no JSON, or has no object for each row.
    """
    texts: dict[str, list[str]] = {}
    nested: dict[str, None] = {}
    numbers: list[int] = []
    unit = "line"
    try:
        content.data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{content.path}: JSON that is not UTF-8; save it as such.") from error
    if content.data.lstrip().startswith(b"["):
        objects, unit = _of_array(content), "row"
    else:
        objects = _of_lines(content)
    for number, found in objects:
        where = f"{content.path}, {unit} {number}"
        if not isinstance(found, dict):
            raise InputError(f"{where}: no JSON object; expected one for each prediction.")
        new = sum(name not in texts for name in found)
        # Rows of few names take as much as all names do.
        check_cells((len(texts) + new) * (len(numbers) + 1), len(content.data), content.path)
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
        raise InputError(_without_rows(content))
    for column in texts.values():
        column.extend([""] * (len(numbers) - len(column)))
    columns = [pa.chunked_array([pa.array(column, pa.string())]) for column in texts.values()]
    rows = np.array(numbers, int)
    return record_table.build(content.path, list(texts), columns, rows, unit, content.sha256, nested=nested)


def _without_rows(content: Content) -> str:
    return f"{content.path}: JSON without a row for each prediction; expected {_ROWS}."


def _of_lines(content: Content) -> Iterator[tuple[int, Any]]:
    text = io.TextIOWrapper(io.BytesIO(content.data), "utf-8")
    if _is_one_object(content):
        raise InputError(_without_rows(content))
    for number, line in enumerate(text, 1):
        if line.strip():
            yield number, _parsed(line, f"{content.path}, line {number}")


def _is_one_object(content: Content) -> bool:
    """Whether a file of several lines is one value, as tables by columns are when they are indented."""
    if content.data.lstrip().partition(b"\n")[0].rstrip().endswith(b"}"):
        return False
    try:
        json.loads(content.data)
    except (ValueError, RecursionError):
        return False
    return True


def _of_array(content: Content) -> Iterator[tuple[int, Any]]:
    yield from enumerate(_parsed(content.data.decode(), content.path), 1)


def _parsed(text: str, where: str) -> Any:
    try:
        return parsed(text, numbers_as_text=True)
    except RefusedJsonError as error:
        raise InputError(f"{where}: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: no JSON; expected {_ROWS}.") from error


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)  # numbers come as they are written
