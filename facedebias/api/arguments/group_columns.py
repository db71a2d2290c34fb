"""Groups of rows from what a caller has: a frame, a mapping, one column."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from facedebias.api.arguments.arrays import as_array, as_column, as_pandas
from facedebias.api.arguments.row_order import check_length
from facedebias.auditing.inputs.predictions import values
from facedebias.auditing.inputs.predictions.attributes import as_attribute
from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.roles import many_numbers
from facedebias.auditing.inputs.predictions.values import Cells, read_cells
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError
from facedebias.text import counted, visible

_UNNAMED = "group"


def named_columns(groups: Any, argument: str) -> dict[str, Any]:
    """The columns that make the groups, by name.

    Args:
        groups: None for no groups; a frame; a mapping of names to columns; one column, called by its
            name or "group"; or an array `(n, k)`, whose columns are called "group 0" and so on.
        argument: its name, for messages.

    Raises:
        InputError: if two columns have one name, or one has none.
    """
    if groups is None:
        return {}
    groups = as_pandas(groups)
    if isinstance(groups, pd.DataFrame):
        pairs = [(_text(name), groups.iloc[:, place]) for place, name in enumerate(groups.columns)]
    elif isinstance(groups, Mapping):
        pairs = [(_text(name), column) for name, column in groups.items()]
    elif isinstance(groups, pd.Series):
        pairs = [(_UNNAMED if groups.name is None else _text(groups.name), groups)]
    else:
        pairs = _of_array(as_array(groups, argument))
    columns: dict[str, Any] = {}
    for name, column in pairs:
        name = clean_name(name)
        if not name or name in columns:
            what = f"two columns are called {visible(name)}" if name else "a column has no name"
            raise InputError(f"{argument}: {what}; expected names that are all different.")
        columns[name] = column
    if not columns:
        raise InputError(f"{argument}: has no columns; leave it out for one group of all rows.")
    return columns


def _of_array(array: np.ndarray) -> list[tuple[str, Any]]:
    if array.ndim == 2 and array.shape[1] > 1:
        return [(f"{_UNNAMED} {place}", array[:, place]) for place in range(array.shape[1])]
    return [(_UNNAMED, array)]


def read_groups(
    columns: Mapping[str, Any], argument: str, size: int
) -> tuple[dict[str, Attribute], list[str]]:
    """Reads columns as `evaluate.py --predictions` reads those of a file.

    Args:
        columns: name -> one value a row; None, NaN and the like are unknown.
        argument: for messages.
        size: rows expected.

    Returns:
        Attributes by name, and what a reader must know of them.

    Raises:
        InputError: if a column is no column, or has another length.
    """
    attributes, notes = {}, []
    for name, column in columns.items():
        where = f'{argument}["{visible(name)}"]'
        array = as_column(column, where)
        check_length(len(array), where, size)
        cells = _cells(array, where)
        attributes[name] = as_attribute(cells)
        notes += values.notes(name, cells)
        if many_numbers(name, cells):
            many = counted(len(cells.known), "different number")
            notes.append(
                f"column {visible(name)}: {many}, of which each is a group; pandas.cut makes ranges."
            )
    return attributes, notes


def _cells(array: np.ndarray, where: str) -> Cells:
    if array.dtype == object:  # in which True would be 1
        array = array.copy()
        is_truth = np.fromiter((isinstance(value, bool | np.bool_) for value in array), bool, len(array))
        array[is_truth] = [str(value) for value in array[is_truth]]
    try:
        codes, distinct = pd.factorize(array)
    except TypeError as error:
        raise InputError(
            f"{where}: holds lists or other objects; expected one value for each row."
        ) from error
    try:
        texts = pa.array([*map(_text, distinct), ""], pa.string())
    except ValueError as error:  # of Python, which writes no number of over 4,300 digits
        raise InputError(f"{where}: holds a number of thousands of digits; give it as text.") from error
    places = pa.array(np.where(codes < 0, len(distinct), codes))
    return read_cells(pa.chunked_array([texts.take(places)]))


def _text(value: Any) -> str:
    """A value as a file would have it."""
    if isinstance(value, tuple):  # of a column under several headings
        return " ".join(map(_text, value))
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
