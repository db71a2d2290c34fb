"""UTKFace: `utkface:DIR`, a folder of `[age]_[gender]_[race]_[date].jpg.chip.jpg`.

The labels are in the names: gender 0 male, 1 female; race 0 White, 1 Black, 2 Asian, 3
Indian, 4 Others. Ages become FairFace's buckets. The aligned and cropped pictures are taken
whole. Three names of the real set lack a label; such pictures are left out, and a note counts them.

Z. Zhang, Y. Song and H. Qi, Age Progression/Regression by Conditional Adversarial
Autoencoder, CVPR 2017.
"""

import bisect
import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from facedebias.data.records import ImportOptions, Record, Source
from facedebias.data.sources.fairface import AGES, GENDERS
from facedebias.data.sources.formats.chips import held_to, side_of
from facedebias.data.sources.formats.picture_files import existing_folder, load_picture, whole
from facedebias.data.sources.formats.tree import Tally, walk
from facedebias.errors import InputError
from facedebias.text import counted, listed, visible

RACES = ("White", "Black", "Asian", "Indian", "Others")
# What follows the date says nothing: the real set has "...224657 .jpg", "...725357jpg" and "...272.pg".
_NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_\d+", re.ASCII)
_OLDEST = 120
_UP_TO_DATE = re.compile(r"((?:\d{0,3}_)*)\d{8,}", re.ASCII)
_FIRST_YEARS = (3, 10, 20, 30, 40, 50, 60, 70)  # of every bucket but the first
_ADVICE = "Give the aligned and cropped pictures, not the whole photographs."


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens UTKFace: faces with race (5 values), gender and age bucket, without a partition."""
    folder = existing_folder("utkface", location)
    tally = Tally()
    paths, notes = _chosen(location, list(tally.pictures(walk(folder))))
    unlabelled = [path for path in paths if _lacks_label(_name(path))]
    if unlabelled:
        lack = "name lacks" if len(unlabelled) == 1 else "names lack"
        notes.append(
            f"{counted(len(unlabelled), 'picture')} left out whose {lack} a label (age, gender or race): "
            f"{listed(unlabelled)}."
        )
        paths = [path for path in paths if not _lacks_label(_name(path))]
    if not paths:
        raise InputError(
            f"utkface:{location}: no pictures. Give the folder of age_gender_race_date.jpg files."
        )
    crop = held_to(side_of(f"utkface:{location}", folder, paths, _ADVICE), whole)

    def records() -> Iterator[Record]:
        for path in paths:
            if labels := _labels(path):
                load = functools.partial(load_picture, folder / path, options.size, crop)
                yield Record(load, visible(path), _attributes(labels))
            else:
                yield Record(_refuse, visible(path))

    notes += _notes_on_copies(paths)
    attributes = {"race": RACES, "gender": GENDERS, "age": AGES}
    return Source("utkface", len(paths), records, attributes, (*notes, *tally.notes()))


def _chosen(location: str, paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """The pictures right in the folder or, if there are none, in its subfolders; and notes."""
    direct = [path for path in paths if "/" not in path]
    below = [path for path in paths if "/" in path]
    if direct:
        lie = "lies in a subfolder and was" if len(below) == 1 else "lie in subfolders and were"
        notes = [f"{counted(len(below), 'picture')} {lie} left out: {listed(below)}."] if below else []
        return direct, notes
    known: dict[str, str] = {}
    for path in below:
        if (other := known.setdefault(_name(path), path)) != path:
            raise InputError(
                f"utkface:{location}: {visible(other)} and {visible(path)} are one picture, which would "
                f"count twice. Give one of the folders, e.g. utkface:{location}/{path.rpartition('/')[0]}."
            )
    return below, []


def _notes_on_copies(paths: Sequence[str]) -> list[str]:
    """Says which names differ only behind the date, as those of a file that was copied in its folder."""
    known: dict[str, str] = {}
    copies = []
    for path in paths:
        labels = _labels(path)
        if labels and known.setdefault(labels.group(), path) != path:
            copies.append(path)
    if not copies:
        return []
    have = "picture has" if len(copies) == 1 else "pictures have"
    return [f"{len(copies):,} {have} labels and date of another; copies would count twice: {listed(copies)}."]


def _labels(path: str) -> re.Match[str] | None:
    """The labels in a name; None if they are none that UTKFace gives."""
    found = _NAME.match(_name(path))
    return found if found and int(found.group(1)) <= _OLDEST else None


def _name(path: str) -> str:
    return Path(path).name


def _lacks_label(name: str) -> bool:
    """Whether a date follows fewer than three numbers, as in 61_1_20170109142408075.jpg."""
    found = _UP_TO_DATE.match(name)
    return found is not None and sum(map(bool, found.group(1).split("_"))) < 3


def _attributes(labels: re.Match[str]) -> dict[str, int]:
    age, gender, race = map(int, labels.groups())
    return {"race": race, "gender": gender, "age": bisect.bisect_right(_FIRST_YEARS, age)}


def _refuse() -> NoReturn:
    raise ValueError(
        f"the name does not read age_gender_race_date, with gender 0 or 1, race 0 to 4, age to {_OLDEST}"
    )
