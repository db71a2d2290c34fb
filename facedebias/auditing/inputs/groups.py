"""Divides rows into groups by what is known about them."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.inputs.sample import Sample
from facedebias.configuration.setting_names import setting
from facedebias.data.face_columns import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

SHARED = -1  # a row that every group is compared with
LEFT_OUT = -2  # a row that counts nowhere
MOST_GROUPS = 1000
_BARE = {"no", "yes", "false", "true", "nein", "ja", "non", "oui", "sí", "si", "não", "sim"}
_BARE |= {"falsch", "wahr", "faux", "vrai", "нет", "да", "否", "是", "いいえ", "はい", "negative", "positive"}
_BARE |= {"absent", "present"}
_BARE_PAIRS = [{"n", "y"}, {"f", "t"}]  # unlike F and M, which say what they are
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
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

    Rows of which any of the attributes is unknown are in no group. No two groups have one name.

    Args:
        attributes: name -> values of the same rows; at least one.
        is_shared: bool `(n,)`, rows that need no group.

    Raises:
        InputError: if no row is in a group, or there are more than `MOST_GROUPS`.
    """
    columns = [attribute.codes.astype(np.int64) for attribute in attributes.values()]
    for name, column in zip(attributes, columns, strict=True):
        if not (column != UNKNOWN).any():
            raise InputError(f"{setting('groups', name)}: not known of any row; choose another attribute.")
    known = np.logical_and.reduce([column != UNKNOWN for column in columns]) & ~is_shared
    if not known.any():
        raise InputError(f"{setting('groups', tuple(attributes))}: no row has all of them; choose fewer.")
    present, found = _combinations(attributes, [column[known] for column in columns])
    if len(present) > MOST_GROUPS:
        raise InputError(
            f"{setting('groups', tuple(attributes))}: {len(present):,} combinations have rows; expected at "
            f"most {MOST_GROUPS:,} groups. Choose fewer or coarser attributes."
        )
    codes = np.where(is_shared, SHARED, LEFT_OUT)
    codes[known] = found
    notes = _notes(attributes, present, int(np.sum(codes == LEFT_OUT)))
    return Groups(tuple(attributes), _names(attributes, present), codes, notes)


def num_combinations(attributes: Mapping[str, Attribute]) -> int:
    """How many combinations of known values occur; what is unknown counts as one more value."""
    columns = [attribute.codes.astype(np.int64) + 1 for attribute in attributes.values()]
    widened = {name: Attribute(a.codes, ("", *a.values)) for name, a in attributes.items()}
    present, _ = _combinations(widened, columns)
    return sum(all(codes) for codes in present)


def _combinations(
    attributes: Mapping[str, Attribute], columns: list[np.ndarray]
) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Combinations of codes that occur, in order, and the place among them of each row.

    One column is taken in after another, so that combinations without rows cost nothing.
    """
    present: list[tuple[int, ...]] = [()]
    found = np.zeros(len(columns[0]), np.int64)
    for attribute, column in zip(attributes.values(), columns, strict=True):
        size = len(attribute.values)
        cells, found = np.unique(found * size + column, return_inverse=True)
        present = [(*present[cell // size], cell % size) for cell in cells.tolist()]
    return present, found


def _names(attributes: Mapping[str, Attribute], present: list[tuple[int, ...]]) -> tuple[str, ...]:
    """A name for each combination, no two the same: "Black Female", with columns where needed."""
    names = _joined(_labels(attributes), present)
    if len(set(names)) < len(names):  # as "Black African" + "American" and "Black" + "African American"
        names = _joined(_labels(attributes, with_columns=True), present)
    times = Counter(names)
    taken: Counter[str] = Counter()
    for index, name in enumerate(names):
        if times[name] > 1:
            taken[name] += 1
            names[index] = f"{name} ({taken[name]})"
    return tuple(names)


def _joined(labels: list[list[str]], combinations: Iterable[tuple[int, ...]]) -> list[str]:
    return [" ".join(labels[i][code] for i, code in enumerate(codes)) for codes in combinations]


def _labels(attributes: Mapping[str, Attribute], with_columns: bool = False) -> list[list[str]]:
    """Value names as a reader needs them: "yes" or "3" alone does not say what is so."""
    values = [value for attribute in attributes.values() for value in attribute.values]
    with_columns |= len(set(values)) < len(values)
    return [
        [
            f"{name}={value}" if with_columns or _is_bare(value, attribute.values) else value
            for value in attribute.values
        ]
        for name, attribute in attributes.items()
    ]


def _is_bare(value: str, values: Sequence[str]) -> bool:
    if {other.lower() for other in values} in _BARE_PAIRS:
        return True
    has_letters = any(char.isalnum() for char in value)
    return value.lower() in _BARE or not has_letters or _NUMBER.fullmatch(value) is not None


def _notes(
    attributes: Mapping[str, Attribute], present: list[tuple[int, ...]], num_unknown: int
) -> tuple[str, ...]:
    notes = []
    sizes = [len(attribute.values) for attribute in attributes.values()]
    if num_absent := math.prod(sizes) - len(present):
        there = set(present)
        every = itertools.product(*map(range, sizes))
        # No more are looked at than have rows or are listed: forty columns have 10^12 combinations.
        absent = itertools.islice((codes for codes in every if codes not in there), _MOST_LISTED)
        listed = ", ".join(_joined(_labels(attributes), absent))
        more = f" and {num_absent - _MOST_LISTED:,} more" if num_absent > _MOST_LISTED else ""
        notes.append(f"no rows: {listed}{more}.")
    if num_unknown:
        notes.append(f"left out: {num_unknown:,} rows of unknown {' or '.join(attributes)}.")
    return tuple(notes)
