"""The column of labels: which rows are positive."""

import numpy as np

from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import flag_with, listed, quoted, shown
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.predictions.values import Cells, as_number, is_unknown, read_cells
from facedebias.errors import InputError
from facedebias.text import counted

_PLAIN = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}
_PLAIN |= {"n": False, "y": True, "f": False, "t": True}
_LETTERS = {"n", "y", "f", "t"}
_PAIRS = [{"-1": False, "1": True}]
_PAIRS += [{"negative": False, "positive": True}, {"neg": False, "pos": True}]
_LEAVE_OUT = "Leave such rows out of every file."


def read_labels(table: Table, columns: Columns) -> tuple[np.ndarray, list[str]]:
    """Reads which rows are positive.

    Args:
        table: the file.
        columns: which column has the labels, and perhaps which value is positive.

    Returns:
        Bool `(num_rows,)`, and what was read as positive where it is not 1, true or yes.

    Raises:
        InputError: if a label is missing, or it is not plain which value is positive.
    """
    cells = read_cells(table.column(columns.label, "--label"))
    _refuse_missing(table, columns.label, cells)
    values = [_spelled(text) for text in cells.texts]
    if columns.positive:
        positive, said = _as_told(table, columns, cells, values)
    else:
        positive, said = _plain(table, columns.label, cells, values)
    return np.array([positive[value] for value in values])[cells.codes], said


def _spelled(text: str) -> str:
    """A label in one spelling: "1.00" is "1", "Yes" is "yes"."""
    number = as_number(text)
    return text.strip().lower() if number is None else f"{number:.15g}"


def _refuse_missing(table: Table, name: str, cells: Cells) -> None:
    missing = [code for code, text in enumerate(cells.texts) if is_unknown(text)]
    if missing:
        rows = np.flatnonzero(np.isin(cells.codes, missing))
        raise InputError(f"{_first(table, name, cells, rows)}; expected a label. {_LEAVE_OUT}")


def _first(table: Table, name: str, cells: Cells, rows: np.ndarray) -> str:
    """The first of some rows, and how many more there are."""
    more = f", and {counted(len(rows) - 1, 'row')} more" if len(rows) > 1 else ""
    text = quoted(cells.texts[cells.codes[rows[0]]])
    return f"{table.path}, {table.locate(rows[0])}: {shown(name)} {text}{more}"


def _written(cells: Cells, values: list[str]) -> dict[str, tuple[str, int]]:
    """How each value is first spelled, and how many rows have it."""
    found: dict[str, tuple[str, int]] = {}
    for text, value, number in zip(cells.texts, values, cells.counts, strict=True):
        spelled, so_far = found.get(value, (text.strip(), 0))
        found[value] = spelled, so_far + number
    return dict(sorted(found.items()))


def _may_be_classes(pair: set[str]) -> bool:
    """Whether two values may be the classes, and not one of them a mark of something else beside 0 or 1."""
    num_numbers = sum(as_number(value) is not None for value in pair)
    return pair == {"1", "2"} or num_numbers != 1 and pair.isdisjoint({"0", "1"})


def _as_told(
    table: Table, columns: Columns, cells: Cells, values: list[str]
) -> tuple[dict[str, bool], list[str]]:
    wanted, written = _spelled(columns.positive), _written(cells, values)
    if wanted not in written:
        known = listed([text for text, _ in written.values()])
        raise InputError(
            f"--positive={shown(columns.positive)}: no label of {table.path} has that value; they are "
            f"{known}."
        )
    no = [f"{text} ({number:,})" for value, (text, number) in written.items() if value != wanted]
    return {value: value == wanted for value in values}, [
        f"column {shown(columns.label)}: {shown(columns.positive)} ({written[wanted][1]:,}) is positive; "
        f"negative: {listed(no) or 'none'}."
    ]


def _read_as(name: str, positive: str, negative: str) -> str:
    positive, negative = positive or "nothing", negative or "nothing"
    return f"column {shown(name)}: {positive} was read as positive, {negative} as negative."


def _plain(table: Table, name: str, cells: Cells, values: list[str]) -> tuple[dict[str, bool], list[str]]:
    there, written = set(values), _written(cells, values)
    if there <= set(_PLAIN):
        if len(there) <= 2 and not there & _LETTERS:
            return _PLAIN, []
        yes, no = (
            [text for value, (text, _) in written.items() if _PLAIN[value] is positive]
            for positive in (True, False)
        )
        return _PLAIN, [_read_as(name, listed(yes), listed(no))]
    for pair in _PAIRS:
        if there <= set(pair):
            return pair, [_read_as(name, *reversed(pair))]
    texts = [text for text, _ in written.values()]
    if len(there) == 2 and _may_be_classes(there):
        raise InputError(
            f"{table.path}: {shown(name)} has the values {listed(texts)}; say which is positive: "
            f"{' or '.join(flag_with('--positive', text) for text in texts)}."
        )
    rows = np.flatnonzero(np.isin(cells.codes, [i for i, value in enumerate(values) if value not in _PLAIN]))
    raise InputError(
        f"{_first(table, name, cells, rows)}; expected 1 for a positive or 0 for a negative. Name another "
        "column with --label, or the one positive value with --positive."
    )
