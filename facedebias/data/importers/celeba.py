"""CelebA: `celeba:DIR` or `celeba:DIR/img_align_celeba.zip`.

DIR holds the pictures (`img_align_celeba.zip` or the folder `img_align_celeba/`) and the
lists `list_attr_celeba.txt`, `identity_CelebA.txt` and `list_eval_partition.txt`, all in one
place or in the folders `Img/`, `Anno/` and `Eval/` of the official download. A missing list
leaves attributes or people unknown. Aligned pictures are 178x218; half that size works too.

Z. Liu, P. Luo, X. Wang and X. Tang, Deep Learning Face Attributes in the Wild, ICCV 2015.
"""

import functools
import io
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facedebias.data.importers.pictures import load_picture, picture_names
from facedebias.data.records import SPLITS, UNKNOWN, Box, ImportOptions, Record, Source
from facedebias.errors import InputError

PICTURES, ATTRIBUTES = "img_align_celeba", "list_attr_celeba.txt"
IDENTITIES, PARTITION = "identity_CelebA.txt", "list_eval_partition.txt"
ATTRIBUTE_VALUES = ("no", "yes")

_WIDTH = 178
_SIZES = {(178, 218), (89, 109)}
# In pixels of the 178x218 picture. "face" puts the eyes where a FairFace chip with a margin of
# 0.25 has them (at 0.31 of the height), so that one model can be tested on both.
_BOXES: dict[str, Box] = {"face": (36.5, 79.6, 143.5, 186.6), "head": (0, 20, 178, 198)}
_WHERE = "Get it from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"


def crop_box(crop: str, width: int, height: int) -> Box:
    """The "face" or "head" box of an aligned CelebA picture of full or half size.

    Raises:
        ValueError: for any other size.
    """
    if (width, height) not in _SIZES:
        raise ValueError(f"is {width}x{height}; expected an aligned picture of 178x218 or 89x109")
    scale = width / _WIDTH
    left, top, right, bottom = (side * scale for side in _BOXES[crop])
    return (left, top, right, bottom)


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens CelebA: faces with 40 attributes, people and the official partition."""
    root = Path(location).expanduser()
    if not root.exists():
        raise InputError(f"celeba:{location}: no such file or folder. {_WHERE}.")
    names, read = _open_pictures(root)
    lists = _Lists.of(root if root.is_dir() else root.parent, options.split is not None)
    wanted = None if options.split is None else SPLITS.index(options.split)
    kept = [name for name in names if wanted is None or lists.partition.get(name) == wanted]
    crop = functools.partial(crop_box, options.crop)

    def load(name: str) -> np.ndarray:
        return load_picture(io.BytesIO(read(name)), options.size, crop)

    def records() -> Iterator[Record]:
        for name in kept:
            yield Record(
                functools.partial(load, name),
                name,
                lists.attributes_of(name),
                lists.partition.get(name, UNKNOWN),
                lists.identities.get(name, UNKNOWN),
            )

    return Source("celeba", len(kept), records, dict.fromkeys(lists.attribute_names, ATTRIBUTE_VALUES))


@dataclass(frozen=True)
class _Lists:
    """What CelebA's text files say, by picture name."""

    attribute_names: list[str]
    codes: dict[str, bytes]  # one byte an attribute: a dictionary for each picture would fill memory
    identities: dict[str, int]
    partition: dict[str, int]

    @classmethod
    def of(cls, root: Path, needs_partition: bool) -> "_Lists":
        partition = _find(root, PARTITION)
        if partition is None and needs_partition:
            raise InputError(f"{root}: no {PARTITION}, which --split needs. {_WHERE}, or leave --split out.")
        attribute_names, codes = _read_attributes(_find(root, ATTRIBUTES))
        return cls(attribute_names, codes, _read_numbers(_find(root, IDENTITIES)), _read_numbers(partition))

    def attributes_of(self, name: str) -> dict[str, int]:
        return dict(zip(self.attribute_names, self.codes.get(name, b""), strict=False))


def _open_pictures(root: Path) -> tuple[list[str], Callable[[str], bytes]]:
    """Names of the pictures in order, and a function that reads one from any thread."""
    if root.is_dir():
        place = _find(root, f"{PICTURES}.zip") or _find(root, PICTURES)
        if place is None:
            raise InputError(f"{root}: neither {PICTURES}.zip nor {PICTURES}/. {_WHERE}.")
    else:
        place = root
    if place.is_dir():
        return picture_names(place), lambda name: (place / name).read_bytes()
    try:
        archive = zipfile.ZipFile(place)
    except zipfile.BadZipFile as error:
        raise InputError(f"{place}: {error}. Copy the zip file again.") from error
    # The archive's own folder name is kept aside: the lists name the bare files.
    members = {Path(name).name: name for name in sorted(archive.namelist()) if name.endswith(".jpg")}
    lock = threading.Lock()

    def read(name: str) -> bytes:
        try:
            with lock:
                return archive.read(members[name])
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise ValueError(str(error)) from error

    return list(members), read


def _find(root: Path, name: str) -> Path | None:
    """Looks right in the folder, then in the folders of the official download."""
    places = (root / part / name for part in ("", "Img", "Anno", "Eval"))
    return next((place for place in places if place.exists()), None)


def _read_attributes(path: Path | None) -> tuple[list[str], dict[str, bytes]]:
    if path is None:
        return [], {}
    codes = {}
    with path.open() as file:
        next(file, "")  # the number of pictures
        attribute_names = next(file, "").split()
        for number, line in enumerate(file, start=3):
            name, *values = line.split() or [""]
            if len(values) != len(attribute_names):
                raise InputError(
                    f"{path}, line {number}: {len(values)} values for {len(attribute_names)} attributes. "
                    f"{_WHERE} again."
                )
            codes[name] = bytes(value == "1" for value in values)
    return attribute_names, codes


def _read_numbers(path: Path | None) -> dict[str, int]:
    if path is None:
        return {}
    numbers = {}
    for count, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            name, number = line.split()
            numbers[name] = int(number)
        except ValueError:
            raise InputError(
                f"{path}, line {count}: {line!r}; expected a file name and a number. {_WHERE} again."
            ) from None
    return numbers
