"""Divides rows into groups by what is known about them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facedebias.audit.sample import Sample
from facedebias.data.face_file import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

SHARED = -1  # a row that every group is compared with
LEFT_OUT = -2  # a row that counts nowhere
_YES_NO = {"no", "yes"}
_MOST_LISTED = 8


@dataclass(frozen=True)
class Groups:
    """A division of rows.

    Attributes:
        attributes: whose combinations the groups are; empty for one group.
        names: of the groups that have rows.
        codes: int64 `(num_rows,)`, indices into `names`, `SHARED` or `LEFT_OUT`.
        notes: what a reader must know about rows and groups left out.
    """

    attributes: tuple[str, ...]
    names: tuple[str, ...]
    codes: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def is_counted(self) -> np.ndarray:
        """Bool `(num_rows,)`: rows in a group, and shared ones."""
        return self.codes != LEFT_OUT


def divide(sample: Sample, names: tuple[str, ...]) -> Groups:
    """Divides a sample by some of its attributes; by none, into one group.

    Raises:
        InputError: if an attribute does not exist, or no row is in a group.
    """
    if not names:
        return Groups((), ("all",), np.where(sample.is_shared, SHARED, 0))
    if missing := [name for name in names if name not in sample.attributes]:
        known = ", ".join(sorted(sample.attributes)) or "none at all"
        raise InputError(f"{sample.data}: no attribute {missing[0]!r}; the file has {known}.")
    return intersect({name: sample.attributes[name] for name in names}, sample.is_shared)


def intersect(attributes: Mapping[str, Attribute], is_shared: np.ndarray) -> Groups:
    """One group for each combination of values that has rows, e.g. "Black Female".

    Rows of which any of the attributes is unknown are in no group.

    Args:
        attributes: name -> values of the same rows; at least one.
        is_shared: bool `(n,)`, rows that need no group.

    Raises:
        InputError: if no row is in a group.
    """
    shape = [len(attribute.values) for attribute in attributes.values()]
    columns = [attribute.codes.astype(np.int64) for attribute in attributes.values()]
    for name, column in zip(attributes, columns, strict=True):
        if not (column != UNKNOWN).any():
            raise InputError(f"--groups={name}: not known of any row; choose another attribute.")
    known = np.logical_and.reduce([column != UNKNOWN for column in columns]) & ~is_shared
    if not known.any():
        raise InputError(f"--groups={','.join(attributes)}: no row has all of them; choose fewer.")
    cells = np.ravel_multi_index([column[known] for column in columns], shape)
    names = [" ".join(parts) for parts in itertools.product(*_labels(attributes))]
    present, found = np.unique(cells, return_inverse=True)
    codes = np.where(is_shared, SHARED, LEFT_OUT)
    codes[known] = found
    absent = [name for i, name in enumerate(names) if i not in present]
    notes = _notes(attributes, absent, int(np.sum(codes == LEFT_OUT)))
    return Groups(tuple(attributes), tuple(names[i] for i in present), codes, notes)


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
        notes.append(f"left out: {num_unknown:,} rows of unknown {' or '.join(attributes)}.")
    return tuple(notes)
