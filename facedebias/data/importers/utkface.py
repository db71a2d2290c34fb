"""UTKFace: `utkface:DIR`, a folder of `[age]_[gender]_[race]_[date].jpg.chip.jpg`.

The labels are in the names: gender 0 male, 1 female; race 0 White, 1 Black, 2 Asian, 3
Indian, 4 Others. Ages become FairFace's buckets. The aligned and cropped pictures are taken
whole. A few names of the real set lack a label; they are reported as bad pictures.

Z. Zhang, Y. Song and H. Qi, Age Progression/Regression by Conditional Adversarial
Autoencoder, CVPR 2017.
"""

import bisect
import functools
import re
from collections.abc import Iterator
from typing import NoReturn

from facedebias.data.importers.fairface import AGES, GENDERS
from facedebias.data.importers.pictures import existing_folder, load_picture, picture_names, whole
from facedebias.data.records import ImportOptions, Record, Source
from facedebias.errors import InputError

RACES = ("White", "Black", "Asian", "Indian", "Others")
_NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_\d+\.")
_FIRST_YEARS = (3, 10, 20, 30, 40, 50, 60, 70)  # of every bucket but the first


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens UTKFace: faces with race (5 values), gender and age bucket, without a partition."""
    folder = existing_folder("utkface", location)
    names = picture_names(folder)
    if not names:
        raise InputError(
            f"utkface:{location}: no pictures. Give the folder of age_gender_race_date.jpg files."
        )

    def records() -> Iterator[Record]:
        for name in names:
            if labels := _NAME.match(name):
                load = functools.partial(load_picture, folder / name, options.size, whole)
                yield Record(load, name, _attributes(labels))
            else:
                yield Record(functools.partial(_refuse, name), name)

    return Source("utkface", len(names), records, {"race": RACES, "gender": GENDERS, "age": AGES})


def _attributes(labels: re.Match[str]) -> dict[str, int]:
    age, gender, race = map(int, labels.groups())
    return {"race": race, "gender": gender, "age": bisect.bisect_right(_FIRST_YEARS, age)}


def _refuse(name: str) -> NoReturn:
    raise ValueError("the name does not read age_gender_race_date")
