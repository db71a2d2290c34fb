"""A table of pictures: `table:FILE.csv`, .tsv, .jsonl or .parquet, or several parquet files.

One column holds paths, relative to the file's folder, or encoded pictures, as in Hugging Face's
parquet files; `table:FILE#COLUMN` names it where several could. A column `split` gives the parts, a
column `identity` the people, and every other column with up to 127 values is an attribute. Numbers
that Hugging Face's metadata names get their names. The middle square is taken, but CelebA's and
FairFace's pictures, known by their columns and size, are cut as `celeba:` and `fairface:` cut them.
"""

import functools
import re
from collections.abc import Iterator, Sequence

import numpy as np

from facedebias.data.records import SPLITS, UNKNOWN, ImportOptions, Record, Source
from facedebias.data.sources import celeba
from facedebias.data.sources.formats import chips
from facedebias.data.sources.formats.fairface_labels import AGES
from facedebias.data.sources.formats.parts import PART_NAMES, part_code
from facedebias.data.sources.formats.picture_files import Crop, centre_square, load_picture
from facedebias.data.sources.formats.table_columns import Coded, coded, parts, people
from facedebias.data.sources.formats.table_files import read_table
from facedebias.data.sources.formats.table_pictures import Picture, PictureColumn, opened
from facedebias.data.sources.formats.table_places import absent_shards, find_files
from facedebias.errors import InputError
from facedebias.reading.files import expanded
from facedebias.text import counted, listed, visible

_PART_COLUMNS = ("split", "partition")
_PEOPLE_COLUMNS = ("identity", "person", "subject", "celeb_id", "person_id", "subject_id", "identity_id")
_CELEBA = {"5_o_Clock_Shadow", "Attractive", "Male", "Young"}
_FAIRFACE = {"race", "gender", "age"}
_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_UNNAMED = "Unnamed: "  # pandas reads a column without a name, as of row numbers, under this one
_OF_KIND = {"isface", "hasface", "containsface", "isnonface"}  # columns that tell faces from non-faces
_PART_OF_FILE = re.compile(r"[a-z]+")


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a table: pictures with whatever its columns say of them."""
    rows = _Rows(location, options)
    return Source("table", len(rows.kept), rows.records, rows.attributes, tuple(rows.notes))


class _Rows:
    """The rows of a table that are wanted, and notes on how they were read."""

    def __init__(self, location: str, options: ImportOptions):
        file, column = _named_column(location)
        self._spec, self._options = f"table:{file}", options
        self._table = read_table(find_files(file))
        self._pictures = PictureColumn(self._spec, self._table, column)
        self.notes = self._pictures.notes()
        if absent := absent_shards(self._table.files):
            self.notes.append(f"{counted(len(absent), 'file')} of the table not read: {listed(absent)}.")
        self._num_rows = sum(self._table.num_rows)
        used = {self._pictures.name, self._take(_PART_COLUMNS), self._take(_PEOPLE_COLUMNS)}
        self._parts, self._people = self._find_parts(), self._find_people()
        self._coded = self._find_attributes(used)
        self._crop = self._framing()
        self.kept = self._wanted()
        self.attributes = {name: column.values for name, column in self._coded.items()}
        if options.kind == "nonface" and self.attributes:
            self.notes.append(f"attributes of non-faces are not kept: {listed(list(self.attributes))}.")
            self.attributes = {}

    def records(self) -> Iterator[Record]:
        """The wanted rows in order."""
        is_kept = np.zeros(self._num_rows, bool)
        is_kept[self.kept] = True
        for row, (picture, path) in enumerate(self._pictures):
            if is_kept[row]:
                yield Record(
                    functools.partial(_load, picture, self._options.size, self._crop),
                    visible(path or f"row {row + 1}"),
                    {name: int(self._coded[name].codes[row]) for name in self.attributes},
                    int(self._parts[row]),
                    int(self._people[row]),
                )

    def _take(self, names: Sequence[str]) -> str | None:
        """The first of the columns with one of these names, in any case and with spaces or not."""
        plain: dict[str, list[str]] = {}
        for name in self._table.columns:
            if name != self._pictures.name:
                plain.setdefault(_BETWEEN_WORDS.sub("_", name.lower()), []).append(name)
        found = next((plain[name] for name in names if name in plain), [])
        if len(found) > 1:
            raise InputError(
                f"{self._spec}: its columns {listed(found)} could be one. Make them one, or rename those "
                "that mean something else."
            )
        return found[0] if found else None

    def _find_parts(self) -> np.ndarray:
        if name := self._take(_PART_COLUMNS):
            self.notes.append(f"parts (train, val, test) are those of the column {visible(name)}.")
            where = f"{self._spec}, column {visible(name)}"
            return parts(self._table.columns[name], self._table.class_names.get(name), where)
        begins = [_PART_OF_FILE.match(path.name.lower()) for path in self._table.files]
        names = [found.group() if found else "" for found in begins]
        if not set(names) <= PART_NAMES:
            return np.full(self._num_rows, UNKNOWN, np.int8)
        self.notes.append(f"parts are taken from the files' names: {listed(list(dict.fromkeys(names)))}.")
        return np.repeat(np.array([part_code(name) for name in names], np.int8), self._table.num_rows)

    def _find_people(self) -> np.ndarray:
        name = self._take(_PEOPLE_COLUMNS)
        if name is None:
            return np.full(self._num_rows, UNKNOWN, np.int32)
        found = people(self._table.columns[name])
        self.notes.append(f"people are those of the column {visible(name)}, {int(found.max()) + 1:,} in all.")
        return found

    def _wanted(self) -> np.ndarray:
        """Rows of the part that is asked for; all of a table without parts."""
        if self._options.split is None or (self._parts == UNKNOWN).all():
            return np.arange(self._num_rows)
        if unknown := int(np.sum(self._parts == UNKNOWN)):
            self.notes.append(f"{counted(unknown, 'row')} without a part left out by --split.")
        return np.flatnonzero(self._parts == SPLITS.index(self._options.split))

    def _find_attributes(self, used: set[str | None]) -> dict[str, Coded]:
        found: dict[str, Coded] = {}
        refused = {name: f"it holds {what}" for name, what in self._table.left_out.items()}
        refused |= {name: "it holds pictures" for name in self._table.encoded if name not in used}
        for name, cells in self._table.columns.items():
            if name in used:
                continue
            where = f"{self._spec}, column {visible(name)}"
            if "".join(filter(str.isalpha, name.lower())) in _OF_KIND:
                raise InputError(
                    f"{where}: tells faces from non-faces, but here a flag does, for all rows. Give two "
                    "tables, one under each flag, or rename the column if it means something else."
                )
            column = coded(cells, self._table.class_names.get(name), where)
            if isinstance(column, str):
                refused[name] = column
            elif not name or name.startswith(_UNNAMED):
                refused[name] = "it has no name"
            elif "/" in name:
                # A slash would make a group in the face file.
                refused[name] = "its name has a slash"
            else:
                found[name] = column
        self.notes += [f"column '{visible(name)}' left out: {why}." for name, why in refused.items()]
        self.notes += _rewritten(found)
        return found

    def _framing(self) -> Crop:
        """What is cut out of the pictures, by the data set that they are known to be of."""
        size = self._pictures.first_size()
        if set(self._coded) >= _CELEBA and size in celeba.SIZES:
            self.notes.append(f"taken for CelebA's aligned pictures: --crop {self._options.crop} is cut out.")
            return functools.partial(celeba.crop_box, self._options.crop)
        is_fairface = set(self._coded) >= _FAIRFACE and set(self._coded["age"].values) <= set(AGES)
        if is_fairface and size == (chips.WIDE_SIDE, chips.WIDE_SIDE):
            self.notes.append(chips.WIDE_NOTE)
            return chips.held_to(chips.WIDE_SIDE, chips.framed)
        return centre_square


def _named_column(location: str) -> tuple[str, str]:
    """Location and column of "FILE#COLUMN"; an empty column if none is named."""
    if "#" not in location or expanded(location).exists():
        return location, ""
    file, _, column = location.rpartition("#")
    return file, column


def _rewritten(found: dict[str, Coded]) -> list[str]:
    """Says which values became others, or unknown."""
    truths = [name for name, column in found.items() if column.was_truth]
    notes = [f"true and false became yes and no in {listed(truths)}."] if truths else []
    for name, column in found.items():
        if column.missing:
            words = ", ".join(f"'{visible(word)}'" for word in column.missing)
            notes.append(
                f"{counted(column.missing.total(), 'value')} of {visible(name)} taken for unknown: {words}."
            )
    return notes


def _load(picture: Picture, size: int, crop: Crop) -> np.ndarray:
    return load_picture(opened(picture), size, crop)
