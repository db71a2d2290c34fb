"""Tables of pictures: CSV, TSV, JSON lines or parquet, in one file or several."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facedebias.data.sources.formats.table_places import FORMATS, JSON, PARQUET, TEXT, suffix_of
from facedebias.data.sources.formats.text_table import decoded, rows
from facedebias.errors import InputError
from facedebias.reading.files import check_file, read_bytes
from facedebias.reading.json_text import RefusedJsonError, parsed
from facedebias.reading.parquet_files import (
    check_texts,
    open_parquet,
    pieces_of,
    read_columns,
    without_dictionary,
)
from facedebias.reading.unpacking import check_cells, unpacked
from facedebias.text import counted, listed, visible

Cell = str | int | float | bool | None


@dataclass
class Table:
    """Rows of one or several files.

    Attributes:
        files: the files, in order.
        columns: name -> cells; without columns of encoded pictures, and those of `left_out`.
        encoded: names of the columns that hold encoded pictures.
        class_names: column of whole numbers -> the names of 0, 1, 2, ...
        left_out: name of a column that holds neither -> what it holds.
        num_rows: of each file.
    """

    files: Sequence[Path]
    columns: dict[str, list[Cell]] = field(default_factory=dict)
    encoded: list[str] = field(default_factory=list)
    class_names: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    num_rows: list[int] = field(default_factory=list)

    def encoded_pictures(self, column: str) -> Iterator[tuple[bytes | None, str]]:
        """Encoded picture and path, one of which may be missing, of each row in turn."""
        for path in self.files:
            with _opened_parquet(path) as file:
                for piece in pieces_of(file, column, path.stat().st_size, str(path)):
                    yield from (_encoded(cell.as_py()) for cell in piece)


def read_table(files: Sequence[Path]) -> Table:
    """Reads everything but the pictures.

    Raises:
        InputError: if a file is of another format, damaged, or has other columns than the first.
    """
    table = Table(files)
    for path in files:
        before = [*table.columns, *table.encoded, *table.left_out]
        _read(path, table)
        after = [*table.columns, *table.encoded, *table.left_out]
        lengths = {len(cells) for cells in table.columns.values()}
        if (before and before != after) or len(lengths) > 1:
            raise InputError(
                f"{path}: has other columns than {files[0].name}. Give tables of the same columns together."
            )
    if not sum(table.num_rows):
        raise InputError(f"{files[0]}: has no rows. Give a table with a row for each picture.")
    return table


def _read(path: Path, table: Table) -> None:
    suffix = suffix_of(path)
    if suffix in PARQUET:
        return _read_parquet(path, table)
    if suffix not in {*TEXT, *JSON}:
        raise InputError(f"{path}: is not a table that is read here; expected {FORMATS}. Save it as CSV.")
    content = read_bytes(path)
    if path.name.lower().endswith(".gz"):
        content = unpacked(content, str(path))
    text = decoded(content, str(path))
    return _read_text(path, text, table) if suffix in TEXT else _read_json(path, text, table)


def _read_text(path: Path, text: str, table: Table) -> None:
    lines = rows(text, str(path))
    header = next(lines, (0, []))[1]
    while header and not header[-1]:
        header.pop()  # columns that a spreadsheet left behind
    _check_names(path, header)
    columns: list[list[Cell]] = [table.columns.setdefault(name, []) for name in header]
    count = 0
    for number, cells in lines:
        if any(cells[len(header) :]) or len(cells) < len(header):
            raise InputError(
                f"{path}, line {number}: {counted(len(cells), 'cell')} for {counted(len(header), 'column')}. "
                "Mend or remove the line; a cell that holds the separator needs quotes."
            )
        for column, cell in zip(columns, cells, strict=False):
            column.append(cell)
        count += 1
    table.num_rows.append(count)


def _check_names(path: Path, names: Sequence[str]) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError(f"{path}: two columns are called '{visible(twice[0])}'. Rename or remove one.")


def _read_json(path: Path, text: str, table: Table) -> None:
    try:
        found = _json_array(text) or list(_json_lines(path, text))
    except RefusedJsonError as error:  # of an array
        raise InputError(f"{path}: {error}.") from error
    names = dict.fromkeys(name for row in found for name in row)
    # Rows of few names take as much as all names do.
    check_cells(len(names) * len(found), len(text), str(path))
    for name in names:
        cells = [row.get(name) for row in found]
        if any(isinstance(cell, list | dict) for cell in cells):
            table.left_out[name] = "lists or objects"
        else:
            table.columns.setdefault(name, []).extend(cells)
    table.num_rows.append(len(found))


def _json_array(text: str) -> list[Mapping[str, Any]]:
    """The objects of an array, as pandas writes a table; none if it is something else."""
    with contextlib.suppress(ValueError, RecursionError):
        rows = parsed(text) if text.lstrip().startswith("[") else []
        if all(isinstance(row, dict) for row in rows):
            return list(rows)
    return []


def _json_lines(path: Path, text: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = parsed(line)
        except (ValueError, RecursionError):
            row = None
        except RefusedJsonError as error:
            raise InputError(f"{path}, line {number}: {error}.") from error
        if not isinstance(row, dict):
            raise InputError(
                f"{path}, line {number}: is no JSON object; expected one on each line, e.g. "
                '{"path": "1.jpg", "gender": "Female"}, or an array of such. Save it as JSON lines or CSV.'
            )
        yield row


def _read_parquet(path: Path, table: Table) -> None:
    with _opened_parquet(path) as file:
        schema = file.schema_arrow
        _check_names(path, schema.names)
        kinds = {column.name: _kind(column.type) for column in schema}
        plain = [name for name, kind in kinds.items() if kind == "plain"]
        size = path.stat().st_size
        check_cells(file.metadata.num_rows * max(1, len(plain)), size, str(path))
        read = read_columns(file, plain, str(path))
        check_texts(map(read.column, plain), size, str(path))
        table.num_rows.append(file.metadata.num_rows)
    for name, kind in kinds.items():
        if kind == "plain":
            table.columns.setdefault(name, []).extend(without_dictionary(read.column(name)).to_pylist())
        elif kind == "encoded":
            table.encoded += [] if name in table.encoded else [name]
        else:
            table.left_out[name] = kind
    for name, names in _class_names(schema.metadata or {}).items():
        if len(set(names)) < len(names) or table.class_names.setdefault(name, names) != names:
            raise InputError(
                f"{path}: its metadata names the classes of '{visible(name)}' {listed(names, most=8)}; "
                "expected a name of its own for each, the same in every file. Mend the metadata."
            )


@contextlib.contextmanager
def _opened_parquet(path: Path) -> Iterator[Any]:
    """A parquet file, whose damage is told wherever it is come upon."""
    import pyarrow as arrow

    check_file(path)
    try:
        with open_parquet(path, path.stat().st_size, str(path)) as file:
            yield file
    except (arrow.ArrowException, OSError, ValueError, KeyError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is no parquet file that can be read ({reason}). Copy it again.") from error


def _kind(kind: Any) -> str:
    """What a column holds: "plain" cells, "encoded" pictures, or something else in words."""
    import pyarrow
    import pyarrow.types as types

    if isinstance(kind, pyarrow.BaseExtensionType):  # a tensor is a list, say
        return _kind(kind.storage_type)
    if types.is_dictionary(kind):
        return _kind(kind.value_type)
    if types.is_binary(kind) or types.is_large_binary(kind):
        return "encoded"
    if types.is_struct(kind):
        place = kind.get_field_index("bytes")
        # A text there would be taken for the name of a file, from anywhere.
        return "encoded" if place >= 0 and _kind(kind.field(place).type) == "encoded" else "objects"
    if types.is_nested(kind):
        return "lists"
    if types.is_temporal(kind):
        return "dates or times"
    return "other" if types.is_fixed_size_binary(kind) else "plain"


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Names of whole numbers, as Hugging Face's datasets write them into a parquet file."""
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            name: [str(value) for value in kind["names"]]
            for name, kind in features.items()
            if isinstance(kind, dict) and kind.get("_type") == "ClassLabel"
        }
    return {}


def _encoded(cell: Any) -> tuple[bytes | None, str]:
    content, path = (cell.get("bytes"), cell.get("path")) if isinstance(cell, dict) else (cell, "")
    return content if isinstance(content, bytes) else None, str(path or "")
