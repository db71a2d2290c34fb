"""What an attribute classifier tells apart: faces with one value of an attribute, and faces with another."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from facedebias.data.face_columns import FACE, Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

POSITIVE, NEGATIVE, NEITHER = 1, 0, -1
_NO, YES = "no", "yes"
_FORM = "expected an attribute as Attractive, or an attribute and its positive value as gender=Female"


class Table(Protocol):
    """Rows whose attributes are known; a `FaceDataset`, and any other pictures that an audit opens."""

    path: Path

    def rows(self, label: int | None = None, split: str | None = None) -> np.ndarray:
        """Rows with this label and split, ascending."""
        ...

    def attribute(self, name: str) -> Attribute:
        """The attribute of that name, or an `InputError` that lists those there are."""
        ...


@dataclass(frozen=True)
class Target:
    """A value of an attribute, to be told from the attribute's other values.

    Attributes:
        name: of the attribute.
        value: the positive one; empty for "yes" of an attribute that is "no" or "yes".
    """

    name: str
    value: str = ""

    def __str__(self) -> str:
        """As the flag takes it."""
        return f"{self.name}={self.value}" if self.value else self.name


def parse(text: str) -> Target:
    """A target from "NAME" or "NAME=VALUE".

    Raises:
        InputError: if it is something else.
    """
    # Values may hold a "=", names may not.
    name, equals, value = text.partition("=")
    if not name or (equals and not value):
        raise InputError(f"--target={text}: {_FORM}.")
    return Target(name, value)


def resolve(table: Table, text: str) -> Target:
    """A target whose value is named and exists.

    Args:
        table: what has the attribute.
        text: "NAME" or "NAME=VALUE".

    Raises:
        InputError: if the table does not have the attribute or the value, or a value must be chosen.
    """
    target = parse(text)
    values = table.attribute(target.name).values
    listed = ", ".join(values) or "none"
    if not target.value:
        if set(values) == {_NO, YES}:
            return Target(target.name, YES)
        example = values[0] if values else "VALUE"
        raise InputError(
            f"--target={text}: the values of {target.name!r} in {table.path} are {listed}; expected no and "
            f"yes. Say which value is positive, e.g. --target {target.name}={example}."
        )
    if target.value not in values:
        raise InputError(
            f"--target={text}: {table.path} has no value {target.value!r} of {target.name!r}; its values are "
            f"{listed}. Choose one of them."
        )
    return target


def target_labels(table: Table, target: str) -> np.ndarray:
    """Whether each row is what the target names.

    Args:
        table: `n` rows.
        target: "NAME=VALUE"; "NAME" alone for an attribute that is "no" or "yes".

    Returns:
        int8 `(n,)`: 1 for faces with that value of the attribute, 0 for faces with any other,
        -1 for faces of which it is unknown and for rows that are no faces.

    Raises:
        InputError: as `resolve`.
    """
    resolved = resolve(table, target)
    attribute = table.attribute(resolved.name)
    faces = table.rows(FACE)
    codes = attribute.codes[faces]
    labels = np.full(len(attribute.codes), NEITHER, np.int8)
    is_positive = codes == attribute.values.index(resolved.value)
    labels[faces] = np.where(codes == UNKNOWN, NEITHER, np.where(is_positive, POSITIVE, NEGATIVE))
    return labels
