"""FairFace: `fairface:DIR`.

DIR holds `fairface_label_train.csv` and `fairface_label_val.csv` (columns file, age, gender,
race, ...) and the pictures they name, under `train/` and `val/`. Made for the chips with a
margin of 0.25, which are taken whole.

K. Karkkainen and J. Joo, FairFace, WACV 2021.
"""

import csv
import functools
from collections.abc import Iterator
from pathlib import Path

from facedebias.data.importers.pictures import existing_folder, load_picture, whole
from facedebias.data.records import SPLITS, ImportOptions, Record, Source
from facedebias.errors import InputError

AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
GENDERS = ("Male", "Female")
RACES = ("White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern")
_ATTRIBUTES = {"race": RACES, "gender": GENDERS, "age": AGES}
_PARTS = ("train", "val")


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens FairFace: faces with race (7 values), gender and age bucket."""
    folder = existing_folder("fairface", location)
    if options.split == "test":
        raise InputError(
            f"fairface:{location}: FairFace has no labelled test part. "
            "Use --split val; it is the part that results are reported on."
        )
    parts = [options.split] if options.split else list(_PARTS)

    def records() -> Iterator[Record]:
        for part in parts:
            for name, attributes in _rows(folder / f"fairface_label_{part}.csv"):
                load = functools.partial(load_picture, folder / name, options.size, whole)
                yield Record(load, name, attributes, SPLITS.index(part))

    return Source("fairface", sum(1 for _ in records()), records, _ATTRIBUTES)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """File name and attribute codes of each line."""
    if not path.exists():
        raise InputError(f"{path}: no such file. Get it from https://github.com/joojs/fairface.")
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        missing = {"file", *_ATTRIBUTES} - set(reader.fieldnames or ())
        if missing:
            raise InputError(
                f"{path}: no column {', '.join(sorted(missing))}; expected FairFace's columns file, age, "
                "gender, race. Get it from https://github.com/joojs/fairface."
            )
        for row in reader:
            try:
                yield row["file"], {name: values.index(row[name]) for name, values in _ATTRIBUTES.items()}
            except ValueError:
                raise InputError(
                    f"{path}, line {reader.line_num}: {row}; expected values of "
                    f"{dict(_ATTRIBUTES)}. Mend or remove the line."
                ) from None
