"""Which row is which: rows are taken by position, and indexes of pandas must not speak against that."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from facedebias.errors import InputError
from facedebias.text import visible


class Rows:
    """The rows that all arguments describe, in the order in which they stand.

    Args:
        size: how many there are.
        given: argument -> what was given for it; columns and frames of pandas have an index.

    Raises:
        InputError: if two of them have different indexes.
    """

    def __init__(self, size: int, given: Mapping[str, Any]):
        self.size = size
        known = {
            name: value.index for name, value in given.items() if isinstance(value, pd.Series | pd.DataFrame)
        }
        first = next(iter(known), "")
        for name, index in known.items():
            _check_same(first, known[first], name, index)
        self._index = known.get(first)
        if isinstance(self._index, pd.RangeIndex) and self._index.equals(pd.RangeIndex(size)):
            self._index = None  # says no more than the position

    def locate(self, row: int) -> str:
        """A row in words: its position, from 0, and its index if that is another."""
        named = "" if self._index is None else f" (index {visible(str(self._index[row]))})"
        return f"row {row}{named}"

    def identify(self, rows: Sequence[int] | np.ndarray) -> dict[str, list[str]]:
        """Names of rows in a file; see `Sample.identify`."""
        found = {"row": [str(row) for row in rows]}
        if self._index is not None:
            found["index"] = [str(self._index[row]) for row in rows]
        return found


def check_length(size: int, argument: str, wanted: int) -> None:
    """Refuses a column of another length than `y_true`.

    Raises:
        InputError: names both.
    """
    if size != wanted:
        raise InputError(
            f"{argument}: has {size:,} rows, but y_true has {wanted:,}; expected one value for each row."
        )


def _check_same(first: str, known: pd.Index, name: str, index: pd.Index) -> None:
    if len(index) != len(known) or index.equals(known):
        return  # lengths are checked elsewhere
    row = int(np.argmin([a is b or a == b for a, b in zip(index, known, strict=True)]))
    here, there = visible(str(index[row])), visible(str(known[row]))
    raise InputError(
        f"{name}: its index differs from that of {first} (row {row}: {here} against {there}). Rows are taken "
        f"by position. Bring both into one order, e.g. with .loc[{first}.index], or give the values alone "
        "with .to_numpy() if the order is the same."
    )
