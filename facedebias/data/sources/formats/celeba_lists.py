"""What CelebA's lists say of its pictures, in the official text files and in copies as CSV."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from facedebias.data.sources.formats.celeba_places import WHERE, ListFile, key
from facedebias.data.sources.formats.parts import part_code
from facedebias.data.sources.formats.text_table import decoded, rows, separator_of
from facedebias.errors import InputError
from facedebias.text import counted, visible

# By their letters alone: image_id, imageId and "Image ID" are one.
_NAME_COLUMNS = {"imageid", "image", "imagename", "img", "file", "filename", "name", "path"}
_WORDS = {**dict.fromkeys(("true", "t", "yes", "y"), "1"), **dict.fromkeys(("false", "f", "no", "n"), "-1")}
_NO, _YES, _ZERO = 0, 1, 2
# Python's own reading of numbers takes 1_0, 1e1 and digits of other scripts too.
_MARK = re.compile(r"[+-]?[01](?:\.0*)?")
_LONGEST = 80  # characters of a cell that messages show
_WHOLE = re.compile(r"[0-9]{1,10}(?:\.0*)?")


Value = TypeVar("Value")


@dataclass(frozen=True)
class Listed(Generic[Value]):
    """What one list says.

    Attributes:
        where: the list; empty if there is none.
        columns: names of attributes; empty for a list of numbers.
        values: `key` of a picture -> attribute codes, one byte each, or a number. Pictures that are
            not there are left out.
        notes: what was read otherwise than it is written.
    """

    where: str
    columns: tuple[str, ...]
    values: Mapping[str, Value]
    notes: tuple[str, ...] = ()


def read_attributes(file: ListFile, pictures: Mapping[str, str]) -> Listed[bytes]:
    """Reads attributes: 1 is yes, -1 is no, and so is 0 in a list without -1.

    Args:
        file: the list.
        pictures: `key` and name of the pictures there are.

    Raises:
        InputError: if a line has another number of values or another value, or names no picture at all.
    """
    lines, is_separated, announced = _rows(file)
    header = next(lines, (0, []))[1]
    if not is_separated and not _NAME_COLUMNS.intersection(map(_letters, header)):
        header.insert(0, "image_id")  # the official header has no word above the file names
    place, columns = _attribute_columns(file, header)
    codes: dict[str, int] = {"1": _YES, "-1": _NO, "0": _ZERO}
    values: dict[str, bytes] = {}
    zeros = minuses = 0  # a line of each, for messages
    matching = _Matching(file, pictures, announced)
    for number, cells in lines:
        if len(cells) != len(header):
            raise InputError(
                f"{file.where}, line {number}: {len(cells) - 1} values for {len(columns)} attributes. "
                f"{WHERE} again."
            )
        try:
            row = bytes([codes[cells[column]] for column in columns])
        except KeyError:
            row = bytes([_code(file, number, cells[c], name, codes) for c, name in columns.items()])
        zeros = zeros or (number if _ZERO in row else 0)
        minuses = minuses or (number if _NO in row else 0)
        if zeros and minuses:
            raise InputError(
                f"{file.where}, lines {minuses} and {zeros}: values -1 and 0; expected 1 and -1, or 1 and 0. "
                f"Say which is meant by making them one, or {_lower(WHERE)} again."
            )
        matching.enter(values, number, cells[place], row.replace(bytes([_ZERO]), bytes([_NO])))
    notes = [*matching.notes(values)]
    if zeros:
        notes.append(f"{file.where} has values 0 and 1; 0 was read as no.")
    return Listed(file.where, tuple(columns.values()), values, tuple(notes))


def read_people(file: ListFile, pictures: Mapping[str, str]) -> Listed[int]:
    """Reads the number of the person in each picture.

    Raises:
        InputError: if a line is no name and number, or no line names a picture.
    """
    titles = ("identity", "identityno", "id", "celebid", "person", "personid")
    return _read_numbers(file, pictures, titles, _number, "a number")


def read_partition(file: ListFile, pictures: Mapping[str, str]) -> Listed[int]:
    """Reads the part of each picture, 0 to 2 or by name, as an index into `records.SPLITS`.

    Raises:
        InputError: likewise.
    """
    expected = "0, 1 or 2 (or train, val or test)"
    return _read_numbers(file, pictures, ("partition", "split", "set"), part_code, expected)


def _rows(file: ListFile) -> tuple[Iterator[tuple[int, list[str]]], bool, str]:
    """Line number and cells, whether anything but spaces separates them, and how many lines should follow.

    The official list of attributes has the number of pictures on its first line.
    """
    text = decoded(file.content(), file.where)
    first, _, rest = text.partition("\n")
    start, announced = 1, ""
    if first.strip().isdecimal():
        text, start, announced = rest, 2, first.strip()
    if separator_of(text) is not None:
        return rows(text, file.where, start), True, announced
    lines = ((number, line.split()) for number, line in enumerate(text.split("\n"), start))
    return ((number, cells) for number, cells in lines if cells), False, announced


def _attribute_columns(file: ListFile, header: list[str]) -> tuple[int, dict[int, str]]:
    """Number of the column of file names; number and name of the others."""
    place = next((number for number, name in enumerate(header) if _letters(name) in _NAME_COLUMNS), 0)
    # pandas writes its row numbers under no name, and reads them back under this one.
    columns = {
        number: name
        for number, name in enumerate(header)
        if number != place and name and not name.startswith("Unnamed:")
    }
    twice = [name for name, count in Counter(columns.values()).items() if count > 1]
    slashed = [name for name in columns.values() if "/" in name]
    if twice or slashed or not columns:
        what = f"two columns are called {visible(twice[0])}" if twice else "names no attributes"
        if slashed:
            what = f"its column {visible(slashed[0])} has a slash"
        raise InputError(f"{file.where}: {what}. {WHERE} again.")
    return place, columns


def _code(file: ListFile, line: int, cell: str, name: str, codes: dict[str, int]) -> int:
    """The code of a cell that may be written in another way, e.g. "+1" or "1.0"."""
    if cell not in codes:
        word = _WORDS.get(cell.lower(), cell)
        if not _MARK.fullmatch(word):
            raise InputError(
                f"{file.where}, line {line}: {visible(name)} is '{_short(cell)}'; expected 1 or -1. Mend or "
                f"remove the line, or the column if it is no attribute, or {_lower(WHERE)} again."
            )
        codes[cell] = {1: _YES, -1: _NO, 0: _ZERO}[int(float(word))]
    return codes[cell]


def _read_numbers(
    file: ListFile,
    pictures: Mapping[str, str],
    titles: Sequence[str],
    convert: Callable[[str], int | None],
    expected: str,
) -> Listed[int]:
    values: dict[str, int] = {}
    matching = _Matching(file, pictures)
    place, column, width = 0, 1, 2
    for count, (number, cells) in enumerate(_rows(file)[0]):
        heads = [_letters(cell) for cell in cells]
        titled = [title for title in titles if title in heads]
        if count == 0 and titled:
            place = next((i for i, name in enumerate(heads) if name in _NAME_COLUMNS), 0)
            column, width = heads.index(titled[0]), len(cells)
            continue
        value = convert(cells[column]) if len(cells) == width else None
        if value is None:
            raise InputError(
                f"{file.where}, line {number}: '{_short(' '.join(cells))}'; expected a file name and "
                f"{expected}. {WHERE} again."
            )
        matching.enter(values, number, cells[place], value)
    return Listed(file.where, (), values, tuple(matching.notes(values)))


def _number(cell: str) -> int | None:
    if not _WHOLE.fullmatch(cell):
        return None
    number = int(cell.partition(".")[0])
    return number if number < 2**31 else None


class _Matching:
    """Matches the names of a list with those of the pictures."""

    def __init__(self, file: ListFile, pictures: Mapping[str, str], announced: str = ""):
        self._file, self._pictures, self._announced = file, pictures, announced
        self._num_lines = self._num_absent = 0
        self._first = ""

    def enter(self, values: dict[str, Value], line: int, name: str, value: Value) -> None:
        self._num_lines += 1
        self._first = self._first or name
        found = key(name)
        if found not in self._pictures:
            self._num_absent += 1
        elif values.setdefault(found, value) != value:
            raise InputError(
                f"{self._file.where}, line {line}: {visible(name)} comes twice and differs. Remove one of "
                "the lines."
            )

    def notes(self, values: Mapping[str, object]) -> list[str]:
        if not values:
            example = visible(next(iter(self._pictures.values()), "none"))
            raise InputError(
                f"{self._file.where}: none of its {counted(self._num_lines, 'line')} names a picture that is "
                f"there (it names '{visible(self._first)}', a picture is {example}). Give the list of these "
                "pictures, or move it elsewhere."
            )
        notes = []
        if self._announced and self._announced.lstrip("0") != str(self._num_lines):
            notes.append(
                f"{self._file.where} says that it has {_short(self._announced)} pictures, but has "
                f"{self._num_lines:,}; it may be cut off."
            )
        if self._num_absent:
            name = "names a picture that is" if self._num_absent == 1 else "name pictures that are"
            notes.append(f"{counted(self._num_absent, 'line')} of {self._file.where} {name} not there.")
        return notes


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


def _short(text: str) -> str:
    return visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
