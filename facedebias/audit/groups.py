"""Divides rows into groups by what is known about them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facedebias.data.face_file import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

_YES_NO = {"no", "yes"}
_MOST_LISTED = 8


@dataclass(frozen=True)
class Groups:
    """A division of rows.

    Attributes:
        names: of the groups that have rows.
        codes: int64 `(num_rows,)`, indices into `names`, -1 for rows in no group.
        notes: what a reader must know about rows and groups left out.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    notes: tuple[str, ...] = ()


def single_group(num_rows: int) -> Groups:
    """All rows in one group."""
    return Groups(("all",), np.zeros(num_rows, np.int64))


def intersect(attributes: Mapping[str, Attribute]) -> Groups:
    """One group for each combination of values that has rows, e.g. "Black Female".

    Rows of which any of the attributes is unknown are in no group.

    Args:
        attributes: name -> values of the same rows; at least one.

    Raises:
        InputError: if no row is in a group.
    """
    shape = [len(attribute.values) for attribute in attributes.values()]
    columns = [attribute.codes.astype(np.int64) for attribute in attributes.values()]
    for name, column in zip(attributes, columns, strict=True):
        if not (column != UNKNOWN).any():
            raise InputError(f"--groups={name}: not known of any face; choose another attribute.")
    known = np.logical_and.reduce([column != UNKNOWN for column in columns])
    if not known.any():
        raise InputError(f"--groups={','.join(attributes)}: no face has all of them; choose fewer.")
    cells = np.full(len(known), UNKNOWN)
    cells[known] = np.ravel_multi_index([column[known] for column in columns], shape)
    names = [" ".join(parts) for parts in itertools.product(*_labels(attributes))]
    present, codes = np.unique(cells[known], return_inverse=True)
    cells[known] = codes
    notes = _notes(
        attributes, [name for i, name in enumerate(names) if i not in present], int((~known).sum())
    )
    return Groups(tuple(names[i] for i in present), cells, notes)


def _labels(attributes: Mapping[str, Attribute]) -> list[list[str]]:
    """Value names as a reader needs them: "yes" alone does not say what is so."""
    values = [value for attribute in attributes.values() for value in attribute.values]
    ambiguous = len(set(values)) < len(values)
    return [
        [f"{name}={value}" if ambiguous or value in _YES_NO else value for value in attribute.values]
        for name, attribute in attributes.items()
    ]


def _notes(attributes: Mapping[str, Attribute], absent: list[str], num_unknown: int) -> tuple[str, ...]:
    notes = []
    if absent:
        more = f" and {len(absent) - _MOST_LISTED} more" if len(absent) > _MOST_LISTED else ""
        notes.append(f"no rows: {', '.join(absent[:_MOST_LISTED])}{more}.")
    if num_unknown:
        notes.append(f"left out: {num_unknown:,} faces of unknown {' or '.join(attributes)}.")
    return tuple(notes)
