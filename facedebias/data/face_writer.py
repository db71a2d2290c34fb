"""Writing a face file: rows are appended, and the file gets its name when it is complete."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np

from facedebias.data.face_columns import FORMAT_VERSION
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.errors import InputError


class FaceFileWriter:
    """Writes a face file block by block; it gets its name only when it is complete.

    A context manager: leaving it without an exception finishes the file, leaving it with
    one removes what was written. Pictures go to the disk at once; names and codes, some
    hundred bytes a row, wait in memory.

    HDF5 only lays the file out: the pixels are written past it, to the place it reserved for
    them. When a disk is full HDF5 fails once more on closing the file, down to crashing the
    process, whereas a plain write fails with an error that can be told to the user. It also
    takes half the time.

    Args:
        path: the file to make.
        capacity: most rows that can be appended; fewer may come.
        size: side of the pictures in pixels.
        attributes: attribute name -> value names, at most 127 each.
        sources: names of the sources.
        overwrite: whether an existing file is replaced.

    Raises:
        InputError: if the file exists and may not be replaced, or the disk is too small.
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
        self.num_rows = 0
        self._capacity, self._size = capacity, size
        self._partial = self.path.with_name(f".{self.path.name}.partial-{os.getpid()}")
        self._values = {
            "split": SPLITS,
            "source": sources,
            **{f"attributes/{name}": values for name, values in attributes.items()},
        }
        self._columns = {name: np.full(capacity, UNKNOWN, np.int8) for name in self._values}
        self._columns["identity"] = np.full(capacity, UNKNOWN, np.int32)
        self._columns["labels"] = np.zeros((capacity, 1), np.float32)
        self._paths: list[str] = []
        self._check_place(capacity * size * size * 3, overwrite)
        with _naming(self.path):
            try:
                self._offset = _lay_out(self._partial, capacity, size)
                self._file = self._partial.open("r+b")
            except BaseException:
                self._partial.unlink(missing_ok=True)
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
                with _naming(self.path):
                    self._finish()
        finally:
            # Closing writes what is still buffered, and so fails again on a full disk.
            with contextlib.suppress(OSError):
                self._file.close()
            self._partial.unlink(missing_ok=True)

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
            paths: n texts.
            split: int8 `(n,)`, indices into `SPLITS` or -1.
            identity: int32 `(n,)`, -1 where unknown.

        Raises:
            ValueError: if the pictures have another shape or type, or exceed the capacity.
        """
        block = slice(self.num_rows, self.num_rows + len(images))
        shape = (self._size, self._size, 3)
        if images.dtype != np.uint8 or images.shape[1:] != shape or block.stop > self._capacity:
            raise ValueError(
                f"{self.path}: got {images.dtype} {images.shape} after {self.num_rows} rows; expected uint8 "
                f"(n, {self._size}, {self._size}, 3) and at most {self._capacity} rows in all."
            )
        with _naming(self.path):
            self._file.write(np.ascontiguousarray(images).data)
        columns: dict[str, Any] = {"labels": np.reshape(labels, (-1, 1)), "split": split}
        columns |= {"identity": identity, "source": source}
        columns |= {f"attributes/{name}": codes for name, codes in attributes.items()}
        for name, column in columns.items():
            self._columns[name][block] = column
        self._paths += paths
        self.num_rows = block.stop

    def _check_place(self, num_bytes: int, overwrite: bool) -> None:
        if self.path.exists() and not overwrite:
            raise InputError(f"{self.path}: exists already. Choose another --output or add --overwrite.")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise InputError(
                f"{self.path}: {self.path.parent} is not a folder. Choose another --output."
            ) from None
        free = shutil.disk_usage(self.path.parent).free
        if num_bytes > free:
            raise InputError(
                f"{self.path}: needs {num_bytes / 1e6:,.0f} MB, but {self.path.parent} has "
                f"{free / 1e6:,.0f} MB free. Free some or choose another --output."
            )

    def _finish(self) -> None:
        if self.num_rows < self._capacity:
            self._shrink()
        self._reserve_columns()
        self._file.close()
        with h5py.File(self._partial, "r+") as file:
            file.create_dataset("path", data=self._paths, dtype=h5py.string_dtype(), shape=(self.num_rows,))
            _create_ordered_group(file, "attributes")
            for name, column in self._columns.items():
                dataset = file.create_dataset(name, data=column[: self.num_rows])
                if name in self._values:
                    dataset.attrs["values"] = list(self._values[name])
        os.replace(self._partial, self.path)

    def _shrink(self) -> None:
        """Replaces what HDF5 wrote before the pixels by the same for fewer rows."""
        smaller = self._partial.with_name(self._partial.name + "-header")
        try:
            offset = _lay_out(smaller, self.num_rows, self._size)
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
        num_bytes += sum(len(value) + 64 for values in self._values.values() for value in values)
        self._file.seek(0, os.SEEK_END)
        for start in range(0, num_bytes, 1 << 20):
            self._file.write(bytes(min(1 << 20, num_bytes - start)))
        self._file.flush()


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Adds the name of the file to errors of the disk, which failed writes do not give."""
    try:
        yield
    except OSError as failure:
        raise OSError(failure.errno, failure.strerror or str(failure), str(path)) from failure


def _lay_out(path: Path, num_rows: int, size: int) -> int:
    """Makes a face file without columns; returns where its pixels are to be written."""
    with path.open("wb") as plain:
        plain.truncate(num_rows * size * size * 3)  # fails where HDF5 would crash
    with h5py.File(path, "w") as file:
        file.attrs["format_version"] = FORMAT_VERSION
        file.attrs["channel_order"] = "RGB"
        # Contiguous, so that readers can map it into memory, and placed right away.
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        properties.set_obj_track_times(False)  # the same pictures give the same bytes at any time
        pixel = h5py.h5t.py_create(np.dtype(np.uint8))
        space = h5py.h5s.create_simple((num_rows, size, size, 3))
        return h5py.h5d.create(file.id, b"images", pixel, space, properties).get_offset()


def _create_ordered_group(file: h5py.File, name: str) -> None:
    """Makes a group that keeps the order of what is put into it, and no time, unlike h5py's own."""
    properties = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    properties.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    properties.set_obj_track_times(False)
    h5py.h5g.create(file.id, name.encode(), gcpl=properties)
