"""The column of labels: which rows are positive."""

import numpy as np

from facedebias.audit.predictions.options import Columns
from facedebias.audit.predictions.table import Table
from facedebias.audit.predictions.values import Cells, as_number, is_unknown, read_cells
from facedebias.audit.predictions.wording import listed, quoted, shown
from facedebias.errors import InputError
from facedebias.text import counted

_PLAIN = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}
_PLAIN |= {"n": False, "y": True, "f": False, "t": True}
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
        more = f", and {counted(len(rows) - 1, 'row')} more" if len(rows) > 1 else ""
        text = quoted(cells.texts[cells.codes[rows[0]]])
        raise InputError(
            f"{table.path}, {table.locate(rows[0])}: {shown(name)} {text}{more}; expected 1 for a "
            f"positive or 0 for a negative. {_LEAVE_OUT}"
        )


def _as_told(
    table: Table, columns: Columns, cells: Cells, values: list[str]
) -> tuple[dict[str, bool], list[str]]:
    wanted = _spelled(columns.positive)
    if wanted not in values:
        raise InputError(
            f"--positive={shown(columns.positive)}: no label of {table.path} has that value; they are "
            f"{listed(sorted(set(values)))}."
        )
    positive = {value: value == wanted for value in values}
    others = sorted(
        {text.strip() for text, value in zip(cells.texts, values, strict=True) if value != wanted}
    )
    no = listed(others) or "none"
    return positive, [
        f"column {shown(columns.label)}: {shown(columns.positive)} is positive; negative: {no}."
    ]


def _plain(table: Table, name: str, cells: Cells, values: list[str]) -> tuple[dict[str, bool], list[str]]:
    there = set(values)
    if there <= set(_PLAIN):
        return _PLAIN, []
    for pair in _PAIRS:
        if there <= set(pair):
            no, yes = pair
            return pair, [f"column {shown(name)}: {yes} was read as positive, {no} as negative."]
    if len(there) == 2 and not there & set(_PLAIN) or there == {"1", "2"}:
        raise InputError(
            f"{table.path}: {shown(name)} has the values {listed(sorted(there))}; say which is positive with "
            f"--positive, e.g. --positive={shown(max(there))}."
        )
    wrong = next(code for code, value in enumerate(values) if value not in _PLAIN)
    row = int(np.argmax(cells.codes == wrong))
    raise InputError(
        f"{table.path}, {table.locate(row)}: {shown(name)} {quoted(cells.texts[wrong])}; expected 1 for a "
        f"positive or 0 for a negative. Name another column with --label, or the one positive "
        "value with --positive."
    )
