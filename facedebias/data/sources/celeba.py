"""CelebA: `celeba:DIR` or `celeba:FILE.zip`.

DIR holds the pictures (`img_align_celeba.zip`, the folder `img_align_celeba/`, or those as PNG,
`img_align_celeba_png/`) and the lists `list_attr_celeba`, `identity_CelebA` and
`list_eval_partition`, each as `.txt` or, as on Kaggle, as `.csv`. All lie in one place, in the
folders `Img/`, `Anno/` and `Eval/` of the official download, or in one zip file. A missing list
leaves attributes or people unknown, and a note says so. Aligned pictures are 178x218; half that
size works too.

Z. Liu, P. Luo, X. Wang and X. Tang, Deep Learning Face Attributes in the Wild, ICCV 2015.
"""

import functools
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.data.records import SPLITS, UNKNOWN, Box, ImportOptions, Record, Source
from facedebias.data.sources.formats.celeba_lists import (
    Listed,
    Value,
    read_attributes,
    read_partition,
    read_people,
)
from facedebias.data.sources.formats.celeba_places import (
    ATTRIBUTES,
    IDENTITIES,
    PARTITION,
    WHERE,
    ListFile,
    Place,
    find_lists,
    key,
    open_place,
)
from facedebias.data.sources.formats.picture_files import load_picture
from facedebias.errors import InputError
from facedebias.reading.files import expanded
from facedebias.reading.pictures import FAILURES, open_picture
from facedebias.text import counted, listed, visible

ATTRIBUTE_VALUES = ("no", "yes")
SIZES = {(178, 218), (89, 109)}

_NUM_TRIED = 5  # pictures that are opened to see whether they are aligned ones
_WIDTH = 178
# In pixels of the 178x218 picture. "face" puts the eyes where a FairFace chip with a margin of
# 0.25 has them (at 0.31 of the height), so that one model can be tested on both.
_BOXES: dict[str, Box] = {"face": (36.5, 79.6, 143.5, 186.6), "head": (0, 20, 178, 198)}


def crop_box(crop: str, width: int, height: int) -> Box:
    """The "face" or "head" box of an aligned CelebA picture of full or half size.

    Raises:
        ValueError: for any other size.
    """
    if (width, height) not in SIZES:
        raise ValueError(f"is {width}x{height}; expected an aligned picture of 178x218 or 89x109")
    scale = width / _WIDTH
    left, top, right, bottom = (side * scale for side in _BOXES[crop])
    return (left, top, right, bottom)


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens CelebA: faces with 40 attributes, people and the official partition."""
    root = expanded(location)
    if not root.exists():
        raise InputError(f"celeba:{location}: no such file or folder. {WHERE}.")
    place = open_place(root)
    _check_size(place)
    files, notes = find_lists(root, place)
    if options.split is not None and not files[PARTITION]:
        raise InputError(f"{root}: no {PARTITION}.txt, which --split needs. {WHERE}, or leave --split out.")
    keys = {name: key(name) for name in place.members}
    lists = _Lists.of(files, {own: name for name, own in keys.items()})
    wanted = None if options.split is None else SPLITS.index(options.split)
    parts = lists.partition.values
    kept = [name for name in keys if wanted is None or parts.get(keys[name]) == wanted]
    crop = functools.partial(crop_box, options.crop)

    def load(name: str) -> np.ndarray:
        return load_picture(io.BytesIO(place.read(name)), options.size, crop)

    def records() -> Iterator[Record]:
        for name in kept:
            found = keys[name]
            yield Record(
                functools.partial(load, name),
                visible(name),
                dict(zip(lists.attributes.columns, lists.attributes.values.get(found, b""), strict=False)),
                parts.get(found, UNKNOWN),
                lists.people.values.get(found, UNKNOWN),
            )

    values = dict.fromkeys(lists.attributes.columns, ATTRIBUTE_VALUES)
    said = (*notes, *place.notes, *lists.notes(keys, wanted is not None))
    return Source("celeba", len(kept), records, values, said)


def _check_size(place: Place) -> None:
    """Refuses other sets of CelebA's faces at once, not picture by picture."""
    sizes = []
    for name in list(place.members)[:_NUM_TRIED]:
        try:
            with open_picture(io.BytesIO(place.read(name))) as image:
                sizes.append(image.size)
        except FAILURES:
            continue
    if sizes and not SIZES.intersection(sizes):
        width, height = sizes[0]
        raise InputError(
            f"{place.path}: its pictures are {width}x{height}; expected CelebA's aligned ones, 178x218 or "
            "half of that. Others, as CelebA-HQ's, frame the face in another way: give them as table:FILE or "
            "folder:DIR."
        )


@dataclass(frozen=True)
class _Lists:
    """What the lists say."""

    attributes: Listed[bytes]  # bytes, since a dictionary for each picture would fill memory
    people: Listed[int]
    partition: Listed[int]

    @classmethod
    def of(cls, files: dict[str, list[ListFile]], pictures: Mapping[str, str]) -> "_Lists":
        return cls(
            _agreed(files[ATTRIBUTES], read_attributes, pictures),
            _agreed(files[IDENTITIES], read_people, pictures),
            _agreed(files[PARTITION], read_partition, pictures),
        )

    def notes(self, keys: Mapping[str, str], is_split: bool) -> list[str]:
        """What is unknown of which pictures, and what was read in which way."""
        unsplit = "which are left out" if is_split else "whose part is unknown"
        return [
            *_unlisted(self.attributes, keys, ATTRIBUTES, "attributes are", "whose attributes are unknown"),
            *_unlisted(self.people, keys, IDENTITIES, "people are", "whose person is unknown"),
            *_unlisted(self.partition, keys, PARTITION, "parts (train, val, test) are", unsplit),
            *self.attributes.notes,
            *self.people.notes,
            *self.partition.notes,
        ]


def _agreed(
    files: Sequence[ListFile],
    read: Callable[[ListFile, Mapping[str, str]], Listed[Value]],
    pictures: Mapping[str, str],
) -> Listed[Value]:
    """What all lists of a kind say.

    Raises:
        InputError: if two differ.
    """
    if not files:
        return Listed("", (), {})
    first, *others = (read(file, pictures) for file in files)
    for other in others:
        if (other.columns, other.values) != (first.columns, first.values):
            raise InputError(
                f"{first.where} and {other.where} differ on these pictures. Remove or move away one of them."
            )
    return first


def _unlisted(found: Listed[Value], keys: Mapping[str, str], kind: str, unknown: str, what: str) -> list[str]:
    if not found.where:
        return [f"no {kind} (.txt or .csv) was found: all {unknown} unknown."]
    missing = [name for name, own in keys.items() if own not in found.values]
    if not missing:
        return []
    return [f"{found.where} does not name {counted(len(missing), 'picture')}, {what}: {listed(missing)}."]
