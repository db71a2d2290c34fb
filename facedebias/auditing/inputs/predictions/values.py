"""Cells of group columns as values: one spelling each, unknown ones apart, in a sensible order."""

import contextlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.files.wording import listed, shown
from facedebias.text import counted

# Spellings by which programs mark what they do not know, in lower case: pandas, R, SQL, spreadsheets, C.
_MARKS = {
    "nan",
    "-nan",
    "na",
    "n/a",
    "null",
    "nat",
    "pd.na",
    "#n/a",
    "#n/a n/a",
    "#na",
    "#nv",
    "#n/d",
    "#null!",
}
_MARKS |= {"na_character_", "na_integer_", "na_real_", "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind"}
_EXACT_MARKS = {"", "None", "\\N"}  # "none" may be a group, as of beards
_IN_BRACKETS = re.compile(r"[(\[<{](.*)[)\]>}]")
# Words that may mean the same, or may be a group that people chose.
_DOUBTFUL = {"unknown", "unk", "missing", "none", "nil", "blank", "empty", "undefined", "undetermined"}
_DOUBTFUL |= {"unidentified", "unspecified", "undisclosed", "not specified", "not known", "not available"}
_DOUBTFUL |= {"not stated", "not given", "not reported", "not applicable", "not disclosed", "no answer"}
_DOUBTFUL |= {"no data", "no response", "prefer not to say", "prefer not to answer", "refused", "declined"}
_DOUBTFUL |= {"n.a.", "n/k", "tbd", "nd", "#value!", "#ref!", "#div/0!", "#name?", "uncertain", "unsure"}
_DOUBTFUL |= {"no value", "not a number", "k.a.", "k. a.", "keine angabe", "nicht angegeben", "sin datos"}
_DOUBTFUL |= {"non renseigné", "non précisé", "non specificato", "no especificado", "未知", "不明", "不详"}
_DOUBTFUL_WORDS = {"unknown", "unspecified", "undisclosed", "undetermined", "unidentified", "unbekannt"}
_DOUBTFUL_WORDS |= {"inconnu", "inconnue", "desconocido", "desconocida", "desconhecido", "sconosciuto"}
_DOUBTFUL_WORDS |= {"неизвестно", "неизвестный", "bilinmiyor", "okänd", "onbekend", "nieznany"}
_SENTINELS = {"-1", "-9", "-99", "-999", "-9999", "999", "9999"}
# Letters of two alphabets that look the same, as on a keyboard that was switched.
_TWINS = str.maketrans("АВЕКМНОРСТУХаеорсухіІјЈѕЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTYXaeopcyxiIjJsSABEZHIKMNOPTYXo")
_DECIMAL = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")
_SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015]+")
_MOST_LISTED = 5


@dataclass(frozen=True)
class Cells:
    """A column's cells by their values.

    Attributes:
        texts: each spelling in the file.
        values: its value, "" where unknown, for each spelling.
        counts: rows of each spelling.
        codes: int64 `(num_rows,)`, indices into those.
    """

    texts: list[str]
    values: list[str]
    counts: list[int]
    codes: np.ndarray

    @property
    def known(self) -> list[str]:
        """The values, each once, in order: numbers by size, then texts, with numbers in them by size."""
        return sorted({value for value in self.values if value}, key=_order)


def read_cells(column: pa.ChunkedArray) -> Cells:
    """Cleans a column: texts as `clean_name` has them, 1.0 read as 1, marks of unknown found."""
    encoded = pc.dictionary_encode(pa.concat_arrays(column.chunks))
    texts = encoded.dictionary.to_pylist()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes, minlength=len(texts)).tolist()
    return Cells(texts, [_clean(text) for text in texts], counts, codes)


def is_unknown(text: str) -> bool:
    """Whether a text marks a cell of which nothing is known, as "nan" or a blank one."""
    text = text.strip()
    return text in _EXACT_MARKS or _without_brackets(text.lower()) in _MARKS


def _without_brackets(text: str) -> str:
    inside = _IN_BRACKETS.fullmatch(text)
    return inside[1].strip() if inside else text


def as_number(text: str) -> float | None:
    """The finite number that a text spells; None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    # Python takes 0_5 for 5.
    return number if "_" not in text and np.isfinite(number) else None


def notes(name: str, cells: Cells, in_ranges: bool = False) -> list[str]:
    """What a reader must know about how a column's cells were read.

    Args:
        name: of the column.
        cells: its cells.
        in_ranges: whether they are numbers that are grouped by ranges.
    """
    found = [*_unknown_note(name, cells), *_merged_note(name, cells)]
    numbers: Counter[str] = Counter()
    for value, number in zip(cells.values, cells.counts, strict=True):
        numbers[value] += number
    return found + doubts(name, {value: numbers[value] for value in cells.known}, in_ranges)


def doubts(name: str, rows: Mapping[str, int], in_ranges: bool = False) -> list[str]:
    """What to ask about a column's values: may two be one, or may one mean that nothing is known?

    Args:
        name: of the column or attribute.
        rows: its values, each with the number of rows that have it.
        in_ranges: whether they are numbers that are grouped by ranges.
    """
    found = []
    for alike in [] if in_ranges else _look_alike(list(rows)):
        found.append(
            f"column {shown(name)}: {listed(alike)} look alike (case, spaces, hyphens, zeros, alphabet) and "
            "are kept apart; if they are one group, spell them alike."
        )
    doubtful = [value for value in rows if _is_doubtful(value, list(rows))]
    if doubtful:
        number = sum(rows[value] for value in doubtful)
        stay = "stays a group" if len(doubtful) == 1 else "stay groups"
        if in_ranges:
            stay = "counts in its range"
        found.append(
            f"column {shown(name)}: {listed(doubtful)} ({counted(number, 'row')}) {stay}; if it "
            "means that nobody knows, leave those cells empty."
        )
    return found


def _clean(text: str) -> str:
    if is_unknown(text):
        return ""
    text = clean_name(text)
    if not _DECIMAL.fullmatch(text):
        return text
    text = text.lstrip("+")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _order(value: str) -> tuple[Any, ...]:
    number = as_number(value)
    if number is not None:
        return (0, number, (), value)
    parts = re.split(r"([0-9]+)", value)
    return (1, 0.0, tuple(_size(part) if i % 2 else (-1, part) for i, part in enumerate(parts)), value)


def _size(digits: str) -> tuple[int, str]:
    """In the order of numbers, without making one: Python refuses those of 4,300 digits."""
    significant = digits.lstrip("0")
    return len(significant), significant


def _unknown_note(name: str, cells: Cells) -> list[str]:
    marks: Counter[str] = Counter()
    for text, value, number in zip(cells.texts, cells.values, cells.counts, strict=True):
        if not value:
            marks[shown(text.strip()) or "blank"] += number
    if not marks:
        return []
    by_mark = ", ".join(f"{mark} {number:,}" for mark, number in marks.most_common())
    return [f"column {shown(name)}: unknown in {counted(marks.total(), 'row')} (marked {by_mark})."]


def _merged_note(name: str, cells: Cells) -> list[str]:
    spellings = defaultdict(list)
    for text, value in zip(cells.texts, cells.values, strict=True):
        spellings[value].append(text)
    merged = [value for value in cells.known if len(spellings[value]) > 1]
    if not merged:
        return []
    texts = [f"{shown(value)} ({len(spellings[value])} spellings)" for value in merged]
    return [
        f"column {shown(name)}: spellings that differ in Unicode form, kind of space, outer spaces or as 1 "
        f"and 1.0 do were read as one: {listed(texts, _MOST_LISTED)}."
    ]


def _look_alike(values: Sequence[str]) -> list[list[str]]:
    folded = defaultdict(list)
    for value in values:
        folded[_folded(value)].append(value)
    return [alike for alike in folded.values() if len(alike) > 1]


def _folded(value: str) -> str | Decimal:
    """The same for values that look alike: a number for codes such as 01 and 1."""
    if as_number(value) is not None:
        with contextlib.suppress(InvalidOperation):  # of an exponent of twenty digits
            return Decimal(value)  # exact, as codes may have twenty digits
    seen = "".join(c for c in value if unicodedata.category(c) != "Cf")
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", seen).translate(_TWINS)).casefold()


def _is_doubtful(value: str, values: Sequence[str]) -> bool:
    if value in _SENTINELS:
        return _lies_apart(value, values)
    text = _without_brackets(value.lower())
    return (
        text in _DOUBTFUL
        or not _DOUBTFUL_WORDS.isdisjoint(re.findall(r"\w+", text))
        or all(c in "_" or unicodedata.category(c).startswith("P") for c in value)
    )


def _lies_apart(sentinel: str, values: Sequence[str]) -> bool:
    """Whether a number is no neighbour of the others, as 999 is of 998."""
    others = [number for value in values if value != sentinel and (number := as_number(value)) is not None]
    if sentinel == "-1" and set(values) <= {"-1", "1"}:
        return False  # it means no, as in CelebA
    if sentinel == "-1":
        return all(number >= 0 for number in others)
    return all(abs(number - float(sentinel)) > 1 for number in others)
