"""A file as a table of text, whatever format it came in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.files.wording import file_of, listed, quoted
from facedebias.errors import InputError
from facedebias.text import counted


@dataclass(frozen=True)
class Table:
    """Rows of a file.

    Attributes:
        path: what messages call the file.
        columns: name -> texts of the rows, without nulls.
        repeated: names that several columns with different cells have; the first is in `columns`.
        numbers: int64 `(num_rows,)`, number of each row's line, or of the row.
        unit: "line" or "row", what those count.
        sha256: of the bytes read.
        notes: what was left out, a sentence each.
        nested: names of columns of lists, objects or bytes, which were left out.
        unnamed: texts of columns without a name, which were left out.
    """

    path: str
    columns: Mapping[str, pa.ChunkedArray]
    repeated: frozenset[str]
    numbers: np.ndarray
    unit: str
    sha256: str
    notes: tuple[str, ...] = ()
    nested: frozenset[str] = frozenset()
    unnamed: tuple[pa.ChunkedArray, ...] = ()

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def locate(self, row: int) -> str:
        """Names a row, e.g. "line 2"."""
        return f"{self.unit} {self.numbers[row]}"

    def column(self, name: str, flag: str) -> pa.ChunkedArray:
        """The texts of a column that is used.

        Args:
            name: of the column.
            flag: that names it, for messages.

        Raises:
            InputError: if there is none, or several.
        """
        if name in self.nested:
            raise InputError(
                f"{self.path}: column {quoted(name)}, which {flag} names, holds lists, objects or bytes; "
                "write one value for each row, of scores the one of the positive class."
            )
        if name not in self.columns:
            known = listed([other for other in self.columns if other]) or "no named columns"
            raise InputError(f"{self.path}: no column {quoted(name)}, which {flag} names; it has {known}.")
        if name in self.repeated:
            raise InputError(
                f"{self.path}: column {quoted(name)} occurs twice with different cells; give each a name of "
                f"its own, or choose another column with {flag}."
            )
        return self.columns[name]

    def take(self, rows: np.ndarray) -> "Table":
        """The rows in another order."""
        columns = {name: column.take(pa.array(rows)) for name, column in self.columns.items()}
        return replace(self, columns=columns, numbers=self.numbers[rows], unnamed=())


def build(
    path: str,
    header: Sequence[str],
    columns: Sequence[pa.ChunkedArray],
    numbers: np.ndarray,
    unit: str,
    sha256: str,
    notes: Sequence[str] = (),
    nested: Collection[str] = (),
) -> Table:
    """Makes a table, without columns that say nothing.

    Args:
        path: what messages call the file.
        header: names of the columns, cleaned here.
        columns: the texts, without nulls.
        numbers: int64 `(num_rows,)`, of lines or rows.
        unit: what `numbers` count.
        sha256: of the bytes read.
        notes: what was left out so far.
        nested: names of columns of lists, objects or bytes, which are not among `columns`.

    Raises:
        InputError: if there are no rows.
    """
    if not len(numbers):
        where = " below the first line" if unit == "line" and header else ""
        raise InputError(f"{path}: no rows{where}; expected one for each prediction.")
    said = list(notes)
    if nested:
        said.append(f"{file_of(path)}: columns of lists, objects or bytes left out: {listed(list(nested))}.")
    kept: dict[str, pa.ChunkedArray] = {}
    repeated, alike, num_empty = set(), [], 0
    unnamed: list[pa.ChunkedArray] = []
    for raw, column in zip(header, columns, strict=True):
        name = clean_name(raw)
        if not name:
            if is_blank(column):
                num_empty += 1
            else:
                unnamed.append(column)
        elif name not in kept:
            kept[name] = column
        elif column.equals(kept[name]):
            alike.append(name)
        else:
            repeated.add(name)
    if num_empty:
        said.append(f"{file_of(path)}: {counted(num_empty, 'column')} without a name or a value left out.")
    if unnamed:
        said.append(
            f"{file_of(path)}: {counted(len(unnamed), 'column')} without a name left out, as row numbers are."
        )
    if alike:
        said.append(
            f"{file_of(path)}: columns that occur twice with the same cells, read once: {listed(alike)}."
        )
    return Table(
        path,
        kept,
        frozenset(repeated),
        numbers,
        unit,
        sha256,
        tuple(said),
        frozenset(map(clean_name, nested)),
        tuple(unnamed),
    )


def is_blank(column: pa.ChunkedArray) -> bool:
    """Whether no cell holds anything but spaces."""
    return not any(text.strip() for text in column.unique().to_pylist())
