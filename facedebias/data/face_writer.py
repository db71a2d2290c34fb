"""Writing a face file: rows are appended, and the file gets its name when it is complete."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np

from facedebias.data import read_back
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.data.storage import layout, output_room, partial_file, picture_checksums, seal, writable
from facedebias.errors import InputError
from facedebias.safekeeping import output_place

_IDENTITIES = int(np.iinfo(np.int32).max)


class FaceFileWriter:
    """Writes a face file block by block; it gets its name only when it is complete.

    A context manager: leaving it without an exception finishes the file, leaving it with
    one removes what was written. Pictures go to the disk at once; names and codes, some
    hundred bytes a row, wait in memory. The finished file is read back and compared before it
    takes its name, and what was there before stays until then.

    HDF5 only lays the file out: the pixels are written past it, to the place it reserved for
    them. When a disk is full HDF5 fails once more on closing the file, down to crashing the
    process, whereas a plain write fails with an error that can be told to the user. It also
    takes half the time.

    Args:
        path: the file to make; where it is a link, the file that it leads to.
        capacity: most rows that can be appended; fewer may come.
        size: side of the pictures in pixels.
        attributes: attribute name -> value names, at most 127 each.
        sources: names of the sources.
        overwrite: whether an existing file is replaced.

    Attributes:
        notes: what was found in the folder, a sentence each.

    Raises:
        InputError: if the file exists and may not be replaced, the disk is too small, or a name
            cannot be written so that it is read back.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        capacity: int,
        size: int,
        attributes: Mapping[str, Sequence[str]],
        sources: Sequence[str],
        overwrite: bool = False,
    ):
        self.path = Path(path)
        if self.path.is_dir() or not self.path.name:
            raise InputError(f"{self.path}: is a folder; give a file in it, e.g. {self.path / 'train.h5'}.")
        writable.check_names(attributes, sources)
        self.num_rows = 0
        self._capacity, self._size = capacity, size
        self._values: dict[str, Sequence[str]] = {
            "split": SPLITS,
            "source": sources,
            **{f"attributes/{name}": values for name, values in attributes.items()},
        }
        self._columns = {name: np.full(capacity, UNKNOWN, np.int8) for name in self._values}
        self._columns["identity"] = np.full(capacity, UNKNOWN, np.int32)
        self._columns["labels"] = np.zeros((capacity, 1), np.float32)
        self._columns[picture_checksums.NAME] = np.zeros(capacity, np.uint32)
        self._paths: list[str] = []
        if self.path.exists() and not overwrite:
            raise InputError(f"{self.path}: exists already. Choose another --output or add --overwrite.")
        place = output_place.real(self.path)  # a link stays one
        self.notes = output_room.prepare(self.path, place.parent, capacity * size * size * 3)
        with output_room.naming(self.path):
            self._place = partial_file.PartialFile(place)
            self._partial = self._place.path
            try:
                self._offset = layout.lay_out(self._partial, capacity, size)
                self._file = self._partial.open("r+b")
            except BaseException:
                self._place.close()
                raise
        self._file.seek(self._offset)

    def __enter__(self) -> Self:
        """Starts writing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes the file, or removes it if an exception is on its way."""
        try:
            if kind is None:
                with output_room.naming(self.path):
                    self._finish()
        finally:
            # Closing writes what is still buffered, and so fails again on a full disk.
            with contextlib.suppress(OSError):
                self._file.close()
            self._place.close()

    def append(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        attributes: Mapping[str, np.ndarray],
        source: int,
        paths: Sequence[str],
        split: np.ndarray,
        identity: np.ndarray,
    ) -> None:
        """Appends a block of n rows.

        Args:
            images: uint8 RGB `(n, size, size, 3)`.
            labels: `(n,)`, 1 face, 0 not.
            attributes: attribute name -> int8 codes `(n,)`; those left out are unknown.
            source: index into `sources`.
            paths: n texts; see `writable.readable` for what is kept of odd ones.
            split: int8 `(n,)`, indices into `SPLITS` or -1.
            identity: int32 `(n,)`, -1 where unknown.

        Raises:
            ValueError: if the pictures have another shape or type, or exceed the capacity.
            InputError: if a code stands for nothing; names the picture.
        """
        block = slice(self.num_rows, self.num_rows + len(images))
        shape = (self._size, self._size, 3)
        if images.dtype != np.uint8 or images.shape[1:] != shape or block.stop > self._capacity:
            raise ValueError(
                f"{self.path}: got {images.dtype} {images.shape} after {self.num_rows} rows; expected uint8 "
                f"(n, {self._size}, {self._size}, 3) and at most {self._capacity} rows in all."
            )
        columns: dict[str, Any] = {"identity": identity, "split": split, "source": source}
        columns |= {f"attributes/{name}": codes for name, codes in attributes.items()}
        for name, column in columns.items():
            most = len(self._values[name]) - 1 if name in self._values else _IDENTITIES
            writable.check_codes(name, column, most, paths)
        images = np.ascontiguousarray(images)
        with output_room.naming(self.path):
            self._file.write(images.data)
        columns["labels"] = np.reshape(labels, (-1, 1))
        columns[picture_checksums.NAME] = picture_checksums.of(images)
        for name, column in columns.items():
            self._columns[name][block] = column
        self._paths += map(writable.readable, paths)
        self.num_rows = block.stop

    def _finish(self) -> None:
        if self.num_rows < self._capacity:
            self._shrink()
        self._reserve_columns()
        self._file.close()
        with h5py.File(self._partial, "r+", locking=False) as file:
            file.create_dataset("path", data=self._paths, dtype=h5py.string_dtype(), shape=(self.num_rows,))
            layout.create_ordered_group(file, "attributes")
            for name, column in self._columns.items():
                dataset = file.create_dataset(name, data=column[: self.num_rows])
                if name in self._values:
                    dataset.attrs["values"] = list(self._values[name])
        with self._partial.open("r+b") as sealed:
            seal.append(sealed, self._offset, self._offset + self.num_rows * self._size**2 * 3)
        columns = {name: column[: self.num_rows] for name, column in self._columns.items()}
        del columns[picture_checksums.NAME]
        read_back.check(self._partial, columns, self._values, self._paths, self.path)
        self._place.publish()

    def _shrink(self) -> None:
        """Replaces what HDF5 wrote before the pixels by the same for fewer rows."""
        smaller = self._partial.with_name(self._partial.name + "-header")
        try:
            offset = layout.lay_out(smaller, self.num_rows, self._size)
            if offset != self._offset:
                raise RuntimeError(f"HDF5 put the pixels at {offset}, not at {self._offset}.")
            with smaller.open("rb") as file:
                header = file.read(offset)
            num_bytes = smaller.stat().st_size
        finally:
            smaller.unlink(missing_ok=True)
        self._file.truncate(num_bytes)
        self._file.seek(0)
        self._file.write(header)

    def _reserve_columns(self) -> None:
        """Takes the disk space that HDF5 is about to need, so that it cannot find the disk full.

        HDF5 accepts a file that is too long, and cuts it on closing.
        """
        num_bytes = sum(column.nbytes for column in self._columns.values())
        # A text takes up to 40 bytes of bookkeeping, a dataset or attribute some thousand.
        num_bytes += sum(len(path.encode()) + 40 for path in self._paths) + 4096 * (16 + len(self._columns))
        num_bytes += seal.SIZE + sum(
            len(value.encode()) + 64 for values in self._values.values() for value in values
        )
        self._file.seek(0, os.SEEK_END)
        for start in range(0, num_bytes, 1 << 20):
            self._file.write(bytes(min(1 << 20, num_bytes - start)))
        self._file.flush()
