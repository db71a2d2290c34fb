"""Rows of pictures from one or two places, under one numbering."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from facedebias.auditing.inputs.picture_sources import PictureTable
from facedebias.auditing.inputs.sample import FILE_COLUMN
from facedebias.data.face_columns import Attribute
from facedebias.data.records import UNKNOWN


class PicturePart(NamedTuple):
    """Rows of one place."""

    table: PictureTable
    rows: np.ndarray


class PictureRows:
    """Positives and then negatives, perhaps from two places, under one numbering."""

    def __init__(self, positives: PicturePart, negatives: PicturePart):
        self.positives, self.negatives = positives, negatives
        tables = dict.fromkeys([positives.table, negatives.table])
        self.notes = tuple(note for table in tables for note in table.notes)
        self._num_positives = len(positives.rows)
        self.labels = np.arange(len(positives.rows) + len(negatives.rows)) < len(positives.rows)

    def read(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """The pictures, uint8 `(n, height, width, 3)`."""
        rows = np.asarray(rows)
        is_positive = rows < self._num_positives
        (data, chosen), (others, rest) = self.positives, self.negatives
        if is_positive.all():
            return data.read(chosen[rows])
        if not is_positive.any():
            return others.read(rest[rows - self._num_positives])
        first = data.read(chosen[rows[is_positive]])
        second = others.read(rest[rows[~is_positive] - self._num_positives])
        images = np.empty((len(rows), *first.shape[1:]), first.dtype)
        images[is_positive], images[~is_positive] = first, second
        return images

    def locate(self, row: int) -> str:
        """Names a row, for messages."""
        table, rows = self.positives if row < self._num_positives else self.negatives
        number = int(rows[row if row < self._num_positives else row - self._num_positives])
        named = "".join(f" ({path})" for path in table.paths([number]) if path)
        return f"row {number}{named} of {table.path}"

    def identify(self, rows: np.ndarray | Sequence[int]) -> dict[str, list[str]]:
        """File, row and path of each row; see `Sample.identify`."""
        rows = np.asarray(rows, int)
        files, numbers, paths = (np.full(len(rows), "", object) for _ in range(3))
        first = 0
        for table, chosen in (self.positives, self.negatives):
            mine = (first <= rows) & (rows < first + len(chosen))
            own = chosen[rows[mine] - first]
            files[mine], numbers[mine], paths[mine] = str(table.path), list(map(str, own)), table.paths(own)
            first += len(chosen)
        return {FILE_COLUMN: files.tolist(), "row": numbers.tolist(), "path": paths.tolist()}

    def attribute(self, name: str) -> Attribute:
        """An attribute of all rows; unknown for negatives from another place."""
        (data, chosen), (others, rest) = self.positives, self.negatives
        known = data.attribute(name)
        codes = np.full(len(rest), UNKNOWN, known.codes.dtype)
        if others is data:
            codes = known.codes[rest]
        return Attribute(np.concatenate([known.codes[chosen], codes]), known.values)
