"""Shards that an index makes one face file: one row after the other, whichever file it is in."""

import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from facedebias.data.face_columns import Attribute, check_regular
from facedebias.data.files import shard_index
from facedebias.data.files.shard_index import WAY_OUT, Shard, ShardIndex
from facedebias.data.files.single_file import Columns, Place, SingleFile
from facedebias.data.storage import picture_checksums, seal
from facedebias.data.storage.mapped_pixels import MappedPixels
from facedebias.data.storage.picture_checksums import PictureChecksums
from facedebias.errors import InputError
from facedebias.machine import most_open_files
from facedebias.safekeeping.checksums import file_sha256
from facedebias.text import counted, visible

# Two handles a shard, and the other half is left to the rest of the program.
_SHARE_OF_HANDLES = 4


class ShardedFile:
    """The shards of an index, read as one file; see `SingleFile` for what it has.

    Opening reads the columns of every shard, and compares its seal with the index. Pictures are
    read later, and few files are open at a time.

    Args:
        path: the index.

    Raises:
        InputError: if the index or a shard is damaged, or a shard is missing, another or too many.
    """

    notes: tuple[str, ...] = ()  # shards have checksums, or are refused

    def __init__(self, path: Path):
        self.path = path
        index = shard_index.read(path)
        if strange := shard_index.surplus(path.parent, index):
            raise InputError(
                f"{path.parent / strange[0]}: a shard that {path} does not name, so the two do not belong "
                f"together. {WAY_OUT}"
            )
        self._shards, self.image_shape = index.shards, index.image_shape
        self.num_shards, self.num_rows = len(index.shards), index.num_rows
        self._stops = np.cumsum([shard.num_rows for shard in index.shards])
        self._starts = self._stops - [shard.num_rows for shard in index.shards]
        self.columns, checksums, self._places = _opened(path.parent, index)
        self._checksums = PictureChecksums(checksums)
        for place, start, stop in zip(self._places, self._starts, self._stops, strict=True):
            place.forget = functools.partial(self._checksums.forget, slice(start, stop))
        self._most_open = max(1, most_open_files() // _SHARE_OF_HANDLES)
        places = self._places  # nothing that is kept knows self, which would keep the files open
        self._pixels: Callable[[int], MappedPixels] = functools.lru_cache(self._most_open)(
            lambda number: places[number].map_pixels()
        )

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Reads pictures in any order, repeats allowed.

        Args:
            rows: int `(n,)`, each in [0, num_rows).

        Returns:
            uint8 RGB `(n, height, width, 3)`.

        Raises:
            InputError: if a picture is damaged, or a shard was changed.
        """
        rows = self._counted_from_start(rows)
        numbers, own = self._located(rows)
        present = np.unique(numbers).tolist()
        if len(present) == 1:
            pixels = self._pixels(present[0])
            pixels.check()
            pixels.announce(own)
            pictures = pixels.images.take(own, axis=0)
        else:
            pictures = np.empty((len(rows), *self.image_shape), np.uint8)
            for start in range(0, len(present), self._most_open):
                self._gather(pictures, numbers, own, present[start : start + self._most_open])
        if len(damaged := self._checksums.damaged(rows, pictures)):
            number, first = (column[0] for column in self._located(damaged[:1]))
            same = damaged[damaged < self._stops[number]]
            raise picture_checksums.refusal(self._places[number].path, same - damaged[0] + first)
        return pictures

    def _gather(self, pictures: np.ndarray, numbers: np.ndarray, own: np.ndarray, wanted: list[int]) -> None:
        """Copies the rows of some shards to their places among the pictures."""
        opened = {number: self._pixels(number) for number in wanted}
        for pixels in opened.values():
            pixels.check()
        pairs = zip(numbers.tolist(), own.tolist(), strict=True)
        found = [(i, opened[number], row) for i, (number, row) in enumerate(pairs) if number in opened]
        for _, pixels, row in found:
            pixels.announce_row(row)
        # Shards have few rows each of a batch: one by one is twice as fast as shard by shard.
        for i, pixels, row in found:
            pictures[i] = pixels.images[row]

    def _located(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the shards that rows are in, and their rows there, int `(n,)` each."""
        numbers = np.searchsorted(self._stops, rows, side="right")
        return numbers, rows - self._starts[numbers]

    def _counted_from_start(self, rows: np.ndarray) -> np.ndarray:
        """Rows as a single file takes them: those below 0 count from the end."""
        rows = np.where(rows < 0, rows + self.num_rows, rows)
        if len(rows) and (rows.min() < 0 or rows.max() >= self.num_rows):
            raise IndexError(f"{self.path}: rows from {rows.min()} to {rows.max()}; it has {self.num_rows}.")
        return rows

    def paths(self, rows: np.ndarray) -> list[str]:
        """Where the pictures of these rows came from, int `(n,)` with n > 0."""
        numbers, own = self._located(self._counted_from_start(rows))
        found = np.empty(len(rows), object)
        for number in np.unique(numbers).tolist():
            is_here = numbers == number
            found[is_here] = self._places[number].paths(own[is_here])
        return found.tolist()

    def parts(self) -> list[tuple[Path, int]]:
        """The shards, and the first row of each."""
        return [(place.path, int(start)) for place, start in zip(self._places, self._starts, strict=True)]

    def verify_whole(self) -> None:
        """Compares the SHA-256 of each shard with the index.

        Raises:
            InputError: if one is another; its checksums may hold nevertheless.
        """
        for shard, place in zip(self._shards, self._places, strict=True):
            if file_sha256(place.path) != shard.sha256:
                raise _another(place.path)


def _opened(folder: Path, index: ShardIndex) -> tuple[Columns, np.ndarray, list[Place]]:
    """Columns of all shards as one, checksums of all pictures, and where the pictures of each shard are."""
    for shard in index.shards:
        _check_size(folder / shard.file, shard, index)
    num_rows = index.num_rows
    checksums = np.empty(num_rows, np.uint32)
    columns = Columns(
        np.empty((num_rows, 1), np.uint8),
        {name: Attribute(np.empty(num_rows, np.int8), values) for name, values in index.attributes.items()},
        np.empty(num_rows, np.int8),
        np.empty(num_rows, np.int32),
        np.empty(num_rows, np.int8),
        index.sources,
        checksums,
    )
    places, start = [], 0
    for shard in index.shards:
        file = _open_shard(folder / shard.file, shard, index)
        for whole, own in zip(_arrays(columns), _arrays(file.columns), strict=True):
            whole[start : start + shard.num_rows] = own
        places.append(file.place)
        start += shard.num_rows
    return columns, checksums, places


def _check_size(path: Path, shard: Shard, index: ShardIndex) -> None:
    """Refuses what the index claims and no disk holds, before memory is taken for it."""
    if not os.path.lexists(path):
        raise InputError(f"{path}: is missing, but the index beside it names it. {WAY_OUT}")
    check_regular(path)
    if (size := path.stat().st_size) < shard.num_rows * math.prod(index.image_shape):
        raise InputError(
            f"{path}: has {size:,} bytes, too few for {counted(shard.num_rows, 'picture')}, as the index "
            f"beside it says. {WAY_OUT}"
        )


def _open_shard(path: Path, shard: Shard, index: ShardIndex) -> SingleFile:
    file = SingleFile(path)
    if seal.read(path).hex() != shard.seal:
        raise _another(path)
    held = {name: attribute.values for name, attribute in file.columns.attributes.items()}
    given = file.num_rows, file.image_shape, file.columns.sources, held, list(held)
    named = shard.num_rows, index.image_shape, index.sources, index.attributes, list(index.attributes)
    if given != named or file.place.offset is None or file.notes:
        raise InputError(f"{path}: holds something else than the index beside it says. {WAY_OUT}")
    return file


def _another(path: Path) -> InputError:
    return InputError(
        f"{visible(str(path))}: is another file than the one that the index beside it names. {WAY_OUT}"
    )


def _arrays(columns: Columns) -> Sequence[np.ndarray]:
    attributes: Mapping[str, Attribute] = columns.attributes
    checksums = [] if columns.checksums is None else [columns.checksums]
    codes = [attribute.codes for attribute in attributes.values()]
    return [columns.labels, columns.split, columns.identity, columns.source, *checksums, *codes]
