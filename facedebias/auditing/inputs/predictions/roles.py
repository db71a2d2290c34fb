"""Which columns are scores, labels and groups, by their names and by what they hold."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facedebias.auditing.inputs.predictions.bins import suggest
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import file_of, flag_with, listed, quoted, shown
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.predictions.values import Cells, as_number, read_cells
from facedebias.errors import InputError

MOST_VALUES = 50  # of a column that is taken for a group attribute unasked
MOST_NUMBERS = 10  # the same, of numbers
_MOST_COLUMNS = 4
_FEW = 10  # rows in which all values may differ by chance
_MOST_CLEANED = 5000
_LIKELY_SCORES: tuple[str, ...] = (
    "score",
    "scores",
    "y_score",
    "y_prob",
    "y_proba",
    "prob",
    "proba",
    "probs",
    "probability",
)
_LIKELY_SCORES += ("probabilities", "logit", "logits", "confidence", "y_pred", "y_hat", "yhat", "pred")
_LIKELY_SCORES += ("prediction", "predictions", "predicted", "output", "p", "decile_score")
_LIKELY_LABELS: tuple[str, ...] = (
    "label",
    "labels",
    "label_value",
    "y_true",
    "y_test",
    "y",
    "target",
    "targets",
    "truth",
)
_LIKELY_LABELS += ("true_label", "ground_truth", "groundtruth", "gt", "actual", "class", "outcome")
# Names of other models' answers and truths, as predicted_label, y_hat_2 and prob_0.
_ANSWERS = re.compile(
    r"(y|pred|predicted|prediction|predictions|prob|proba|logit|inference)[_ .-].*|predict|pred[0-9]+"
)
_LIKELY_WEIGHTS = ("weight", "weights", "sample_weight", "sample_weights")


def check_columns(table: Table, columns: Columns, is_first: bool = True) -> None:
    """Refuses a table without its scores or labels, and names columns that may be them.

    Args:
        table: the file.
        columns: which column is what.
        is_first: whether it is the file whose labels and groups count.

    Raises:
        InputError: names the flag to give.
    """
    for flag, name, likely in (
        ("--score", columns.score, _LIKELY_SCORES),
        ("--label", columns.label, _LIKELY_LABELS),
    ):
        if name in table.columns:
            continue
        if name in table.nested:
            table.column(name, flag)  # says why not
        others = [other for other in table.columns if other not in columns.roles.values()]
        raise InputError(
            f"{table.path}: no column {quoted(name)}; it has {listed(list(table.columns)) or 'nothing'}. "
            f"{_way(flag, others, likely, is_first)}"
        )


def _way(flag: str, others: list[str], likely: Sequence[str], is_first: bool) -> str:
    """How to get at a column that is not there."""
    if len(others) == 1 and re.search(r"\w[^\w.-]+\w", others[0]):
        return "Is that several? Part columns by commas, semicolons, tabs or bars."
    if any(as_number(name) is not None for name in others):
        return f"Write a line of names above it if there is none; otherwise name the column with {flag}."
    if found := _likely(others, likely):
        return f"Perhaps it is {' or '.join(flag_with(flag, shown(other)) for other in found)}."
    if not is_first:
        return f"Name it with {flag}; every file needs labels and groups, to see that rows are the same."
    return f"Name it with {flag}; other columns are group attributes."


def check_groups(table: Table, names: Iterable[str], columns: Columns) -> None:
    """Refuses groups by a column that is something else or is not there.

    Raises:
        InputError: names the column.
    """
    taken = set(columns.roles.values()) | {columns.key}
    for name in names:
        if name in taken:
            raise InputError(f"--groups={name}: is what is audited; choose a column of group attributes.")
        if name in table.nested:
            table.column(name, "--groups")  # says why not
        if name not in table.columns:
            known = listed([other for other in table.columns if other not in taken]) or "no other columns"
            raise InputError(f"{table.path}: no column {quoted(name)}, which --groups names; it has {known}.")


def default_groups(table: Table, columns: Columns) -> tuple[tuple[str, ...], list[str]]:
    """Columns that make groups where nobody said which.

    Args:
        table: the file.
        columns: which columns are something else.

    Returns:
        The names, none for one group of all rows, and which columns were left out and why.

    Raises:
        InputError: if too many columns could be groups, or others than keys but no plain one.
    """
    taken = set(columns.roles.values()) | {columns.key}
    binned = {bins.name for bins in columns.bins}
    chosen, left_out, needs_choice = [], [], False
    for name in (name for name in table.columns if name not in taken):
        why, is_choice = ("", False) if name in binned else _why_not(name, table)
        needs_choice |= is_choice
        (left_out.append(f"{shown(name)} ({why})") if why else chosen.append(name))
    if len(chosen) > _MOST_COLUMNS:
        raise InputError(
            f"{table.path}: {len(chosen)} columns could be groups: {listed(chosen, 50)}. Choose with "
            f"--groups, e.g. --groups={','.join(chosen[-2:])}."
        )
    if not chosen and needs_choice:
        raise InputError(
            f"{table.path}: no column is plainly a group attribute: {'; '.join(left_out)}. Name columns "
            "with --groups, or take these out of the file for one group of all rows."
        )
    notes = (
        [f"{file_of(table.path)}: no groups by {', '.join(left_out)}; --groups chooses."] if left_out else []
    )
    return tuple(chosen), notes


def many_numbers(name: str, cells: Cells) -> str:
    """The flag that makes ranges of a column with many numbers; empty for other columns."""
    numbers = [as_number(value) for value in cells.known]
    if len(numbers) <= MOST_NUMBERS or any(number is None for number in numbers):
        return ""
    rows = np.array([as_number(value) or 0.0 for value in cells.values])[cells.codes]
    is_known = np.array([bool(value) for value in cells.values])[cells.codes]
    return suggest(name, rows[is_known].tolist())


def _why_not(name: str, table: Table) -> tuple[str, bool]:
    """Why a column makes no groups by default, and whether somebody may want it to all the same."""
    lowered = name.lower()
    if lowered in {*_LIKELY_SCORES, *_LIKELY_LABELS} or _ANSWERS.fullmatch(lowered):
        return "looks like an answer", False
    if lowered in _LIKELY_WEIGHTS:
        return "looks like a weight", False
    if re.fullmatch(r"unnamed: [0-9]+(_level_[0-9]+)?", lowered):  # as pandas calls row numbers
        return "row numbers", False
    column = table.columns[name]
    num_texts = pc.count_distinct(column).as_py()
    if num_texts == table.num_rows > _FEW and not _has_fractions(column):
        return "another value in each row", False
    if num_texts > _MOST_CLEANED:
        is_key = 2 * num_texts > table.num_rows
        return ("another value in most rows" if is_key else f"{num_texts:,} different values"), not is_key
    cells = read_cells(column)
    if not cells.known:
        return "no value", False
    if flag := many_numbers(name, cells):
        return f"{len(cells.known):,} different numbers; {flag} makes ranges", True
    if len(cells.known) > table.num_rows / 2 > _FEW / 2:
        return "another value in most rows", False
    if len(cells.known) > MOST_VALUES:
        return f"{len(cells.known):,} different values, too many for groups", True
    return "", False


def _has_fractions(column: pa.ChunkedArray) -> bool:
    return any("." in text and as_number(text) is not None for text in column[:_FEW].to_pylist())


def _likely(names: list[str], likely: Sequence[str]) -> list[str]:
    exact = [name for name in names if re.sub(r"[\s-]+", "_", name.lower()) in likely]
    if exact:
        return exact[:3]
    stems = [stem for stem in likely if len(stem) >= 4]
    return [name for name in names if any(stem in name.lower() for stem in stems)][:3]
