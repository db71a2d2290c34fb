"""The face file: pictures, labels and attributes in one HDF5 file (docs/data-format.md)."""

import math
import mmap
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from facedebias.data.face_columns import (
    FACE,
    Attribute,
    check_layout,
    open_for_reading,
    read_attributes,
    read_codes,
    read_column,
    text_of,
)
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.errors import InputError
from facedebias.text import visible

_PREPARE = "`facedebias prepare`"


class FaceDataset:
    """A face file opened for reading; pictures stay on disk until they are asked for.

    Reads files of this project and the MIT lab's `train_face.h5` (only `images` and
    `labels`, channels in BGR order, which are turned to RGB on reading).

    Args:
        path: the HDF5 file.

    Raises:
        InputError: if the file is missing, damaged or not a face file.
    """

    notes: tuple[str, ...] = ()  # a face file gives all that it holds

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        with open_for_reading(self.path) as file:
            check_layout(self.path, file)
            images = file["images"]
            self.image_shape: tuple[int, int, int] = images.shape[1:]
            self.num_rows: int = images.shape[0]
            # Only a contiguous, uncompressed dataset that has been written has an offset.
            self._offset: int | None = None if images.chunks else images.id.get_offset()
            # A byte a row: with a million rows everything counts that is not a picture.
            self.labels = file["labels"][:].astype(np.uint8).reshape(-1, 1)
            self.attributes = read_attributes(file)
            self.split = read_codes(file, "split", self.num_rows, SPLITS).codes
            self.identity = read_column(file, "identity", np.int32, self.num_rows)
            source = read_codes(file, "source", self.num_rows)
            self.source, self.sources = source.codes, source.values
            # Files without an order are the lab's, which were written by OpenCV.
            order = text_of(file.attrs.get("channel_order", "BGR"))
            if order not in {"RGB", "BGR"}:
                raise InputError(
                    f"{self.path}: channel_order {order!r}; expected RGB or BGR. Make it again "
                    f"with {_PREPARE}."
                )
            self._is_bgr = order == "BGR"

    def __len__(self) -> int:
        """Number of pictures."""
        return self.num_rows

    @cached_property
    def _map(self) -> mmap.mmap | None:
        if self._offset is None:
            return None
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @cached_property
    def _stored_images(self) -> np.ndarray:
        if self._map is not None and self._offset is not None:
            shape = (self.num_rows, *self.image_shape)
            return np.frombuffer(self._map, np.uint8, math.prod(shape), self._offset).reshape(shape)
        # Chunks are slow to read at random (a gzipped file gives 210 pictures/s), so such a
        # file is unpacked into memory once.
        with open_for_reading(self.path) as file:
            return file["images"][:]

    def read(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Reads pictures in any order, repeats allowed.

        Args:
            rows: int `(n,)`, each in [0, num_rows).

        Returns:
            uint8 RGB `(n, height, width, 3)`.
        """
        rows = np.asarray(rows, np.intp)
        self._announce(rows)
        pictures = self._stored_images.take(rows, axis=0)
        return np.ascontiguousarray(pictures[..., ::-1]) if self._is_bgr else pictures

    def _announce(self, rows: np.ndarray) -> None:
        """Lets the system fetch what is not in memory side by side, not page by page as it is touched.

        From a cold disk that is many times as fast; benchmarks/training/cold_file.py has the rate.
        """
        if self._map is None or self._offset is None or not hasattr(mmap, "MADV_WILLNEED"):
            return
        size = math.prod(self.image_shape)
        for row in rows[(rows >= 0) & (rows < self.num_rows)].tolist():
            start = self._offset + row * size
            start -= start % mmap.PAGESIZE
            self._map.madvise(mmap.MADV_WILLNEED, start, self._offset + (row + 1) * size - start)

    def paths(self, rows: np.ndarray | Sequence[int]) -> list[str]:
        """Where the pictures of these rows came from; empty strings if the file does not say."""
        if len(rows) == 0:
            return []
        with open_for_reading(self.path) as file:
            if "path" not in file:
                return [""] * len(rows)
            # h5py takes only sorted, unique rows.
            unique, inverse = np.unique(np.asarray(rows), return_inverse=True)
            names = file["path"].asstr()[unique]
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
