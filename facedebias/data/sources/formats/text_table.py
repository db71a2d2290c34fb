"""Text files of rows and columns as people have them: encodings, line ends, separators."""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from facedebias.errors import InputError

_SEPARATORS = ",;\t|"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decoded(content: bytes, where: str) -> str:
    """Text of a file: UTF-8, or UTF-16 with its mark, with every kind of line end made a newline.

    Raises:
        InputError: if it is neither.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeError:
        raise InputError(f"{where}: is not text in UTF-8. Save it again in this encoding.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> str:
    """Text of the file at `path`, as `decoded`.

    Raises:
        InputError: if it is no text.
    """
    return decoded(path.read_bytes(), str(path))


def separator_of(text: str) -> str | None:
    """What separates columns: the commonest of comma, semicolon, tab and bar in the first line, if any."""
    first = text.lstrip("\n").partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    return separator if separator in first else None


def rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row that is not blank, without spaces around the cells.

    Raises:
        InputError: if the quotes do not fit.
    """
    reader = csv.reader(io.StringIO(text), delimiter=separator_of(text) or ",", strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(f"{where}, line {reader.line_num}: {error}. Mend the quotes.") from None
