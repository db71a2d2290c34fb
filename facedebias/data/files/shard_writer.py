"""Writing shards: face files one after the other in a folder that gets its name when all are complete."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.files import shard_index
from facedebias.data.files.shard_index import Shard, ShardIndex
from facedebias.data.storage import output_room, partial_file, shard_names, writable
from facedebias.errors import InputError
from facedebias.safekeeping import atomic, output_place
from facedebias.safekeeping.folder_beside import folder_beside
from facedebias.text import counted, visible

_SUFFIXES = {".h5", ".hdf5"}


class ShardWriter:
    """Writes rows into shards of equal size, in order, as `FaceFileWriter` does into one file.

    Shards are made in a hidden folder beside the one that they become. Each is read back when it
    is full, and then takes no memory any more. The folder gets its name at the end, in place of
    the shards that had it.

    Args:
        folder: to make: the shards and their index.
        num_shards: at most `capacity`; fewer are made if fewer rows come.
        capacity: most rows that can be appended; the last shards lack those that do not come.
        size: side of the pictures in pixels.
        attributes: attribute name -> value names, at most 127 each.
        sources: names of the sources.
        overwrite: whether shards that are there are replaced.

    Attributes:
        path: of the index.
        notes: what was found beside the folder, a sentence each.

    Raises:
        InputError: if the folder is there and may not be replaced, the disk is too small, or a name
            cannot be written so that it is read back.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        num_shards: int,
        capacity: int,
        size: int,
        attributes: Mapping[str, Sequence[str]],
        sources: Sequence[str],
        overwrite: bool = False,
    ):
        self._named = Path(folder)
        self._folder = output_place.real(self._named)
        self.path = self._named / shard_names.INDEX
        if num_shards > capacity:
            raise InputError(
                f"{self._named}: {counted(num_shards, 'shard')} of {counted(capacity, 'picture')}; expected "
                "at least one in each. Give a smaller --shards."
            )
        writable.check_names(attributes, sources)
        atomic.put_back(self._folder)
        self._check_place(overwrite)
        self.notes = output_room.prepare(self._named, self._folder.parent, capacity * size * size * 3)
        self._sizes = [
            capacity // num_shards + (number < capacity % num_shards) for number in range(num_shards)
        ]
        self._size, self._values, self._sources = size, attributes, sources
        self._shards: list[Shard] = []
        self._writer: FaceFileWriter | None = None
        self.num_rows = 0
        self._held = contextlib.ExitStack()
        with output_room.naming(self._named):
            self._hidden = self._held.enter_context(folder_beside(self._folder))

    def _check_place(self, overwrite: bool) -> None:
        if self._named.suffix in _SUFFIXES:
            raise InputError(
                f"{self._named}: is the name of a file; --shards makes a folder. Give its name, e.g. "
                f"--output={self._named.with_suffix('')}."
            )
        if not os.path.lexists(self._folder):
            return
        if not self._folder.is_dir():
            raise InputError(
                f"{self._named}: is no folder, and --shards makes one. Choose another --output, e.g. "
                f"--output={self._named}-shards."
            )
        held = os.listdir(self._folder)
        if strange := [name for name in held if not shard_names.is_part(name)]:
            raise InputError(
                f"{self._named}: is a folder with {visible(min(strange))}, which is no shard; nothing is "
                "replaced in it. Choose another --output."
            )
        if os.path.ismount(self._folder):
            raise InputError(
                f"{self._named}: a disk is mounted there, and a folder that gets its name at the end cannot "
                f"be one. Choose a folder in it, e.g. --output={self._named / 'shards'}."
            )
        if held and not overwrite:
            raise InputError(f"{self._named}: exists already. Choose another --output or add --overwrite.")

    def __enter__(self) -> Self:
        """Starts writing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes the shards, or removes them all if an exception is on its way."""
        with self._held:
            if kind is not None:
                writer, self._writer = self._writer, None
                if writer is not None:
                    writer.__exit__(kind, error, trace)
                return
            with self._naming_output():
                self._finish_shard()
                self._publish()

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
        """Appends a block of n rows, see `FaceFileWriter.append`; it may end in another shard.

        Raises:
            ValueError: if the pictures have another shape or type, or exceed the capacity.
            InputError: if a code stands for nothing, or a full shard cannot be read back.
        """
        if self.num_rows + len(images) > sum(self._sizes):
            raise ValueError(
                f"{self._named}: got {len(images)} pictures after {self.num_rows} rows; expected at most "
                f"{sum(self._sizes)} in all."
            )
        start = 0
        while start < len(images):
            with self._naming_output():
                writer = self._writer or self._start_shard()
                room = self._sizes[len(self._shards)] - writer.num_rows
                part = slice(start, start + room)
                writer.append(
                    images[part],
                    labels[part],
                    {name: codes[part] for name, codes in attributes.items()},
                    source,
                    paths[part],
                    split[part],
                    identity[part],
                )
                start += min(room, len(images) - start)
                if writer.num_rows == self._sizes[len(self._shards)]:
                    self._finish_shard()
        self.num_rows += len(images)

    def _start_shard(self) -> FaceFileWriter:
        number = len(self._shards)
        path = self._hidden / shard_names.of_shard(number)
        self._writer = FaceFileWriter(path, self._sizes[number], self._size, self._values, self._sources)
        return self._writer

    def _finish_shard(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.__exit__(None, None, None)
            self._shards.append(shard_index.entry(writer.path, writer.num_rows))

    def _publish(self) -> None:
        if not self._shards:
            raise InputError(f"{self._named}: no picture came; expected one or more.")
        if missing := len(self._sizes) - len(self._shards):
            self.notes += (f"{counted(missing, 'shard')} fewer than asked for, as pictures were left out.",)
        values = {name: tuple(texts) for name, texts in self._values.items()}
        shape = (self._size, self._size, 3)
        index = ShardIndex(shape, tuple(self._sources), values, tuple(self._shards))
        shard_index.write(self._hidden, index)
        partial_file.write_down(self._hidden)
        atomic.take_place(self._hidden, self._folder)
        partial_file.write_down(self._folder.parent)

    @contextlib.contextmanager
    def _naming_output(self) -> Iterator[None]:
        """Errors name the folder that was asked for, not the hidden one."""
        hidden, named = str(self._hidden), str(self._named)
        try:
            yield
        except InputError as error:
            raise InputError(str(error).replace(hidden, named)) from error
        except OSError as failure:
            name = str(failure.filename or named).replace(hidden, named)
            raise OSError(failure.errno, failure.strerror or str(failure), name) from failure
