"""The face file: pictures, labels and attributes in one HDF5 file (docs/data-format.md)."""

import math
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from facedebias import machine
from facedebias.data.face_columns import FACE, Attribute, FaceColumns, check_regular, open_for_reading
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.data.storage import picture_checksums, seal, text_heaps
from facedebias.data.storage.hdf5_parts import naming_damage
from facedebias.data.storage.known_file import KnownFile
from facedebias.data.storage.mapped_pixels import MappedPixels
from facedebias.data.storage.picture_checksums import PictureChecksums
from facedebias.errors import InputError
from facedebias.text import visible

_VERIFIED_AT_ONCE = 1 << 20  # bytes


class FaceDataset:
    """A face file opened for reading; pictures stay on disk until they are asked for.

    Reads files of this project and the MIT lab's `train_face.h5` (only `images` and
    `labels`, channels in BGR order, which are turned to RGB on reading).

    Damage is found by checksums: to columns and layout on opening, to a picture when it is
    read for the first time.

    Args:
        path: the HDF5 file.
        follow_links: whether what a file may point to is read as well: other files by links,
            external storage and virtual data sets, and plug-ins that unpack. All pictures are
            then held in memory.

    Attributes:
        notes: what is not protected from damage, in a sentence; none where checksums cover all.
        failure: the damage that was met on reading, if any.

    Raises:
        InputError: if the file is missing, damaged or not a face file.
    """

    def __init__(self, path: str | os.PathLike[str], follow_links: bool = False):
        self.path, self._is_followed = Path(path), follow_links
        self.failure: InputError | None = None
        check_regular(self.path)
        self._known = KnownFile(self.path)
        self._checksums: PictureChecksums | None = None
        is_sealed = self._known.is_sealed
        with self._open() as file, naming_damage(self.path, "the file"):
            columns = FaceColumns(file, follow_links)
            images = columns.images
            self.image_shape: tuple[int, int, int] = images.shape[1:]
            self.num_rows: int = columns.num_rows
            # Only a contiguous, uncompressed dataset of this file has an offset in it.
            is_mapped = not (images.chunks or follow_links)
            self._offset: int | None = images.id.get_offset() if is_mapped else None
            if not is_sealed:
                start = self._offset or 0
                text_heaps.check(self.path, start, start + math.prod(images.shape) * (start > 0))
            self.labels = columns.labels()
            self.attributes = columns.attributes()
            self.split = columns.split()
            self.identity = columns.identity()
            source = columns.codes("source")
            self.source, self.sources = source.codes, source.values
            columns.texts("path")  # refused here rather than when the first name is asked for
            written = columns.numbers(picture_checksums.NAME, np.uint32)
            if written is not None:
                self._checksums = PictureChecksums(self.path, written)
            self._is_bgr = columns.is_bgr()
        if self._checksums is not None and not is_sealed:
            seal.refuse_rest(self.path)
        self.notes = self._unprotected(is_sealed)

    def _unprotected(self, is_sealed: bool) -> tuple[str, ...]:
        if self._checksums is None:
            why = "has no checksums, as of an earlier version or another program, so damage to it goes unseen"
        elif not is_sealed:
            why = "was changed by another program since it was prepared, so damage to its columns goes unseen"
        else:
            return ()
        return (f"{self.path} {why}.",)

    def _open(self) -> h5py.File:
        """The file, as it was when the data set was opened."""
        file = open_for_reading(self.path, self._is_followed)
        try:
            self._refuse_changes(self.path.stat())
        except InputError:
            file.close()
            raise
        return file

    def _refuse_changes(self, now: os.stat_result) -> None:
        forget = (lambda: None) if self._checksums is None else self._checksums.forget
        self._known.refuse_changes(now, forget)

    def __len__(self) -> int:
        """Number of pictures."""
        return self.num_rows

    @cached_property
    def _mapped(self) -> MappedPixels | None:
        if self._offset is None:
            return None
        return MappedPixels(self.path, self._refuse_changes, self._offset, (self.num_rows, *self.image_shape))

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
        with self._open() as file, naming_damage(self.path, "dataset 'images'"):
            return file["images"][:]

    def read(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Reads pictures in any order, repeats allowed.

        Args:
            rows: int `(n,)`, each in [0, num_rows).

        Returns:
            uint8 RGB `(n, height, width, 3)`.

        Raises:
            InputError: if a picture is damaged, or the file was changed. `failure` keeps it, as TensorFlow
                passes on its text alone.
        """
        try:
            return self._read(np.asarray(rows, np.intp))
        except InputError as error:
            self.failure = error
            raise

    def _read(self, rows: np.ndarray) -> np.ndarray:
        if (mapped := self._mapped) is not None:
            mapped.check()
            mapped.announce(rows)
        pictures = (self._unpacked if mapped is None else mapped.images).take(rows, axis=0)
        if self._checksums is not None:
            self._checksums.verify(rows, pictures)
        return np.ascontiguousarray(pictures[..., ::-1]) if self._is_bgr else pictures

    def paths(self, rows: np.ndarray | Sequence[int]) -> list[str]:
        """Where the pictures of these rows came from; empty strings if the file does not say."""
        if len(rows) == 0:
            return []
        with self._open() as file, naming_damage(self.path, "dataset 'path'"):
            stored = FaceColumns(file, self._is_followed).texts("path")
            if stored is None:
                return [""] * len(rows)
            # h5py takes only sorted, unique rows.
            unique, inverse = np.unique(np.asarray(rows), return_inverse=True)
            # A block in order is read many times as fast.
            first, last = int(unique[0]), int(unique[-1])
            chosen = slice(first, last + 1) if last - first < len(unique) else unique
            names = stored.asstr(errors="backslashreplace")[chosen]
        return [names[i] for i in inverse]

    def rows(self, label: int | None = None, split: str | None = None) -> np.ndarray:
        """Rows with this label (`FACE` or `NONFACE`) and split, int64 `(n,)`, ascending."""
        keep = np.ones(self.num_rows, bool)
        if label is not None:
            keep &= self.labels[:, 0] == label
        if split is not None:
            keep &= self.split == SPLITS.index(split)
        return np.flatnonzero(keep)

    def attribute(self, name: str) -> Attribute:
        """The attribute of that name.

        Raises:
            InputError: if the file has no such attribute; lists those it has.
        """
        if name not in self.attributes:
            known = ", ".join(sorted(self.attributes)) or "none at all"
            raise InputError(f"{self.path}: no attribute {name!r}; the file has {known}.")
        return self.attributes[name]

    def verify(self, show_progress: bool = False) -> None:
        """Reads the whole file and holds it against its checksums.

        Args:
            show_progress: whether to draw a progress bar, if there is a terminal.

        Raises:
            InputError: if it is damaged, or has no checksums for all that it holds.
        """
        if self.notes:
            raise InputError(f"{self.notes[0]} Make it again with `facedebias prepare`.")
        step = max(1, _VERIFIED_AT_ONCE // math.prod(self.image_shape))
        disable = None if show_progress else True  # None: where there is no terminal
        with tqdm(
            total=self.num_rows, desc="verifying", unit=" pictures", leave=False, disable=disable
        ) as bar:
            for start in range(0, self.num_rows, step):
                block = range(start, min(start + step, self.num_rows))
                self.read(block)
                bar.update(len(block))

    def describe(self) -> str:
        """Counts per label, split, source and attribute value, as text of several lines."""
        height, width, _ = self.image_shape
        lines = [f"{self.path}: {self.num_rows:,} pictures of {height}x{width}"]
        is_face = self.labels[:, 0] == FACE
        lines.append(f"  faces {is_face.sum():,}, non-faces {(~is_face).sum():,}")
        columns = {
            "split": Attribute(self.split, SPLITS),
            "source": Attribute(self.source, self.sources),
            **self.attributes,
        }
        width = max(len(name) for name in columns)
        lines += [f"  {name:<{width}}  {_count_text(column, is_face)}" for name, column in columns.items()]
        known = self.identity != UNKNOWN
        if known.any():
            # People are numbered within a source.
            people = np.unique(np.stack([self.source[known], self.identity[known]]), axis=1)
            lines.append(f"  {'identity':<{width}}  {people.shape[1]:,} people")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(map(visible, lines))


def _count_text(column: Attribute, is_face: np.ndarray) -> str:
    parts = []
    for code, value in [*enumerate(column.values), (UNKNOWN, "unknown")]:
        rows = column.codes == code
        num_faces = (rows & is_face).sum()
        if rows.any():
            is_mixed = 0 < num_faces < rows.sum()
            parts.append(f"{value} {rows.sum():,}" + (f" ({num_faces:,} faces)" if is_mixed else ""))
    return ", ".join(parts)
