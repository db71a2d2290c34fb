"""Whole portraits with what is known of their people, in the layout of PPB-2017.

A folder holds `PPB-2017-metadata.csv`, with a column `filename` and others that describe the
person (gender, bi.fitz, fitzpatrick skin type category, country), and the pictures in `imgs/`.
The file's lines end as on an old Macintosh, in a carriage return alone; other ends are read too.

J. Buolamwini and T. Gebru, Gender Shades, FAT* 2018 (the Pilot Parliaments Benchmark).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facedebias.data.face_columns import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.data.sources.formats.text_table import read_text, rows
from facedebias.errors import InputError
from facedebias.reading.files import check_file, exists_as_file, leads_out
from facedebias.text import visible

METADATA, PICTURES = "PPB-2017-metadata.csv", "imgs"
DEFAULT_GROUPS = ("gender", "bi.fitz")
_FILE_NAME = "filename"
_NO_ATTRIBUTES = {"", "image_id", _FILE_NAME}
_MOST_LISTED = 5


@dataclass(frozen=True)
class Portraits:
    """What the metadata says.

    Attributes:
        path: of the metadata.
        pictures: where each portrait is, in the order of the file.
        columns: name -> text of every portrait, "" where it is unknown.
    """

    path: Path
    pictures: list[Path]
    columns: Mapping[str, list[str]]

    def attribute(self, name: str) -> tuple[str, Attribute]:
        """A column by its name or, if no other begins so, by the beginning of it.

        Returns:
            The column's full name, and its values in alphabetical order.

        Raises:
            InputError: if there is no such column; lists those there are.
        """
        found = [name] if name in self.columns else [own for own in self.columns if own.startswith(name)]
        if len(found) != 1:
            known = ", ".join(self.columns) or "none at all"
            raise InputError(
                f"{self.path}: {'several columns begin with' if found else 'no column'} {name!r}; its "
                f"attributes are {known}. Name some of these in --groups."
            )
        texts = self.columns[found[0]]
        values = tuple(sorted(set(texts) - {""}))
        codes = {value: code for code, value in enumerate(values)}
        return found[0], Attribute(np.array([codes.get(text, UNKNOWN) for text in texts], np.int32), values)


def read_portraits(folder: Path) -> Portraits:
    """Reads the metadata and looks for every picture.

    Raises:
        InputError: if the metadata or a picture is missing, or a line does not fit.
    """
    path = folder / METADATA
    check_file(path)
    if not path.is_file():
        what = "is not a folder" if folder.exists() and not folder.is_dir() else f"no {METADATA} in it"
        raise InputError(
            f"{folder}: {what}; expected PPB-2017's layout, {METADATA} with a column {_FILE_NAME!r} and the "
            f"portraits in {PICTURES}/. Give the folder that holds both, or leave --windows out."
        )
    names, lines = _lines(path)
    columns = {name: [line[number] for line in lines] for number, name in enumerate(names)}
    pictures = [folder / PICTURES / name for name in columns[_FILE_NAME]]
    _check_pictures(path, pictures)
    return Portraits(path, pictures, {n: texts for n, texts in columns.items() if n not in _NO_ATTRIBUTES})


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    """Column names, and the fields of each line."""
    found = list(rows(read_text(path), str(path)))
    names = found[0][1] if found else []
    if names.count(_FILE_NAME) != 1:
        held = ", ".join(map(visible, names[:_MOST_LISTED])) or "nothing"
        raise InputError(
            f"{path}: its first line names {held}; expected a column {_FILE_NAME!r}. Add it, or get the file "
            "again from the Gender Shades project."
        )
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError(f"{path}: two columns are called '{visible(twice[0])}'. Rename or remove one.")
    if len(found) == 1:
        raise InputError(
            f"{path}: no line after the first; expected one for each portrait. Get the file again."
        )
    for number, row in found[1:]:
        if len(row) != len(names):
            raise InputError(
                f"{path}, line {number}: {len(row)} fields for {len(names)} columns. Mend or remove the line."
            )
        name = row[names.index(_FILE_NAME)]
        if leads_out(name):
            raise InputError(
                f"{path}, line {number}: '{visible(name)}' leads out of {PICTURES}/; expected the name of a "
                "picture in it. Mend or remove the line."
            )
    return names, [row for _, row in found[1:]]


def _check_pictures(path: Path, pictures: Sequence[Path]) -> None:
    if missing := [picture for picture in pictures if not exists_as_file(picture)]:
        listed = ", ".join(visible(picture.name) for picture in missing[:_MOST_LISTED])
        more = ", ..." if len(missing) > _MOST_LISTED else ""
        raise InputError(
            f"{path}: names {len(missing):,} of {len(pictures):,} pictures that are not in "
            f"{pictures[0].parent}: {listed}{more}. Put them there; without them the figures would change."
        )
    if len(set(pictures)) < len(pictures):
        twice = Counter(pictures).most_common(1)[0][0]
        raise InputError(
            f"{path}: names {visible(twice.name)} several times; expected each portrait once. Mend the file."
        )
