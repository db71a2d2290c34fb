"""The face file: pictures, labels and attributes in one HDF5 file (docs/data-format.md)."""

import math
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.errors import InputError
from facedebias.text import visible

FORMAT_VERSION = 1
FACE, NONFACE = 1, 0
_PREPARE = "`python -m facedebias.prepare`"


@dataclass(frozen=True)
class Attribute:
    """One attribute of every row.

    Attributes:
        codes: int8 `(num_rows,)`, indices into `values`, -1 where unknown.
        values: value names in the order of their codes.
    """

    codes: np.ndarray
    values: tuple[str, ...]


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
        with _open_for_reading(self.path) as file:
            self._check(file)
            images = file["images"]
            self.image_shape: tuple[int, int, int] = images.shape[1:]
            self.num_rows: int = images.shape[0]
            # Only a contiguous, uncompressed dataset that has been written has an offset.
            self._offset: int | None = None if images.chunks else images.id.get_offset()
            # A byte a row: with a million rows everything counts that is not a picture.
            self.labels = file["labels"][:].astype(np.uint8).reshape(-1, 1)
            self.attributes = _read_attributes(file)
            self.split = _read_codes(file, "split", self.num_rows, SPLITS).codes
            self.identity = _read_column(file, "identity", np.int32, self.num_rows)
            source = _read_codes(file, "source", self.num_rows)
            self.source, self.sources = source.codes, source.values
            # Files without an order are the lab's, which were written by OpenCV.
            order = _text(file.attrs.get("channel_order", "BGR"))
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
        with _open_for_reading(self.path) as file:
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
        with _open_for_reading(self.path) as file:
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

    def _check(self, file: h5py.File) -> None:
        version = file.attrs.get("format_version", 0)
        if version > FORMAT_VERSION:
            raise InputError(
                f"{self.path}: format version {version}; this program reads up to "
                f"{FORMAT_VERSION}. Update facedebias."
            )
        for name in ("images", "labels"):
            if not isinstance(file.get(name), h5py.Dataset):
                held = ", ".join(file) or "nothing"
                raise InputError(
                    f"{self.path}: no dataset {name!r} (the file holds {held}); expected a face "
                    f"file, see docs/data-format.md. Make one with {_PREPARE}."
                )
        images, labels = file["images"], file["labels"]
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
            raise InputError(
                f"{self.path}: dataset 'images' has shape {images.shape} and dtype {images.dtype}; "
                f"expected uint8 (num_images, height, width, 3), RGB from 0 to 255. Make it again with "
                f"{_PREPARE} from the pictures themselves."
            )
        if labels.shape not in {(len(images), 1), (len(images),)}:
            raise InputError(
                f"{self.path}: dataset 'labels' has shape {labels.shape} beside {len(images)} "
                f"images; expected ({len(images)}, 1). Make it again with {_PREPARE}."
            )
        if labels.dtype.kind not in "biuf":
            raise InputError(
                f"{self.path}: dataset 'labels' has dtype {labels.dtype}; expected float32. "
                f"Make it again with {_PREPARE}."
            )
        strange = np.setdiff1d(labels[:], [NONFACE, FACE])
        if strange.size:
            raise InputError(
                f"{self.path}: dataset 'labels' holds {strange[0]:g}; expected only 1 (face) and "
                f"0 (no face). Make it again with {_PREPARE}."
            )


def _open_for_reading(path: Path) -> h5py.File:
    if not path.exists():
        raise InputError(f"{path}: no such file. Make one with {_PREPARE}.")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; expected a file made by {_PREPARE}.")
    try:
        return h5py.File(path, "r")
    except PermissionError:
        raise
    except OSError as error:
        what = "is cut short" if "truncated" in str(error) else "is not an HDF5 file"
        raise InputError(
            f"{path}: {what} ({path.stat().st_size:,} bytes). Copy it again, or make it again "
            f"with {_PREPARE}."
        ) from error


def _read_attributes(file: h5py.File) -> dict[str, Attribute]:
    num_rows = len(file["images"])
    return {name: _read_codes(file, f"attributes/{name}", num_rows) for name in file.get("attributes", {})}


def _read_codes(
    file: h5py.File, name: str, num_rows: int, values: tuple[str, ...] | None = None
) -> Attribute:
    """Reads codes and, unless they are given, the values they stand for."""
    # Checked before they are cut to int8, where 256 would become a valid-looking 0.
    codes = _read_column(file, name, np.int64, num_rows)
    if name not in file:
        return Attribute(codes.astype(np.int8), values or ())
    if values is None:
        values = tuple(_text(value) for value in file[name].attrs.get("values", ()))
    if len(codes) and (codes.min() < UNKNOWN or codes.max() >= len(values)):
        raise InputError(
            f"{file.filename}: dataset {name!r} has codes from {codes.min()} to {codes.max()}, but names for "
            f"{len(values)} values; expected -1 (unknown) to {len(values) - 1}. Make it again "
            f"with {_PREPARE}."
        )
    return Attribute(codes.astype(np.int8), values)


def _text(value: str | bytes) -> str:
    """HDF5 attributes written elsewhere may be bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _read_column(file: h5py.File, name: str, dtype: type, num_rows: int) -> np.ndarray:
    if name not in file:
        return np.broadcast_to(np.array(UNKNOWN, dtype), num_rows)  # takes no memory
    if file[name].shape != (num_rows,):
        raise InputError(
            f"{file.filename}: dataset {name!r} has shape {file[name].shape} beside {num_rows} images; "
            f"expected ({num_rows},). Make it again with {_PREPARE}."
        )
    return file[name][:].astype(dtype)


def _count_text(column: Attribute, is_face: np.ndarray) -> str:
    parts = []
    for code, value in [*enumerate(column.values), (UNKNOWN, "unknown")]:
        rows = column.codes == code
        num_faces = (rows & is_face).sum()
        if rows.any():
            is_mixed = 0 < num_faces < rows.sum()
            parts.append(f"{value} {rows.sum():,}" + (f" ({num_faces:,} faces)" if is_mixed else ""))
    return ", ".join(parts)
