"""Group columns as attributes of the rows."""

import numpy as np

from facedebias.auditing.inputs.predictions.bins import Bins
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import quoted, shown
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.predictions.roles import many_numbers
from facedebias.auditing.inputs.predictions.values import Cells, as_number, notes, read_cells
from facedebias.data.face_columns import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError
from facedebias.text import counted


def read_attribute(table: Table, name: str, columns: Columns) -> tuple[Attribute, list[str]]:
    """Reads a column of groups.

    Args:
        table: the file.
        name: of the column.
        columns: its ranges, if it is a column of numbers that is grouped by such.

    Returns:
        The attribute, with its values in order, and what was reinterpreted.

    Raises:
        InputError: if a cell is no number where ranges are wanted.
    """
    cells = read_cells(table.column(name, "--groups"))
    ranges = {bins.name: bins for bins in columns.bins}.get(name)
    said = notes(name, cells, in_ranges=ranges is not None)
    many = f"column {shown(name)}: {counted(len(cells.known), 'different number')}"
    if ranges:
        found = _in_ranges(table, ranges, cells)
        return found, [*said, f"{many} in ranges: {', '.join(found.values)}."]
    if flag := many_numbers(name, cells):
        said.append(f"{many}, of which each is a group; {flag} makes ranges.")
    return as_attribute(cells), said


def as_attribute(cells: Cells) -> Attribute:
    """An attribute with the known values of a column, in order."""
    known = cells.known
    places = {value: place for place, value in enumerate(known)} | {"": UNKNOWN}
    codes = np.array([places[value] for value in cells.values], np.int32)[cells.codes]
    return Attribute(codes, tuple(known))


def _in_ranges(table: Table, bins: Bins, cells: Cells) -> Attribute:
    numbers = [as_number(value) for value in cells.values]
    for code, (value, number) in enumerate(zip(cells.values, numbers, strict=True)):
        if value and number is None:
            row = int(np.argmax(cells.codes == code))
            raise InputError(
                f"{table.path}, {table.locate(row)}: {shown(bins.name)} {quoted(value)}; expected a number, "
                f"as --bins={bins.name} makes ranges of them. Write a number, or leave "
                "the cell empty if it is unknown."
            )
    found = bins.find(np.array([0.0 if number is None else number for number in numbers]))
    codes = np.where([bool(value) for value in cells.values], found, UNKNOWN).astype(np.int32)
    are_whole = all(number is None or number == int(number) for number in numbers)
    return Attribute(codes[cells.codes], bins.labels(are_whole))
