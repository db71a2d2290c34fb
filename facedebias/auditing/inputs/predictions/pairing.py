"""Brings the rows of several files into one order: by a column that names them, or as they stand."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facedebias.auditing.inputs.predictions.agreement import SAME_ROWS, agree, values
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import listed, quoted, shown
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.predictions.values import as_number, read_cells
from facedebias.errors import InputError
from facedebias.text import counted

_ROW_NUMBERS = re.compile(r"unnamed: [0-9]+|index|row|row_number|rownum", re.IGNORECASE)
_MOST_LISTED = 3


def pair(first: Table, other: Table, groups: Sequence[str], columns: Columns) -> tuple[Table, str, list[str]]:
    """Rows of a file in the order of another's.

    Args:
        first: the file whose order counts.
        other: the file to reorder.
        groups: columns of groups, which must agree.
        columns: which columns are what; its key, if any, is the one to pair by.

    Returns:
        The file, the column by which rows were found (empty for none), and a note on it.

    Raises:
        InputError: if the files hold different rows, or it cannot be told.
    """
    if columns.key:
        return _paired(first, other, columns.key, _matches(first, other, columns.key, is_told=True))
    keys = _keys(first, other, groups, columns)
    orders = {name: order for name in keys if (order := _order(first, other, name)) is not None}
    if orders:
        by = next(iter(orders))
        for name, order in orders.items():
            if not np.array_equal(order, orders[by]):
                raise InputError(
                    f"{other.path}: columns {by} and {name} pair its rows with those of {first.path} in two "
                    "ways; say with --key which one names a row."
                )
        return _paired(first, other, by, orders[by])
    for name in keys:
        if not agree(first, other, name):
            return _paired(first, other, name, _matches(first, other, name, is_told=False))
    if first.num_rows != other.num_rows:
        raise InputError(
            f"{other.path}: {counted(other.num_rows, 'row')}, but {first.path} has {first.num_rows:,}; "
            f"{SAME_ROWS}"
        )
    _refuse_another_order(first, other, {*groups, *columns.roles.values()})
    note = f"rows of {other.path} and {first.path} were paired as they stand, as no column names them."
    return other, "", [note]


def _refuse_another_order(first: Table, other: Table, taken: set[str]) -> None:
    """Refuses rows paired as they stand whose numbers, or names under another title, stand otherwise."""
    numbers = [name for name in first.columns if _ROW_NUMBERS.fullmatch(name) and name in other.columns]
    pairs = [(f"column {name}", first.columns[name], other.columns[name]) for name in numbers]
    pairs += [
        ("column without a name", ours, theirs)
        for ours, theirs in zip(first.unnamed, other.unnamed, strict=False)
    ]
    pairs += [
        (f"column {shown(theirs)}", first.columns[ours], other.columns[theirs])
        for ours in _names_of_rows(first, other, taken)
        for theirs in _names_of_rows(other, first, taken)
    ]
    for title, ours, theirs in pairs:
        found = _places(ours, theirs)
        if found is not None and not np.array_equal(found, np.arange(len(found))):
            raise InputError(
                f"{other.path}: its {title} has the values of a column of {first.path} in another order, so "
                "its rows may be in another order too. If so give both columns one name and --key, otherwise "
                "take one out."
            )


def _names_of_rows(table: Table, other: Table, taken: set[str]) -> list[str]:
    """Columns that another file does not have and whose values are all different."""
    return [
        name
        for name in table.columns
        if name not in taken and name not in other.columns and not _is_measured(table, name)
        if pc.count_distinct(table.columns[name]).as_py() == table.num_rows
    ]


def _keys(first: Table, other: Table, groups: Sequence[str], columns: Columns) -> list[str]:
    """Columns of both files that look like names of rows."""
    return [
        name
        for name in first.columns
        if name in other.columns
        and name not in {*groups, *columns.roles.values(), *first.repeated, *other.repeated}
        and not _ROW_NUMBERS.fullmatch(name)
        and not _is_measured(first, name)
        and (_is_key(first, name) or _is_key(other, name))
    ]


def _is_key(table: Table, name: str) -> bool:
    """Whether most rows have a value of their own."""
    return 2 * pc.count_distinct(table.columns[name]).as_py() > table.num_rows


def _is_measured(table: Table, name: str) -> bool:
    """Whether a column holds numbers with fractions, as of another model or of a clock."""
    texts = table.columns[name][:100].to_pylist()
    return any(
        "." in text and not text.rstrip("0").endswith(".") and as_number(text) is not None for text in texts
    )


def _order(first: Table, other: Table, name: str) -> np.ndarray | None:
    """The other's row for each row, int64 `(num_rows,)`; None if a column does not name them one to one."""
    if first.num_rows != other.num_rows:
        return None
    found = _places(first.columns[name], other.columns[name])
    if found is None:  # perhaps as 1 here and as 1.0 there
        found = _places(pa.chunked_array([values(first, name)]), pa.chunked_array([values(other, name)]))
    return found


def _places(ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> np.ndarray | None:
    if pc.count_distinct(ours).as_py() < len(ours) or pc.count_distinct(theirs).as_py() < len(theirs):
        return None
    found = pc.index_in(ours, value_set=pa.concat_arrays(theirs.chunks))
    return None if found.null_count else found.to_numpy().astype(np.int64)


def _matches(first: Table, other: Table, name: str, is_told: bool) -> np.ndarray:
    """The same, or an error that says why there is none."""
    for table in (first, other):
        _check_names(table, name, is_told)
    _check_complete(first, other, name)
    order = _order(first, other, name)
    if order is None:
        raise InputError(f"{other.path}: rows cannot be paired by {shown(name)}; choose another --key.")
    return order


def _paired(first: Table, other: Table, name: str, order: np.ndarray) -> tuple[Table, str, list[str]]:
    moved = int(np.sum(order != np.arange(len(order))))
    how = f", {counted(moved, 'row')} of which it has elsewhere" if moved else ", in the same order"
    note = f"rows of {other.path} and {first.path} were paired by their column {shown(name)}{how}."
    return (other.take(order) if moved else other), name, [note]


def _check_names(table: Table, name: str, is_told: bool) -> None:
    table.column(name, "--key")
    cells = read_cells(table.columns[name])
    rows: dict[str, int] = {}
    for row, code in enumerate(cells.codes.tolist()):
        value = cells.values[code]
        where = f"{table.path}, {table.locate(row)}: {shown(name)} {quoted(value)}"
        if not value:
            raise InputError(f"{where}; expected a name for each row, as files are paired by this column.")
        if value in rows:
            way = "choose another --key" if is_told else "name a column of unique values with --key"
            raise InputError(
                f"{where} names {table.locate(rows[value])} too, so that it pairs no rows; {way}, or take it "
                "out of one file if the rows are in the same order."
            )
        rows[value] = row


def _check_complete(first: Table, other: Table, name: str) -> None:
    ours, theirs = values(first, name), values(other, name)
    for table, missing, missed_by, there in (
        (first, _less(ours, theirs), other, theirs),
        (other, _less(theirs, ours), first, ours),
    ):
        if missing:
            # 1 and 001, or img/1.jpg and 1.jpg, are seen at once.
            beside = f" ({missed_by.path} has {shown(there[0])})" if len(missing) == table.num_rows else ""
            raise InputError(
                f"{table.path}: {len(missing):,} of {counted(table.num_rows, 'row')} are not in "
                f"{missed_by.path}, by their {shown(name)}: {listed(missing, _MOST_LISTED)}{beside}. Give "
                "the same rows under the same names in every file, or another --key."
            )


def _less(values: list[str], others: list[str]) -> list[str]:
    there = set(others)
    return [value for value in values if value not in there]
