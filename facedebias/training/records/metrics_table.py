"""A table that gains rows as soon as they are known, and survives that its writer is killed."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path


class MetricsTable:
    """A CSV file with a column `step` that gains rows as soon as they are known.

    Args:
        path: the file.
        last_step: step that the run goes on from; later rows, written by a run that was killed
            before its checkpoint, are cut off.
    """

    def __init__(self, path: Path, last_step: int = 0):
        self._path = path
        if last_step == 0:
            path.unlink(missing_ok=True)
        elif path.exists():
            os.truncate(path, _size_up_to(last_step, path.read_bytes()))

    def write(self, row: Mapping[str, float]) -> None:
        """Appends a row; the first one names the columns, and later ones keep to them."""
        with self._path.open("a+", newline="") as file:
            file.seek(0)
            header = next(csv.reader(file), None)
            writer = csv.DictWriter(file, header or row, extrasaction="ignore", lineterminator="\n")
            if header is None:
                writer.writeheader()
            writer.writerow(row)


def _size_up_to(last_step: int, table: bytes) -> int:
    """Bytes of a CSV file's header and of its rows up to a step."""
    size, column = 0, -1
    for line in table.splitlines(keepends=True):
        # A line without an end was being written when the run was killed.
        if not line.endswith(b"\n"):
            break
        cells = line.split(b",")
        if size == 0:
            column = [cell.strip() for cell in cells].index(b"step")
        elif int(cells[column]) > last_step:
            break
        size += len(line)
    return size
