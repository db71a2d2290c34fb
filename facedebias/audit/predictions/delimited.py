"""Tables as text: CSV with commas, semicolons, tabs or bars, in UTF-8 or UTF-16."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pyarrow as pa

from facedebias.audit.predictions import plain, table
from facedebias.audit.predictions.naming import clean_name
from facedebias.audit.predictions.opening import Content
from facedebias.audit.predictions.table import Table
from facedebias.errors import InputError
from facedebias.text import counted

_MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32"}
_MARKS |= {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_SEPARATORS = ",;\t|"
_CHUNK = 50_000  # rows whose Python strings are in memory at once


def read_delimited(content: Content, wanted: Collection[str]) -> Table:
    """Reads CSV, whatever it is separated by.

    Args:
        content: the file.
        wanted: names that the first line should have, which tell the separator.

    Raises:
        InputError: if a line cannot be read.
    """
    encoding = _encoding(content)
    text = io.TextIOWrapper(io.BytesIO(content.data), encoding, newline="")
    try:
        return _parse(content, text, wanted, is_utf8=encoding.startswith("utf-8"))
    except UnicodeError as error:
        raise InputError(_undecodable(content, encoding)) from error


def _encoding(content: Content) -> str:
    data = content.data
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    # Without a mark, every other byte of the first letters is 0 in UTF-16.
    if data[1:8:2] == b"\0" * 4 and 0 not in data[:8:2]:
        return "utf-16-le"
    if data[:8:2] == b"\0" * 4 and 0 not in data[1:8:2]:
        return "utf-16-be"
    if b"\0" in data[:4096]:
        raise InputError(
            f"{content.path}: not text; expected CSV, JSON lines or parquet, which may be compressed."
        )
    return "utf-8"


def _undecodable(content: Content, encoding: str) -> str:
    if not encoding.startswith("utf-8"):
        return f"{content.path}: damaged {encoding.upper()}; save it as UTF-8."
    lines = content.data.split(b"\n")
    number = next(number for number, line in enumerate(lines, 1) if not _is_utf8(line))
    return (
        f"{content.path}, line {number}: not UTF-8; save it as such, from a spreadsheet as CSV UTF-8, or "
        "convert it, e.g. with iconv -f WINDOWS-1252 -t UTF-8."
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse(content: Content, text: Iterable[str], wanted: Collection[str], is_utf8: bool) -> Table:
    lines = iter(text)
    first, num_before = _first_line(lines)
    separator = _separator(first, wanted)
    if told := re.fullmatch(r"\"?sep=(.)\"?\s*", first):  # Excel's own line
        first, more = _first_line(lines)
        separator, num_before = told[1], num_before + 1 + more
    records = _records(content.path, _chained(first, lines), separator, num_before)
    header, _ = next(records)
    if is_utf8 and not num_before and (columns := plain.read_columns(content.data, len(header), separator)):
        numbers = np.arange(len(columns[0])) + 2
        return table.build(content.path, header, columns, numbers, "line", content.sha256)
    rows = _Rows(content.path, len(header))
    rows.read(records)
    columns = [pa.chunked_array(chunks, pa.string()) for chunks in rows.chunks]
    numbers = np.array(rows.lines, np.int64)
    return table.build(content.path, header, columns, numbers, "line", content.sha256, rows.notes())


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
        names = [clean_name(name) for name in next(csv.reader([header], delimiter=separator), [])]
        return len(set(names) & set(wanted)), len(names)

    return max(_SEPARATORS, key=fitness)


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
        raise InputError(
            f"{self._path}, line {line}: {len(row)} values; expected {self._width}, as in the first line."
        )

    def notes(self) -> list[str]:
        notes = []
        if self._num_blank:
            notes.append(f"{self._path}: {counted(self._num_blank, 'row')} without a value left out.")
        if self._num_long:
            rows = counted(self._num_long, "row")
            notes.append(f"{self._path}: empty cells beyond the last column left out of {rows}.")
        return notes
