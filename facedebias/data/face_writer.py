"""Writing a face file: rows are appended, and the file gets its name when it is complete."""

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import h5py
import numpy as np

from facedebias.data.face_file import FORMAT_VERSION
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.errors import InputError


class FaceFileWriter:
    """Writes a face file block by block; it gets its name only when it is complete.

    A context manager: leaving it without an exception finishes the file, leaving it with
    one removes what was written. Memory does not grow with the number of rows.

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
        self.num_rows = 0
        self._overwrite = overwrite
        self._partial = self.path.with_name(f".{self.path.name}.partial-{os.getpid()}")
        self._attributes = attributes
        self._check_place(capacity * size * size * 3)
        self._file = h5py.File(self._partial, "w")
        _create_datasets(self._file, capacity, size, attributes, sources)

    def __enter__(self) -> Self:
        """Starts writing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes the file, or removes it if an exception is on its way."""
        try:
            if kind is None:
                self._finish()
        finally:
            if self._file:
                self._close_after_failure()
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
        """
        block = slice(self.num_rows, self.num_rows + len(images))
        self._file["images"][block] = images
        self._file["labels"][block, 0] = labels
        self._file["source"][block] = source
        self._file["path"][block] = np.asarray(paths, object)
        self._file["split"][block] = split
        self._file["identity"][block] = identity
        for name, codes in attributes.items():
            self._file[f"attributes/{name}"][block] = codes
        self.num_rows = block.stop

    def _check_place(self, num_bytes: int) -> None:
        if self.path.exists() and not self._overwrite:
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
        if self.num_rows < len(self._file["images"]):
            self._shrink()
        self._file.close()
        os.replace(self._partial, self.path)

    def _close_after_failure(self) -> None:
        # On a full disk HDF5 cannot flush and fails again on closing; the first error counts.
        with contextlib.suppress(OSError, RuntimeError):
            self._file.close()

    def _shrink(self) -> None:
        """Copies the rows that were written: a contiguous dataset cannot be cut."""
        partial = self._partial.with_name(self._partial.name + "-cut")
        old = self._file
        try:
            with h5py.File(partial, "w") as new:
                sources = old["source"].attrs["values"]
                _create_datasets(new, self.num_rows, old["images"].shape[1], self._attributes, sources)
                names = ["images", "labels", "source", "path", "split", "identity"]
                for name in names + [f"attributes/{name}" for name in self._attributes]:
                    for start in range(0, self.num_rows, 1024):
                        block = slice(start, min(start + 1024, self.num_rows))
                        new[name][block] = old[name][block]
            old.close()
            os.replace(partial, self._partial)
        finally:
            partial.unlink(missing_ok=True)


def _create_datasets(
    file: h5py.File, num_rows: int, size: int, attributes: Mapping[str, Sequence[str]], sources: Sequence[str]
) -> None:
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["channel_order"] = "RGB"
    # Contiguous (no chunks) and allocated at once, so that readers can map it into memory.
    file.create_dataset("images", (num_rows, size, size, 3), np.uint8)
    file.create_dataset("labels", (num_rows, 1), np.float32)
    file.create_dataset("path", (num_rows,), h5py.string_dtype())
    file.create_dataset("split", (num_rows,), np.int8, fillvalue=UNKNOWN).attrs["values"] = list(SPLITS)
    file.create_dataset("identity", (num_rows,), np.int32, fillvalue=UNKNOWN)
    file.create_dataset("source", (num_rows,), np.int8).attrs["values"] = list(sources)
    group = file.create_group("attributes", track_order=True)
    for name, values in attributes.items():
        group.create_dataset(name, (num_rows,), np.int8, fillvalue=UNKNOWN).attrs["values"] = list(values)
