"""A list of rows by their names: `suspects.csv`, or a table that somebody made."""

import csv
import io
from pathlib import Path

from facedebias import spreadsheet
from facedebias.auditing.inputs.sample import FILE_COLUMN, Sample
from facedebias.data.sources.formats.text_table import cell, read_text
from facedebias.errors import InputError
from facedebias.text import visible

_SEPARATORS = ",;\t"  # spreadsheets write what the country is used to
_NUMBERS = {"row", "line"}
_LABEL = "label"
_MOST_NAMED = 8


class RowList:
    """Rows that a CSV file names, read as spreadsheets leave it.

    Columns that `Sample.identify` has say which row is meant, all of them together; a column `label`
    is kept to compare; others are not looked at.

    Args:
        path: the file.
        sample: whose rows are named.

    Raises:
        InputError: if it cannot be read, has no such column or no line.

    Attributes:
        known: names of the columns that tell the sample's rows apart.
        columns: those of them that the file has.
        keys: the names of each row, in the order of `columns`.
        labels: what the file says of each row's label; empty texts if it says nothing.
    """

    def __init__(self, path: str, sample: Sample):
        self._path = path
        names = sample.identify([]) if sample.identify else {}
        self.known = list(names)
        header, rows = self._table(_read(path))
        places = {
            name: header.index(column) for name in self.known if (column := _column(name, header)) is not None
        }
        if not set(places) - {FILE_COLUMN}:
            held = ", ".join(header[:_MOST_NAMED]) or "nothing"
            wanted = " or ".join(name for name in self.known if name != FILE_COLUMN)
            raise InputError(
                f"{self}: its first line has {held}; expected a column {wanted}, as suspects.csv has."
            )
        if not rows:
            raise InputError(f"{self}: names no row; leave the flag out.")
        self.columns = list(places)
        self.keys = [tuple(_name(name, cell(row, at)) for name, at in places.items()) for _, row in rows]
        label = header.index(_LABEL) if _LABEL in header else None
        self.labels = ["" if label is None else cell(row, label) for _, row in rows]
        self._lines = [line for line, _ in rows]

    def __str__(self) -> str:
        """The flag, as messages begin with it."""
        return f"--exclude={self._path}"

    def describe(self, index: int) -> str:
        """A row as the file has it, for messages."""
        named = ", ".join(f"{name} {text}" for name, text in zip(self.columns, self.keys[index], strict=True))
        return f"line {self._lines[index]}: {named}"

    def _table(self, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
        """Column names in lower case, and rows with their line; empty rows are left out."""
        first = text.partition("\n")[0]
        separator = max(_SEPARATORS, key=first.count)
        reader, rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), []
        try:
            for row in reader:
                cells = [cell.strip() for cell in row]
                if any(cells):
                    rows.append((reader.line_num, cells))
        except csv.Error as error:
            raise InputError(f"{self}, line {reader.line_num}: {error}; expected CSV.") from error
        header = [name.lower() for name in rows[0][1]] if rows else []
        for line, cells in rows[1:]:
            if len(cells) > len(header) and any(cells[len(header) :]):
                raise InputError(
                    f"{self}, line {line}: {len(cells)} values; expected {len(header)}, as in the first line."
                )
        return header, rows[1:]


def _read(path: str) -> str:
    return read_text(Path(path), f"--exclude={path}")


def _column(name: str, header: list[str]) -> str | None:
    """What a file calls a column: by its name, or as suspects.csv writes that."""
    spelt = (name.lower(), visible(name).lower(), spreadsheet.cell(name).lower())
    return next((column for column in spelt if column in header), None)


def _name(column: str, text: str) -> str:
    # Tables that had an empty cell once have 12.0 for 12.
    if column in _NUMBERS and text.endswith(".0"):
        text = text[:-2]
    return visible(text)
