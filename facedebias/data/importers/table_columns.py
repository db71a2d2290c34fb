"""Columns of a table as attributes, parts and people."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.data.importers.parts import part_code
from facedebias.data.importers.table_files import Cell
from facedebias.data.records import MAX_VALUES, UNKNOWN
from facedebias.errors import InputError
from facedebias.naming import shown

_MISSING = {"", "nan", "none", "na", "n/a", "null", "<na>"}
_TRUTH = {"true": "yes", "false": "no"}
_FEW_ROWS = 20  # with more, a text that never comes twice names a picture and no group


@dataclass(frozen=True)
class Coded:
    """A column as an attribute.

    Attributes:
        codes: int8 `(num_rows,)`.
        values: their names.
        missing: words taken for unknown, and how often.
        was_truth: whether true and false became yes and no.
    """

    codes: np.ndarray
    values: tuple[str, ...]
    missing: Counter[str]
    was_truth: bool = False


def coded(cells: Sequence[Cell], class_names: Sequence[str] | None, where: str) -> Coded | str:
    """Codes of a column, or why it cannot be an attribute.

    Args:
        cells: of the column.
        class_names: names of its whole numbers, if it holds these.
        where: names the column in messages.

    Raises:
        InputError: if a number has no name.
    """
    missing: Counter[str] = Counter()
    texts = [_text(cell, missing) for cell in cells]
    if class_names is not None:
        texts = [_named(text, class_names, where) for text in texts]
        return _codes(texts, tuple(dict.fromkeys(class_names)), missing)
    known = {text for text in texts if text is not None}
    if not known:
        return "it has no values"
    if {text.lower() for text in known} <= set(_TRUTH):
        texts = [None if text is None else _TRUTH[text.lower()] for text in texts]
        return _codes(texts, ("no", "yes"), missing, was_truth=True)
    numbers = {text: _number(text) for text in known}
    if all(number is not None for number in numbers.values()):
        if not all(float(number).is_integer() for number in numbers.values() if number is not None):
            return "it holds fractions"
        as_text = {text: f"{number:.0f}" for text, number in numbers.items()}
        texts = [None if text is None else as_text[text] for text in texts]
        return _codes(texts, tuple(sorted(set(as_text.values()), key=int)), missing)
    if len(known) == len(texts) > _FEW_ROWS:
        return "it differs in every row"
    return _codes(texts, tuple(sorted(known)), missing)


def parts(cells: Sequence[Cell], class_names: Sequence[str] | None, where: str) -> np.ndarray:
    """Index into `records.SPLITS` of each row, int8 `(num_rows,)`.

    Raises:
        InputError: if a cell names no part.
    """
    codes: dict[str | None, int] = {None: UNKNOWN}
    found = []
    for cell in cells:
        text = _text(cell, Counter())
        if class_names is not None:
            text = _named(text, class_names, where)
        if text not in codes:
            code = part_code(text or "")
            if code is None:
                raise InputError(
                    f"{where}: '{shown(text or '')}' is no part of a data set; expected train, val "
                    "(or validation) or test. Rename the column if it means something else."
                )
            codes[text] = code
        found.append(codes[text])
    return np.array(found, np.int8)


def people(cells: Sequence[Cell]) -> np.ndarray:
    """Number of the person in each row, int32 `(num_rows,)`."""
    numbers: dict[str, int] = {}
    texts = [_text(cell, Counter()) for cell in cells]
    return np.array(
        [UNKNOWN if text is None else numbers.setdefault(text, len(numbers)) for text in texts], np.int32
    )


def _codes(
    texts: Sequence[str | None], values: tuple[str, ...], missing: Counter[str], was_truth: bool = False
) -> Coded | str:
    if len(values) > MAX_VALUES:
        return f"it has {len(values):,} values, more than {MAX_VALUES}"
    codes: dict[str | None, int] = {value: code for code, value in enumerate(values)}
    codes[None] = UNKNOWN
    return Coded(np.array([codes[text] for text in texts], np.int8), values, missing, was_truth)


def _text(cell: Cell, missing: Counter[str]) -> str | None:
    """A cell's text in composed letters; None if it is unknown, counted if a word says so."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    text = unicodedata.normalize("NFC", str(cell)).strip()
    if text.lower() not in _MISSING:
        return text
    if text:
        missing[text] += 1
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _named(text: str | None, class_names: Sequence[str], where: str) -> str | None:
    number = None if text is None else _number(text)
    if number is None or number == UNKNOWN:
        return None
    if not (number.is_integer() and 0 <= number < len(class_names)):
        raise InputError(
            f"{where}: {number:g} is none of its {len(class_names)} classes. Mend the table or its metadata."
        )
    return class_names[int(number)]
