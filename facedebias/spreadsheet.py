"""CSV that people open in a spreadsheet: text in it stays text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from facedebias.text import visible

# What a spreadsheet takes for the beginning of a formula, also in full width. Where a semicolon
# separates cells, one begins behind it, and quotes open a cell. Apostrophes count, so that no two
# texts become the same.
_FORMULA = re.compile(r"(^|;)(?=[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TEXT_MARK = r"\1'"


def cell(text: str) -> str:
    """A text as a cell holds it: on one line, nothing hidden, no formula.

    An apostrophe stands before what would begin a formula, as OWASP advises for CSV. Plain numbers
    stay as they are.

    Args:
        text: anything, e.g. the name of a group.
    """
    seen = visible(text)
    return seen if _NUMBER.fullmatch(seen) else _FORMULA.sub(_TEXT_MARK, seen)


def as_csv(rows: Iterable[Sequence[str | float]]) -> str:
    """Rows as CSV: texts as `cell` has them, numbers as they are."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([cell(value) if isinstance(value, str) else value for value in row])
    return text.getvalue()
