"""Reads predictions made elsewhere: a CSV file with a score, a label and group attributes."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facedebias.audit import suspects
from facedebias.audit.sample import FILE_COLUMN, ModelScores, Sample, as_scores
from facedebias.data.face_file import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

SCORE_COLUMN, LABEL_COLUMN = "score", "label"
_LABELS = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}
_LABELS |= {"0.0": False, "1.0": True}
_MOST_VALUES = 50  # of a column that is taken for a group attribute unasked


@dataclass(frozen=True)
class _Table:
    path: Path
    columns: dict[str, list[str]]
    lines: list[int]  # where each row ends, from 1

    def locate(self, row: int) -> str:
        return f"line {self.lines[row]}"

    def identify(self, rows: Sequence[int] | np.ndarray, groups: Sequence[str]) -> dict[str, list[str]]:
        """File, line and whatever other columns have no value twice; see `Sample.identify`."""
        taken = {SCORE_COLUMN, LABEL_COLUMN, FILE_COLUMN, "line", "", *suspects.COLUMNS, *groups}
        free = {name: values for name, values in self.columns.items() if name not in taken}
        keys = {name: values for name, values in free.items() if len(set(values)) == len(values)}
        return {
            FILE_COLUMN: [str(self.path)] * len(rows),
            "line": [str(self.lines[row]) for row in rows],
            **{name: [values[row] for row in rows] for name, values in keys.items()},
        }


def read(
    files: Sequence[tuple[str, Path]], groups: tuple[str, ...], kind: str | None
) -> tuple[Sample, list[ModelScores], tuple[str, ...]]:
    """Reads predictions of one or more models on the same rows.

    Args:
        files: name of the model and file. The first line names the columns: `score`, `label` (0
            or 1) and group attributes, of which an empty value is unknown. Further files
            must hold the same rows in the same order.
        groups: attributes wanted; none takes every other column.
        kind: what the scores are; None decides by their values, see `sample.as_scores`.

    Returns:
        The rows, each model's scores, and the attributes that make the groups.

    Raises:
        InputError: if a file is not of this kind or the files hold different rows.
    """
    tables = [_read_table(path) for _, path in files]
    first = tables[0]
    names = groups or _group_columns(first)
    for name in names:
        if name in {SCORE_COLUMN, LABEL_COLUMN}:
            raise InputError(f"--groups={name}: is what is audited; choose a column of group attributes.")
        if name not in first.columns:
            known = ", ".join(_other_columns(first)) or "no other columns"
            raise InputError(f"{first.path}: no column {name!r}, which --groups names; it has {known}.")
    for table in tables[1:]:
        _check_same_rows(first, table, (LABEL_COLUMN, *names))
    labels = np.array([_label(first, row) for row in range(len(first.lines))])
    attributes = {name: _attribute(first.columns[name]) for name in names}
    sample = Sample(
        labels=labels,
        attributes=attributes,
        is_shared=_shared(labels, attributes),
        data=str(first.path),
        negatives=str(first.path),
        locate=first.locate,
        identify=lambda rows: first.identify(rows, names),
    )
    models = [
        as_scores(name, str(path), _scores(table), kind, table.locate)
        for (name, path), table in zip(files, tables, strict=True)
    ]
    return sample, models, names


def _read_table(path: Path) -> _Table:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _parse(path, file)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, line {_undecodable_line(path)}: not UTF-8; save it as such.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a CSV file.") from error


def _undecodable_line(path: Path) -> int:
    lines = path.read_bytes().split(b"\n")
    return next(number for number, line in enumerate(lines, 1) if not _is_utf8(line))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _records(path: Path, file: Iterable[str]) -> Iterator[tuple[list[str], int]]:
    """Rows and the line that each ends on; blank lines are left out."""
    # Strict, as a quote that is never closed would swallow the rest of the file.
    reader, start = csv.reader(file, strict=True), 1
    try:
        for row in reader:
            if row:
                yield row, reader.line_num
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}, line {start}: {error}; expected CSV, every quote closed.") from error


def _parse(path: Path, file: Iterable[str]) -> _Table:
    records = _records(path, file)
    header = [name.strip() for name in next(records, ([], 1))[0]]
    if missing := [name for name in (SCORE_COLUMN, LABEL_COLUMN) if name not in header]:
        held = ", ".join(header) or "nothing"
        raise InputError(
            f"{path}: no column {missing[0]!r}; its first line has {held}. Expected {SCORE_COLUMN}, "
            f"{LABEL_COLUMN} and one column for each group attribute."
        )
    if len(set(header)) < len(header):
        raise InputError(f"{path}: a column occurs twice in {', '.join(header)}; name each once.")
    rows, lines = [], []
    for row, line in records:
        if len(row) != len(header):
            raise InputError(
                f"{path}, line {line}: {len(row)} values; expected {len(header)}, as in the first line."
            )
        rows.append(row)
        lines.append(line)
    if not rows:
        raise InputError(f"{path}: no rows below the first line; expected one for each prediction.")
    values = list(zip(*rows, strict=True))
    columns = {name: [text.strip() for text in column] for name, column in zip(header, values, strict=True)}
    return _Table(path, columns, lines)


def _other_columns(table: _Table) -> tuple[str, ...]:
    # Without a name are the row numbers that pandas writes, and what follows a last comma.
    return tuple(name for name in table.columns if name and name not in {SCORE_COLUMN, LABEL_COLUMN})


def _group_columns(table: _Table) -> tuple[str, ...]:
    names = _other_columns(table)
    for name in names:
        if (num_values := len(set(table.columns[name]))) > _MOST_VALUES:
            raise InputError(
                f"{table.path}: column {name!r} has {num_values:,} different values, too many for "
                "groups; name the columns that are group attributes with --groups."
            )
    return names


def _check_same_rows(first: _Table, other: _Table, columns: Sequence[str]) -> None:
    if len(first.lines) != len(other.lines):
        raise InputError(
            f"{other.path}: {len(other.lines):,} rows, but {first.path} has {len(first.lines):,}; models are "
            "compared on the same rows in the same order."
        )
    for name in columns:
        if name not in other.columns:
            raise InputError(f"{other.path}: no column {name!r}, which {first.path} has.")
        pairs = zip(first.columns[name], other.columns[name], strict=True)
        differing = next((row for row, (a, b) in enumerate(pairs) if a != b), None)
        if differing is not None:
            raise InputError(
                f"{other.path}, {other.locate(differing)}: {name} is {other.columns[name][differing]!r}, but "
                f"{first.columns[name][differing]!r} in {first.path}; models are compared on the same "
                "rows in the same order."
            )


def _label(table: _Table, row: int) -> bool:
    text = table.columns[LABEL_COLUMN][row].lower()
    if text not in _LABELS:
        raise InputError(
            f"{table.path}, {table.locate(row)}: label {text!r}; expected 1 for a positive or 0 for a "
            "negative."
        )
    return _LABELS[text]


def _scores(table: _Table) -> np.ndarray:
    column = table.columns[SCORE_COLUMN]
    row = next((row for row, text in enumerate(column) if not _is_number(text)), None)
    if row is not None:
        raise InputError(
            f"{table.path}, {table.locate(row)}: score {column[row]!r} is no number; expected a "
            "probability, a logit or another score."
        )
    return np.array(column, float)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python takes 0_5 for 5


def _attribute(column: list[str]) -> Attribute:
    values = tuple(sorted({text for text in column if text}))
    codes = {text: code for code, text in enumerate(values)} | {"": UNKNOWN}
    return Attribute(np.array([codes[text] for text in column], np.int32), values)


def _shared(labels: np.ndarray, attributes: dict[str, Attribute]) -> np.ndarray:
    """Rows of a label of which no row has any attribute."""
    shared = np.zeros(len(labels), bool)
    for label in (False, True):
        rows = labels == label
        if attributes and not any((a.codes[rows] != UNKNOWN).any() for a in attributes.values()):
            shared |= rows
    return shared
