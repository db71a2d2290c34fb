"""Text files of rows and columns as people have them: encodings, line ends, separators."""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from facedebias.errors import InputError
from facedebias.reading.files import read_bytes
from facedebias.reading.unpacking import check_lines

_MOST_BYTES = 256 << 20  # ten times CelebA's largest list; as text it takes several times as much
_SEPARATORS = ",;\t|"
# That of UTF-16 begins that of UTF-32.
_MARKS = (
    *((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
_MARK = "\ufeff"


def decoded(content: bytes, where: str) -> str:
    """Text of a file: UTF-8, or UTF-16 or 32 with its mark, with every kind of line end made a newline.

    Byte order marks are taken off, also those at the beginnings of lines, where files were joined.

    Raises:
        InputError: if it is neither, by the line.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = _lines_before(content[: error.start]) if encoding == "utf-8" else 1
        raise InputError(
            f"{where}, line {line}: is not {encoding.upper()} text. Save the file again in UTF-8."
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip(_MARK)
    if _MARK in text:
        text = "\n".join(line.lstrip(_MARK) for line in text.split("\n"))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(
            f"{where}, line {line}: holds a zero byte, so it is no text. Save the file again in UTF-8."
        )
    return text


def read_text(path: Path, named: str = "") -> str:
    """Text of the file at `path`, as `decoded`.

    Args:
        path: of the file.
        named: what messages call it; the path if it is empty.

    Raises:
        InputError: if it is no text, no file, or too large.
    """
    return decoded(read_bytes(path, named, _MOST_BYTES), named or str(path))


def separator_of(text: str) -> str | None:
    """What separates columns: the commonest of comma, semicolon, tab and bar in the first line, if any."""
    first = text.lstrip("\n").partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    return separator if separator in first else None


def rows(text: str, where: str, start: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row that is not blank, without spaces around the cells.

    Args:
        text: what `decoded` gave.
        where: what messages call the file.
        start: number of the text's first line.

    Raises:
        InputError: if the quotes do not fit, or a cell is too long.
    """
    check_lines(text, where)
    reader = csv.reader(io.StringIO(text), delimiter=separator_of(text) or ",", strict=True)
    begin = start
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num + start - 1, cells
            begin = reader.line_num + start
    except csv.Error as error:
        reason = str(error)
        if "field limit" in reason:
            reason = (
                f"a cell of over {csv.field_size_limit():,} characters, as after a quote that is not closed"
            )
        raise InputError(f"{where}, line {begin}: {reason}. Mend the quotes.") from None


def cell(row: list[str], place: int) -> str:
    """A cell of a row, empty behind its end.

    Rows are not filled up: a long first line would make every row as long.

    Args:
        row: its cells.
        place: of the column, from 0.
    """
    return row[place] if place < len(row) else ""


def _lines_before(content: bytes) -> int:
    """Number of the line that begins or goes on behind these bytes."""
    return content.count(b"\n") + content.replace(b"\r\n", b"\n").count(b"\r") + 1
