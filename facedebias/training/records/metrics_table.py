"""A table that gains rows as soon as they are known, and survives that its writer is killed."""

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path

METRICS, SAMPLE_SIZES = "metrics.csv", "inside/effective_sample_size.csv"
TABLES = (METRICS, SAMPLE_SIZES)
"""The tables of a run, by their names in its folder."""

_MOST_DIGITS = 18  # of a step: in more, Python would count for long, or refuse


class MetricsTable:
    """A CSV file with a column `step` that gains rows as soon as they are known.

    Args:
        path: the file.
        last_step: step that the run goes on from; later rows, written by a run that was killed
            before its checkpoint, are cut off.
    """

    def __init__(self, path: Path, last_step: int = 0):
        self._path = path
        if last_step == 0 or not path.is_file():  # a pipe would be waited for
            path.unlink(missing_ok=True)
        else:
            table = path.read_bytes()
            if path.is_symlink():  # what it leads to is not this run's to write
                path.unlink()
                path.write_bytes(table)
            os.truncate(path, _size_up_to(last_step, table))

    def write(self, row: Mapping[str, float]) -> None:
        """Appends a row, or nothing; the first one names the columns, and later ones keep to them."""
        header = self._header()
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, header or row, extrasaction="ignore", lineterminator="\n")
        if header is None:
            writer.writeheader()
        writer.writerow(row)
        _append(self._path, text.getvalue().encode())

    def _header(self) -> list[str] | None:
        if not self._path.exists():
            return None
        with self._path.open(newline="", encoding="utf-8", errors="replace") as file:
            return next(csv.reader(file), None)


def _append(path: Path, line: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(file).st_size
        try:
            # One call: a signal that kills comes before or after it.
            written = os.write(file, line)
            if written < len(line):  # says why, if the disk is full
                os.write(file, line[written:])
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)


def _is_step(cell: bytes) -> bool:
    return cell.isdigit() and len(cell) < _MOST_DIGITS


def _size_up_to(last_step: int, table: bytes) -> int:
    """Bytes of a CSV file's header and of its rows up to a step."""
    size, column = 0, -1
    for line in table.splitlines(keepends=True):
        # A line without an end was being written when the run was killed.
        if not line.endswith(b"\n"):
            break
        cells = [cell.strip() for cell in line.split(b",")]
        if size == 0:
            if b"step" not in cells:  # damaged: no row can be told
                break
            column = cells.index(b"step")
        elif column >= len(cells) or not _is_step(cells[column]) or int(cells[column]) > last_step:
            break
        size += len(line)
    return size
