"""The face file: pictures, labels and attributes in one HDF5 file, or in shards (docs/data-format.md)."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from facedebias.data.face_columns import FACE, Attribute, check_regular
from facedebias.data.files import shard_index
from facedebias.data.files.sharded_file import ShardedFile
from facedebias.data.files.single_file import SingleFile
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.data.storage import shard_names
from facedebias.errors import InputError
from facedebias.text import counted, visible

_VERIFIED_AT_ONCE = 1 << 20  # bytes


class FaceDataset:
    """A face file opened for reading; pictures stay on disk until they are asked for.

    Reads files of this project and the MIT lab's `train_face.h5` (only `images` and
    `labels`, channels in BGR order, which are turned to RGB on reading). The index of shards
    opens as one file: it has the rows of all of them, in order.

    Damage is found by checksums: to columns and layout on opening, to a picture when it is
    read for the first time.

    Args:
        path: the HDF5 file, or the index of shards.
        follow_links: whether what a file may point to is read as well: other files by links,
            external storage and virtual data sets, and plug-ins that unpack. All pictures are
            then held in memory. Shards point to nothing, and are read as they are.

    Attributes:
        path: as given.
        image_shape: height, width and 3.
        num_rows: number of pictures.
        labels: uint8 `(num_rows, 1)`, 1 for faces.
        attributes: `Attribute` by name.
        split: int8 `(num_rows,)`, indices into `SPLITS`, -1 where unknown.
        identity: int32 `(num_rows,)`, number of the person in its source, -1 where unknown.
        source: int8 `(num_rows,)`, indices into `sources`, -1 where unknown.
        sources: names of the sources.
        notes: what is not protected from damage, in a sentence; none where checksums cover all.
        failure: the damage that was met on reading, if any.

    Raises:
        InputError: if the file is missing, damaged or not a face file; likewise of any shard, also one that
            was exchanged for another, or that the index does not name.
    """

    def __init__(self, path: str | os.PathLike[str], follow_links: bool = False):
        self.path = Path(path)
        self.failure: InputError | None = None
        self._file = _opened(self.path, follow_links)
        self.image_shape, self.num_rows = self._file.image_shape, self._file.num_rows
        columns = self._file.columns
        self.labels, self.attributes = columns.labels, columns.attributes
        self.split, self.identity = columns.split, columns.identity
        self.source, self.sources = columns.source, columns.sources
        self.notes = self._file.notes

    def __len__(self) -> int:
        """Number of pictures."""
        return self.num_rows

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
            return self._file.read(np.asarray(rows, np.intp))
        except InputError as error:
            self.failure = error
            raise

    def paths(self, rows: np.ndarray | Sequence[int]) -> list[str]:
        """Where the pictures of these rows came from; empty strings if the file does not say."""
        return self._file.paths(np.asarray(rows, np.intp)) if len(rows) else []

    def parts(self) -> list[tuple[Path, int]]:
        """The files that hold the rows, one or the shards in order, and the first row of each."""
        return self._file.parts()

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
        self._file.verify_whole()

    def describe(self) -> str:
        """Counts per label, split, source and attribute value, as text of several lines."""
        height, width, _ = self.image_shape
        shards = f" in {counted(self._file.num_shards, 'shard')}" if self._file.num_shards else ""
        lines = [f"{self.path}: {self.num_rows:,} pictures of {height}x{width}{shards}"]
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


def _opened(path: Path, follow_links: bool) -> SingleFile | ShardedFile:
    if shard_names.are_in(path):
        raise InputError(f"{path}: is a folder of shards; give the index in it, {path / shard_names.INDEX}.")
    check_regular(path)
    return ShardedFile(path) if shard_index.is_index(path) else SingleFile(path, follow_links)


def _count_text(column: Attribute, is_face: np.ndarray) -> str:
    parts = []
    for code, value in [*enumerate(column.values), (UNKNOWN, "unknown")]:
        rows = column.codes == code
        num_faces = (rows & is_face).sum()
        if rows.any():
            is_mixed = 0 < num_faces < rows.sum()
            parts.append(f"{value} {rows.sum():,}" + (f" ({num_faces:,} faces)" if is_mixed else ""))
    return ", ".join(parts)
