"""Whether the same rows of two files have the same values, and the refusal where they have not."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import pyarrow.compute as pc

from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import quoted, shown
from facedebias.auditing.inputs.predictions.values import read_cells
from facedebias.errors import InputError
from facedebias.text import counted

SAME_ROWS = "models are compared on the same rows in the same order, or by a column that names them (--key)."


def check_same(first: Table, other: Table, name: str, key: str) -> None:
    """Refuses files whose rows have different values in a column.

    Args:
        first: the file whose rows count.
        other: another, in the same order.
        name: of the column.
        key: column by which rows were paired; empty for as they stand.

    Raises:
        InputError: names the first such row.
    """
    if name not in other.columns:
        raise InputError(
            f"{other.path}: no column {quoted(name)}, which {first.path} has; add it, so that it can be seen "
            "whether rows are the same, or choose other --groups."
        )
    if name in other.repeated:
        other.column(name, "--groups")
    if agree(first, other, name):
        return
    pairs = zip(values(first, name), values(other, name), strict=True)
    refuse_rows(first, other, name, [row for row, (a, b) in enumerate(pairs) if a != b], key)


def refuse_rows(
    first: Table, other: Table, name: str, rows: Sequence[int] | np.ndarray, key: str
) -> NoReturn:
    """Says that rows have different values in a column.

    Args:
        first: the file whose rows count.
        other: another, in the same order.
        name: of the column.
        rows: where they differ, at least one.
        key: column by which rows were paired; empty for as they stand.

    Raises:
        InputError: always; names the first such row.
    """
    row = int(rows[0])
    ours, theirs = (table.columns[name][row].as_py() for table in (first, other))
    more = f" ({counted(len(rows) - 1, 'row')} more differ)" if len(rows) > 1 else ""
    way = f"rows were paired by {shown(key)}. Mend one file, or choose another --key." if key else SAME_ROWS
    raise InputError(
        f"{other.path}, {other.locate(row)}: {shown(name)} is {quoted(theirs)}, but {quoted(ours)} "
        f"in {first.path}, {first.locate(row)}{more}; {way}"
    )


def values(table: Table, name: str) -> list[str]:
    """Cleaned texts of a column, as `read_cells` has them."""
    cells = read_cells(table.columns[name])
    return [cells.values[code] for code in cells.codes.tolist()]


def agree(first: Table, other: Table, name: str) -> bool:
    """Whether rows have the same values in a column, whatever their spelling."""
    if first.num_rows != other.num_rows:
        return False
    if pc.all(pc.equal(first.columns[name], other.columns[name])).as_py():
        return True
    return values(first, name) == values(other, name)
