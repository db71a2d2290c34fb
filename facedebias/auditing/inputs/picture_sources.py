"""Pictures to audit: a face file, or collections of pictures decoded into memory."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from facedebias import machine
from facedebias.data.decoding import decode
from facedebias.data.face_columns import FACE, NONFACE, Attribute
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import UNKNOWN, ImportOptions, Record, Source, size_text
from facedebias.data.sources import open_source
from facedebias.data.storage import shard_names
from facedebias.errors import InputError


class PictureTable(Protocol):
    """What an audit needs of pictures; `FaceDataset` has it."""

    path: Path
    image_shape: tuple[int, int, int]
    notes: tuple[str, ...]

    def read(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Pictures of these rows, uint8 RGB `(n, height, width, 3)`."""
        ...

    def paths(self, rows: np.ndarray | Sequence[int]) -> list[str]:
        """Where the pictures of these rows came from."""
        ...

    def rows(self, label: int | None = None, split: str | None = None) -> np.ndarray:
        """Rows with this label and split, ascending."""
        ...

    def attribute(self, name: str) -> Attribute:
        """The attribute of that name, or an `InputError` that lists those there are."""
        ...


class DecodedPictures:
    """A source's pictures in memory, decoded when one of them is read for the first time.

    By then everything else is open, so that no list is found wrong after hours of decoding.

    Args:
        location: what the source was opened from, for messages.
        source: the source.
        label: `FACE` or `NONFACE`, of all its pictures.
        size: side of its pictures, in pixels.
    """

    def __init__(self, location: str, source: Source, label: int, size: int):
        self.path = Path(location)
        self.notes = tuple(f"in {location}: {note}" for note in source.notes)
        self._label = label
        self._values = source.attributes
        self._records: list[Record] = list(source.records())
        self.image_shape = (size, size, 3)

    @functools.cached_property
    def _images(self) -> np.ndarray:
        images = []
        for block in decode(self._records, machine.num_cores()):
            if block.bad:
                raise InputError(f"{self.path}: cannot decode {block.bad[0]}. Replace or remove the picture.")
            images.append(block.images)
        return np.concatenate(images)

    def read(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Pictures of these rows, uint8 RGB `(n, height, width, 3)`.

        Raises:
            InputError: if any picture cannot be decoded: leaving it out would change the figures.
        """
        return self._images[np.asarray(rows)]

    def paths(self, rows: np.ndarray | Sequence[int]) -> list[str]:
        """Where the pictures of these rows came from."""
        return [self._records[row].path for row in rows]

    def rows(self, label: int | None = None, split: str | None = None) -> np.ndarray:
        """All rows, or none if they have another label; the split was chosen on opening."""
        return np.arange(len(self._records) if label in {None, self._label} else 0)

    def attribute(self, name: str) -> Attribute:
        """The attribute of that name.

        Raises:
            InputError: if there is none; lists those there are.
        """
        if name not in self._values:
            known = ", ".join(sorted(self._values)) or "none at all"
            raise InputError(f"{self.path}: no attribute {name!r}; it has {known}.")
        codes = [record.attributes.get(name, UNKNOWN) for record in self._records]
        return Attribute(np.array(codes, np.int8), tuple(self._values[name]))


def open_pictures(
    location: str,
    shape: tuple[int | None, ...],
    kind: str = "face",
    split: str | None = None,
    is_strict: bool = True,
) -> PictureTable:
    """Opens pictures of the size that the models take.

    Args:
        location: a face file, a folder of group folders, or a source as "name:location".
        shape: height, width and 3 that the models take, None where any size will do.
        kind: "face" or "nonface": which of the two a source is opened for.
        split: part of a source to take; a source without parts is taken whole.
        is_strict: whether a face file must have that size.

    Raises:
        InputError: if it cannot be opened or has pictures of another size.
    """
    is_folder = Path(location).is_dir() and not shard_names.are_in(Path(location))
    if not is_folder and (Path(location).exists() or ":" not in location):
        pictures: PictureTable = FaceDataset(location)
    else:
        size = _square_size(location, shape)
        options = ImportOptions(kind=kind, size=size, split=split)
        source = open_source(f"folder:{location}" if is_folder else location, options)
        pictures = DecodedPictures(location, source, FACE if kind == "face" else NONFACE, size)
    fits = all(wanted in {None, given} for wanted, given in zip(shape, pictures.image_shape, strict=True))
    if is_strict and not fits:
        raise InputError(
            f"{location}: its pictures are {size_text(pictures.image_shape)}, but the models take "
            f"{size_text(shape)}. Prepare it again with facedebias prepare --size {shape[0]}."
        )
    return pictures


def _square_size(location: str, shape: tuple[int | None, ...]) -> int:
    height, width = shape[:2]
    if height is None or height != width:
        raise InputError(
            f"{location}: would be cut to squares, but the models take {size_text(shape)}; say how large "
            "with --input_size, e.g. 64, or give a face file of pictures as they take them."
        )
    return height
