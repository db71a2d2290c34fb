"""FairFace: `fairface:DIR`.

DIR holds `fairface_label_train.csv` and `fairface_label_val.csv` (columns file, age, gender,
race, ...) and the pictures they name, under `train/` and `val/`, perhaps in a folder in DIR. The chips
with a margin of 0.25 are taken whole. Of those with a margin of 1.25, known by their 448 pixels, the
same part is cut out.
Values that a spreadsheet has turned into dates are read, and a note counts them.

K. Karkkainen and J. Joo, FairFace, WACV 2021.
"""

import functools
import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facedebias.data.records import SPLITS, ImportOptions, Record, Source
from facedebias.data.sources.formats.chips import framed, framing_notes, held_to, side_of
from facedebias.data.sources.formats.fairface_labels import AGES, ATTRIBUTES, GENDERS, code_of
from facedebias.data.sources.formats.picture_files import existing_folder, load_picture
from facedebias.data.sources.formats.text_table import cell, read_text, rows
from facedebias.data.sources.formats.tree import Tally, subfolders, walk
from facedebias.errors import InputError
from facedebias.reading.files import exists_as_file, leads_out
from facedebias.text import counted, listed, visible

__all__ = ["AGES", "GENDERS", "open_source"]

_PARTS = ("train", "val")
_FILE = "file"
_WHERE = "Get it from https://github.com/joojs/fairface"
_ADVICE = (
    "Give FairFace's chips as they are published, of 224x224 pixels (margin 0.25) or of 448x448 (margin "
    "1.25), but not both together."
)
_LONGEST = 80  # characters of a cell that messages show
_NUM_TRIED = 200  # names of pictures that are looked for, to find the folder that they are relative to


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens FairFace: faces with race (7 values), gender and age bucket."""
    folder = existing_folder("fairface", location)
    if options.split == "test":
        raise InputError(
            f"fairface:{location}: FairFace has no labelled test part. "
            "Use --split val; it is the part that results are reported on."
        )
    seen: dict[str, str] = {}
    parts = [_Part.of(folder, part, seen) for part in ([options.split] if options.split else _PARTS)]
    names = list(seen)
    notes = [note for part in parts for note in part.notes]
    home = _home(folder, names, notes)
    for part in parts:
        notes += _unlisted(home / part.name, {file for file, _ in part.entries})
    side = side_of(f"fairface:{location}", home, names, _ADVICE)
    crop = held_to(side, framed)
    notes += framing_notes(side, len(names))

    def records() -> Iterator[Record]:
        for part in parts:
            for name, codes in part.entries:
                load = functools.partial(load_picture, home / name, options.size, crop)
                attributes = dict(zip(ATTRIBUTES, codes, strict=True))
                yield Record(load, visible(name), attributes, SPLITS.index(part.name))

    return Source("fairface", len(names), records, ATTRIBUTES, tuple(notes))


@dataclass(frozen=True)
class _Part:
    """One of the lists: file names with the codes of their attributes, one byte each; and notes on it."""

    name: str
    entries: list[tuple[str, bytes]]
    notes: list[str]

    @classmethod
    def of(cls, folder: Path, name: str, seen: dict[str, str]) -> "_Part":
        path = folder / f"fairface_label_{name}.csv"
        if not path.exists():
            others = [part for part in _PARTS if (folder / f"fairface_label_{part}.csv").exists()]
            way_out = f", or take only --split {others[0]}" if others else ""
            raise InputError(f"{path}: no such file. {_WHERE}{way_out}.")
        found = _Rows(path, seen)
        return cls(name, list(found), found.notes())


class _Rows:
    """The rows of a list, and what was written otherwise than FairFace writes it.

    Args:
        path: the list.
        seen: file names of all lists and where they were named; the rows are entered.
    """

    def __init__(self, path: Path, seen: dict[str, str]):
        self._path, self._seen = path, seen
        self._width = 0  # columns of the first line
        self._respelled: dict[str, Counter[str]] = {name: Counter() for name in ATTRIBUTES}

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        lines = rows(read_text(self._path), str(self._path))
        columns = self._columns(next(lines, (0, []))[1])
        for number, cells in lines:
            if any(cells[self._width :]):
                raise InputError(
                    f"{self._path}, line {number}: {len(cells)} values for {self._width} columns. Mend or "
                    "remove the line."
                )
            name = cell(cells, columns[_FILE])
            if not name or leads_out(name):
                what = f"'{visible(name)}' leads out of the folder" if name else "no file name"
                raise InputError(f"{self._path}, line {number}: {what}. Mend or remove the line.")
            file = posixpath.normpath(name.replace("\\", "/"))
            if file in self._seen:
                raise InputError(
                    f"{self._path}, line {number}: {visible(file)} was named on {self._seen[file]} already "
                    "and would count twice. Remove one of the lines."
                )
            self._seen[file] = f"line {number} of {self._path.name}"
            yield file, bytes(self._code(name, cell(cells, columns[name]), number) for name in ATTRIBUTES)

    def notes(self) -> list[str]:
        return [
            f"{counted(cells.total(), 'value')} of {name} in {self._path.name} read though not written as "
            f"FairFace does (a spreadsheet?): {listed(list(cells))}."
            for name, cells in self._respelled.items()
            if cells
        ]

    def _columns(self, header: list[str]) -> dict[str, int]:
        plain = [name.lower() for name in header]
        twice = [name for name in (_FILE, *ATTRIBUTES) if plain.count(name) > 1]
        if twice:
            raise InputError(f"{self._path}: two columns are called '{twice[0]}'. Rename or remove one.")
        self._width = len(header)
        numbers = {name: number for number, name in enumerate(plain)}
        missing = {_FILE, *ATTRIBUTES} - set(numbers)
        if missing:
            raise InputError(
                f"{self._path}: no column {', '.join(sorted(missing))}; expected FairFace's columns file, "
                f"age, gender, race. {_WHERE}."
            )
        return {name: numbers[name] for name in (_FILE, *ATTRIBUTES)}

    def _code(self, name: str, cell: str, line: int) -> int:
        found = code_of(name, cell)
        if found is None:
            raise InputError(
                f"{self._path}, line {line}: {name} '{visible(cell[:_LONGEST])}' is none of FairFace's "
                f"({', '.join(ATTRIBUTES[name])}). Mend or remove the line."
            )
        code, is_respelled = found
        if is_respelled:
            self._respelled[name][f"{cell} for {ATTRIBUTES[name][code]}"] += 1
        return code


def _home(folder: Path, names: Sequence[str], notes: list[str]) -> Path:
    """The folder that the lists' names are relative to: `folder` or the only one in it that fits."""
    sample = names[:: max(1, len(names) // _NUM_TRIED)]
    homes = [
        place
        for place in (folder, *subfolders(folder))
        if any(exists_as_file(place / name) for name in sample)
    ]
    if not names or folder in homes:
        return folder
    if not homes:
        raise InputError(
            f"{folder}: its list names {visible(names[0])}, but neither this nor any other picture is there. "
            f"Names are relative to this folder: put the pictures under {folder}/train and {folder}/val."
        )
    if len(homes) > 1:
        raise InputError(
            f"{folder}: pictures that its lists name lie in {listed([home.name for home in homes])}. Put the "
            "lists into one of these folders and give that folder."
        )
    notes.append(f"pictures are read from the folder {visible(homes[0].name)}.")
    return homes[0]


def _unlisted(folder: Path, named: set[str]) -> list[str]:
    """Says which pictures of a part the list does not name."""
    if not folder.is_dir():
        return []
    tally = Tally()
    paths = [f"{folder.name}/{path}" for path in tally.pictures(walk(folder))]
    left_out = [path for path in paths if path not in named]
    notes = list(tally.notes())
    if left_out:
        notes.append(
            f"{counted(len(left_out), 'picture')} that the list does not name left out: {listed(left_out)}."
        )
    return notes
