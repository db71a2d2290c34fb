"""Columns of a table as attributes, parts and people."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np

from facedebias.data.records import MAX_VALUES, UNKNOWN
from facedebias.data.sources.formats.parts import part_code
from facedebias.data.sources.formats.table_files import Cell
from facedebias.errors import InputError
from facedebias.text import visible

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
    texts, missing = _texts(cells)
    if class_names is not None:
        known = {text: _named(text, class_names, where) for text in dict.fromkeys(texts)}
        return _codes([known[text] for text in texts], tuple(dict.fromkeys(class_names)), missing)
    words = {text for text in texts if text is not None}
    if not words:
        return "it has no values"
    if {text.lower() for text in words} <= set(_TRUTH):
        texts = [None if text is None else _TRUTH[text.lower()] for text in texts]
        return _codes(texts, ("no", "yes"), missing, was_truth=True)
    numbers = {text: number for text in words if (number := _number(text)) is not None}
    if len(numbers) == len(words):
        if not all(map(_is_whole, numbers.values())):
            return "it holds fractions"
        whole = {text: str(int(number)) for text, number in numbers.items()}
        texts = [None if text is None else whole[text] for text in texts]
        return _codes(texts, tuple(sorted(set(whole.values()), key=int)), missing)
    if len(words) == len(texts) > _FEW_ROWS:
        return "it differs in every row"
    return _codes(texts, tuple(sorted(words)), missing)


def parts(cells: Sequence[Cell], class_names: Sequence[str] | None, where: str) -> np.ndarray:
    """Index into `records.SPLITS` of each row, int8 `(num_rows,)`.

    Raises:
        InputError: if a cell names no part.
    """
    texts, _ = _texts(cells)
    codes: dict[str | None, int] = {None: UNKNOWN}
    for text in dict.fromkeys(texts):
        name = text if class_names is None else _named(text, class_names, where)
        code = UNKNOWN if name is None else part_code(name)
        if code is None:
            raise InputError(
                f"{where}: '{visible(text or '')}' is no part of a data set; expected train, val "
                "(or validation) or test. Rename the column if it means something else."
            )
        codes[text] = code
    return np.array([codes[text] for text in texts], np.int8)


def people(cells: Sequence[Cell]) -> np.ndarray:
    """Number of the person in each row, int32 `(num_rows,)`."""
    numbers: dict[str, int] = {}
    found = [
        # -1 is nobody in a face file, and in many lists.
        UNKNOWN if text in {None, "-1"} else numbers.setdefault(text, len(numbers))
        for text in _texts(cells)[0]
    ]
    return np.array(found, np.int32)


def _codes(
    texts: Sequence[str | None], values: tuple[str, ...], missing: Counter[str], was_truth: bool = False
) -> Coded | str:
    if len(values) > MAX_VALUES:
        return f"it has {len(values):,} values, more than {MAX_VALUES}"
    codes: dict[str | None, int] = {value: code for code, value in enumerate(values)}
    codes[None] = UNKNOWN
    return Coded(np.array([codes[text] for text in texts], np.int8), values, missing, was_truth)


def _texts(cells: Sequence[Cell]) -> tuple[list[str | None], Counter[str]]:
    """Cells as text in composed letters, None where unknown; and the words that say so, counted."""
    if bool in set(map(type, cells)):
        cells = [cell if cell is None else str(cell) for cell in cells]  # True would equal 1
    texts = {cell: _text(cell) for cell in dict.fromkeys(cells)}
    found = [texts[cell] for cell in cells]
    if None not in texts.values():
        return found, Counter()
    marks = (cell for cell in cells if texts[cell] is None and isinstance(cell, str) and cell.strip())
    return found, Counter(map(str, marks))


def _text(cell: Cell) -> str | None:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    text = unicodedata.normalize("NFC", str(cell)).strip()
    return None if text.lower() in _MISSING else text


def _number(text: str) -> Decimal | None:
    """The number that a text spells, exactly, as codes may have twenty digits; None for any other text."""
    try:
        # Python takes 10_19 for 1019.
        is_number = "_" not in text and math.isfinite(float(text))
        return Decimal(text) if is_number else None
    except (ValueError, InvalidOperation):  # of an exponent of twenty digits
        return None


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def _named(text: str | None, class_names: Sequence[str], where: str) -> str | None:
    number = None if text is None else _number(text)
    if number is None or number == UNKNOWN:
        return None
    if not (_is_whole(number) and 0 <= number < len(class_names)):
        raise InputError(
            f"{where}: {number:g} is none of its {len(class_names)} classes. Mend the table or its metadata."
        )
    return class_names[int(number)]
