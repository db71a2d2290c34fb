"""One HDF5 face file: its columns are read on opening, its pictures when they are asked for."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from facedebias import machine
from facedebias.data.face_columns import Attribute, FaceColumns, check_regular, open_for_reading
from facedebias.data.storage import picture_checksums, seal, text_heaps
from facedebias.data.storage.hdf5_parts import naming_damage
from facedebias.data.storage.known_file import KnownFile
from facedebias.data.storage.mapped_pixels import MappedPixels
from facedebias.data.storage.picture_checksums import PictureChecksums
from facedebias.errors import InputError


@dataclass(frozen=True)
class Columns:
    """What is known of every row, and is no picture.

    Attributes:
        labels: uint8 `(num_rows, 1)`, 1 for faces.
        attributes: by name, in the order of the file.
        split: int8 `(num_rows,)`, indices into `SPLITS`, -1 where unknown.
        identity: int32 `(num_rows,)`, -1 where unknown.
        source: int8 `(num_rows,)`, indices into `sources`, -1 where unknown.
        sources: names of the sources.
        checksums: CRC-32 of the pictures, uint32 `(num_rows,)`; None where the file has none.
    """

    labels: np.ndarray
    attributes: Mapping[str, Attribute]
    split: np.ndarray
    identity: np.ndarray
    source: np.ndarray
    sources: tuple[str, ...]
    checksums: np.ndarray | None


class Place:
    """Where the pictures and names of a face file are, as long as it is the file that it was.

    Args:
        path: the HDF5 file.
        is_followed: whether links and the like are used, see `FaceDataset`.

    Attributes:
        offset: where the pictures begin in the file; None if they do not lie in one block.
        shape: of the pictures, `(num_rows, height, width, 3)`.
        is_sealed: whether the file has a seal, see `seal.check`.
        forget: has its pictures compared with their checksums once more.

    Raises:
        InputError: if the file, or its seal, is damaged.
    """

    def __init__(self, path: Path, is_followed: bool = False):
        self.path, self._is_followed = path, is_followed
        self._known = KnownFile(path)
        self.is_sealed = self._known.is_sealed
        self.forget: Callable[[], None] = lambda: None
        self.offset: int | None = None
        self.shape: tuple[int, int, int, int] = (0, 0, 0, 3)

    def open(self) -> h5py.File:
        """The file for reading.

        Raises:
            InputError: if it is another by now.
        """
        file = open_for_reading(self.path, self._is_followed)
        try:
            self._refuse_changes(self.path.stat())
        except InputError:
            file.close()
            raise
        return file

    def map_pixels(self) -> MappedPixels:
        """Opens pictures that lie in one block.

        Raises:
            InputError: if the file is another by now.
        """
        return MappedPixels(self.path, self._refuse_changes, self.offset or 0, self.shape)

    def _refuse_changes(self, now: os.stat_result) -> None:
        self._known.refuse_changes(now, self.forget)

    def paths(self, rows: np.ndarray) -> list[str]:
        """Where the pictures of these rows came from, int `(n,)` with n > 0; empty if nobody says."""
        with self.open() as file, naming_damage(self.path, "dataset 'path'"):
            stored = FaceColumns(file, self._is_followed).texts("path")
            if stored is None:
                return [""] * len(rows)
            # h5py takes only sorted, unique rows.
            unique, inverse = np.unique(rows, return_inverse=True)
            # A block in order is read many times as fast.
            first, last = int(unique[0]), int(unique[-1])
            chosen = slice(first, last + 1) if last - first < len(unique) else unique
            names = stored.asstr(errors="backslashreplace")[chosen]
        return [names[i] for i in inverse]


class SingleFile:
    """A face file on the disk.

    Args:
        path: the HDF5 file.
        follow_links: see `FaceDataset`.

    Attributes:
        columns: of its rows.
        place: where its pictures and names are.
        image_shape: height, width and 3.
        num_rows: number of pictures.
        notes: see `FaceDataset`.

    Raises:
        InputError: if the file is missing, damaged or not a face file.
    """

    num_shards = 0

    def __init__(self, path: Path, follow_links: bool = False):
        check_regular(path)
        self.path, self.place = path, Place(path, follow_links)
        is_sealed = self.place.is_sealed
        with self.place.open() as file, naming_damage(path, "the file"):
            columns = FaceColumns(file, follow_links)
            images = columns.images
            self.image_shape: tuple[int, int, int] = images.shape[1:]
            self.num_rows: int = columns.num_rows
            # Only a contiguous, uncompressed dataset of this file has an offset in it.
            is_mapped = not (images.chunks or follow_links)
            self.place.offset = images.id.get_offset() if is_mapped else None
            self.place.shape = images.shape
            if not is_sealed:
                start = self.place.offset or 0
                text_heaps.check(path, start, start + math.prod(images.shape) * (start > 0))
            source = columns.codes("source")
            self.columns = Columns(
                columns.labels(),
                columns.attributes(),
                columns.split(),
                columns.identity(),
                source.codes,
                source.values,
                columns.numbers(picture_checksums.NAME, np.uint32),
            )
            columns.texts("path")  # refused here rather than when the first name is asked for
            self._is_bgr = columns.is_bgr()
        written = self.columns.checksums
        self._checksums = None if written is None else PictureChecksums(written)
        if self._checksums is not None:
            self.place.forget = self._checksums.forget
            if not is_sealed:
                seal.refuse_rest(path)
        self.notes = self._unprotected(is_sealed)

    def _unprotected(self, is_sealed: bool) -> tuple[str, ...]:
        if self._checksums is None:
            why = "has no checksums, as of an earlier version or another program, so damage to it goes unseen"
        elif not is_sealed:
            why = "was changed by another program since it was prepared, so damage to its columns goes unseen"
        else:
            return ()
        return (f"{self.path} {why}.",)

    @cached_property
    def _mapped(self) -> MappedPixels | None:
        return None if self.place.offset is None else self.place.map_pixels()

    @cached_property
    def _unpacked(self) -> np.ndarray:
        # Chunks are slow to read at random (a gzipped file gives 210 pictures/s), so such a
        # file is unpacked into memory once.
        size = math.prod((self.num_rows, *self.image_shape))
        if size > (most := machine.memory_bytes()):
            raise InputError(
                f"{self.path}: its packed pictures take {size / 1e9:,.0f} GB of memory, and this machine has "
                f"{most / 1e9:,.0f} GB. Unpack them with `facedebias prepare --faces lab:FILE` elsewhere."
            )
        with self.place.open() as file, naming_damage(self.path, "dataset 'images'"):
            return file["images"][:]

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Reads pictures in any order, repeats allowed.

        Args:
            rows: int `(n,)`, each in [0, num_rows).

        Returns:
            uint8 RGB `(n, height, width, 3)`.

        Raises:
            InputError: if a picture is damaged, or the file was changed.
        """
        if (mapped := self._mapped) is not None:
            mapped.check()
            mapped.announce(rows)
        pictures = (self._unpacked if mapped is None else mapped.images).take(rows, axis=0)
        if self._checksums is not None and len(damaged := self._checksums.damaged(rows, pictures)):
            raise picture_checksums.refusal(self.path, damaged)
        return np.ascontiguousarray(pictures[..., ::-1]) if self._is_bgr else pictures

    def paths(self, rows: np.ndarray) -> list[str]:
        """Where the pictures of these rows came from, int `(n,)` with n > 0; empty if nobody says."""
        return self.place.paths(rows)

    def parts(self) -> list[tuple[Path, int]]:
        """This file, and 0; see `FaceDataset.parts`."""
        return [(self.path, 0)]

    def verify_whole(self) -> None:
        """Has nothing to compare beyond the seal, which opening holds it against, and its pictures."""
