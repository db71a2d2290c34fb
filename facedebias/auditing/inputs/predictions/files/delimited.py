"""Tables as text: CSV with commas, semicolons, tabs or bars."""

import csv
import io
import itertools
import re
from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pyarrow as pa

from facedebias.auditing.inputs.predictions.files import plain, record_table
from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.files.opening import Content
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import file_of
from facedebias.errors import InputError
from facedebias.reading.unpacking import check_lines
from facedebias.text import counted

_SEPARATORS = ",;\t|"
_MOST_ABOVE = 50  # lines that are looked at for names of columns
_CHUNK = 50_000  # rows whose Python strings are in memory at once


def read_delimited(content: Content, wanted: Collection[str]) -> Table:
    """Reads CSV, whatever it is separated by.

    Args:
        content: the file, in UTF-8.
        wanted: names that the first line should have, which tell the separator.

    Raises:
        InputError: if a line cannot be read.
    """
    check_lines(content.data, content.path)
    text = io.TextIOWrapper(io.BytesIO(content.data), "utf-8", newline="")
    try:
        return _parse(content, text, wanted)
    except UnicodeError as error:
        raise InputError(_undecodable(content)) from error


def _undecodable(content: Content) -> str:
    lines = content.data.split(b"\n")
    number = next(number for number, line in enumerate(lines, 1) if not _is_utf8(line))
    return (
        f"{content.path}, line {number}: not UTF-8; save it as such, from a spreadsheet as CSV UTF-8, or "
        "convert it with iconv -f ENCODING -t UTF-8, where ENCODING is that of the program that wrote it, "
        "e.g. WINDOWS-1252, GB18030 or SHIFT_JIS."
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse(content: Content, text: Iterable[str], wanted: Collection[str]) -> Table:
    lines = iter(text)
    first, num_before = _first_line(lines)
    separator = _separator(first, wanted)
    if told := re.fullmatch(r"\"?sep=(.)\"?\s*", first):  # Excel's own line
        first, more = _first_line(lines)
        separator, num_before = told[1], num_before + 1 + more
    records = _records(content.path, _chained(first, lines), separator, num_before)
    header, _ = next(records, ([], 0))
    if not header:
        raise InputError(f"{content.path}: holds nothing; expected a table of predictions.")
    _check_header(content, header, wanted)
    if not num_before and (columns := plain.read_columns(content.data, len(header), separator)):
        numbers = np.arange(len(columns[0])) + 2
        return record_table.build(content.path, header, columns, numbers, "line", content.sha256)
    rows = _Rows(content.path, len(header))
    rows.read(records)
    columns = [pa.chunked_array(chunks, pa.string()) for chunks in rows.chunks]
    numbers = np.array(rows.lines, np.int64)
    return record_table.build(content.path, header, columns, numbers, "line", content.sha256, rows.notes())


def _first_line(lines: Iterator[str]) -> tuple[str, int]:
    """The first line that is not blank, and how many are before it."""
    num_blank = 0
    for line in lines:
        if line.strip():
            return line, num_blank
        num_blank += 1
    return "", num_blank


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _separator(header: str, wanted: Collection[str]) -> str:
    def fitness(separator: str) -> tuple[int, int]:
        names = _split(header, separator)
        return _num_wanted(names, wanted), len(names)

    return max(_SEPARATORS, key=fitness)


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell longer than any name
        return []


def _check_header(content: Content, header: list[str], wanted: Collection[str]) -> None:
    """Refuses titles, comments and the like above the line that names the columns."""
    if _num_wanted(header, wanted):
        return
    text = io.TextIOWrapper(io.BytesIO(content.data), "utf-8", newline="")
    for number, line in itertools.islice(enumerate(text, 1), 1, _MOST_ABOVE):
        names = _split(line, _separator(line, wanted))
        if _num_wanted(names, wanted) > 1:
            raise InputError(
                f"{content.path}: line {number} names the columns; take the lines above it out of the file."
            )


def _num_wanted(names: Iterable[str], wanted: Collection[str]) -> int:
    return len({clean_name(name) for name in names} & set(wanted))


def _records(path: str, lines: Iterator[str], separator: str, before: int) -> Iterator[tuple[list[str], int]]:
    """Rows and the line that each ends on; blank lines are left out."""
    # Strict, as a quote that is never closed would swallow the rest of the file.
    reader, start = csv.reader(lines, strict=True, delimiter=separator), 1
    try:
        for row in reader:
            if row:
                yield row, reader.line_num + before
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path}, line {start + before}: {error}; expected CSV, every quote closed."
        ) from error


class _Rows:
    """Collects rows as columns, a chunk at a time."""

    def __init__(self, path: str, width: int):
        self.lines: list[int] = []
        self.chunks: list[list[pa.Array]] = [[] for _ in range(width)]
        self._path, self._width = path, width
        self._num_blank = self._num_long = 0

    def read(self, records: Iterator[tuple[list[str], int]]) -> None:
        waiting: list[list[str]] = []
        for row, line in records:
            if len(row) != self._width:
                row = self._fitted(row, line)
            if not row[0].strip() and not any(map(str.strip, row)):
                self._num_blank += 1
                continue
            waiting.append(row)
            self.lines.append(line)
            if len(waiting) == _CHUNK:
                self._enter(waiting)
                waiting = []
        self._enter(waiting)

    def _enter(self, rows: list[list[str]]) -> None:
        for chunks, texts in zip(self.chunks, zip(*rows, strict=True), strict=False):
            chunks.append(pa.array(texts, pa.string()))

    def _fitted(self, row: list[str], line: int) -> list[str]:
        """A row without empty cells beyond the last column, as spreadsheets write them."""
        if len(row) > self._width and not any(map(str.strip, row[self._width :])):
            self._num_long += 1
            return row[: self._width]
        if not any(map(str.strip, row)):
            return [""] * self._width
        way = "Mend the line, or take it out if it is no row of the table."
        if not self.lines and len(row) == self._width + 1:
            way = (
                "If the rows begin with a name or number of their own, as R's write.table writes them, write "
                "col.names=NA, or name that column in the first line too."
            )
        raise InputError(
            f"{self._path}, line {line}: {counted(len(row), 'value')}; expected {self._width}, as in the "
            f"first line. {way}"
        )

    def notes(self) -> list[str]:
        notes = []
        if self._num_blank:
            notes.append(
                f"{file_of(self._path)}: {counted(self._num_blank, 'row')} without a value left out."
            )
        if self._num_long:
            rows = counted(self._num_long, "row")
            notes.append(f"{file_of(self._path)}: empty cells beyond the last column left out of {rows}.")
        return notes
