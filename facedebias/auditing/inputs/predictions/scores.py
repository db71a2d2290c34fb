"""The column of scores, and that of weights, as numbers."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import file_of, quoted, shown
from facedebias.auditing.inputs.predictions.values import is_unknown
from facedebias.errors import InputError
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores, as_scores
from facedebias.scoring.score_scale import PERCENT
from facedebias.text import counted

_COMMA = re.compile(r"[+-]?([0-9]+),([0-9]+)([eE][+-]?[0-9]+)?")
_LEAVE_OUT = "Leave such rows out of every file."


def read_scores(table: Table, column: str, model: str, kind: str | None) -> tuple[ModelScores, list[str]]:
    """Reads a model's answers.

    Args:
        table: the file.
        column: of the scores.
        model: its name.
        kind: what the scores are; None takes what is plain, see `score_scale.find_scale`.

    Returns:
        The scores, and what was reinterpreted.

    Raises:
        InputError: if one is no number, or does not fit the kind.
    """
    texts, said = table.column(column, "--score"), []
    where, said_of = f"{table.path}: {shown(column)}", f"{file_of(table.path)}: {shown(column)}"
    if _all_match(texts, r"(?i)^\s*(true|false)\s*$"):
        texts = pc.cast(pc.cast(pc.utf8_trim_whitespace(texts), pa.bool_()), pa.string())
        texts = pc.if_else(pc.equal(texts, "true"), "1", "0")
        said.append(f"{said_of} holds decisions; True was read as 1, False as 0.")
    if has_signs := _all_match(texts, r"%\s*$"):
        if kind not in {None, PERCENT}:
            raise InputError(
                f"{where} has percent signs; expected --output_kind=percent or none, not {kind}."
            )
        texts, kind = pc.replace_substring_regex(texts, r"%\s*$", ""), PERCENT
        said.append(f"{said_of} has percent signs and was read as percent.")
    numbers = _as_numbers(texts)
    if numbers is None and (pointed := _with_points(texts)) is not None:
        numbers = _as_numbers(pointed)
        said.append(f"{said_of} has decimal commas, which were read as points.")
    if numbers is None:
        raise InputError(_no_number(table, texts, column, "a probability, a logit or another score"))
    if kind == PERCENT and not has_signs and np.all(np.abs(numbers) <= 1):
        raise InputError(
            f"{where} holds no number above 1, so these are hardly percent; give --output_kind=probability."
        )
    return as_scores(model, table.path, numbers, kind, table.locate), said


def read_weights(table: Table, column: str) -> tuple[np.ndarray, str]:
    """Reads how much each row counts.

    Returns:
        float64 `(num_rows,)`, above 0, of mean 1, and a sentence on them.

    Raises:
        InputError: if one is no finite number above 0.
    """
    texts, how = table.column(column, "--weight"), ""
    weights = _as_numbers(texts)
    if weights is None and (pointed := _with_points(texts)) is not None:
        weights, how = _as_numbers(pointed), " Its decimal commas were read as points."
    if weights is None:
        raise InputError(_no_number(table, texts, column, "a weight above 0"))
    bad = ~(np.isfinite(weights) & (weights > 0))
    if bad.any():
        row = int(np.argmax(bad))
        more = f" (and {counted(int(bad.sum()) - 1, 'row')} more)" if bad.sum() > 1 else ""
        raise InputError(
            f"{table.path}, {table.locate(row)}: {shown(column)} {weights[row]:g}{more}; expected a finite "
            f"weight above 0. {_LEAVE_OUT}"
        )
    scaled = row_weights.of_mean_one(weights)
    if scaled is None:
        raise InputError(f"{table.path}: {shown(column)} {row_weights.TOO_WIDE}")
    return scaled, f"rows count by column {shown(column)}.{how}"


def _as_numbers(texts: pa.ChunkedArray) -> np.ndarray | None:
    """float64 `(num_rows,)`; None if a text is no number."""
    trimmed = pc.utf8_trim_whitespace(texts)
    try:
        return pc.cast(trimmed, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        pass
    # What Arrow does not read and Python does, as 1e400.
    listed = trimmed.to_pylist()
    if any("_" in text for text in listed):  # Python takes 0_5 for 5
        return None
    try:
        return np.array([float(text) for text in listed])
    except ValueError:
        return None


def _all_match(texts: pa.ChunkedArray, pattern: str) -> bool:
    # The first row spares a look at all the others in nearly every file.
    return (
        re.search(pattern, texts[0].as_py()) is not None
        and pc.all(pc.match_substring_regex(texts, pattern)).as_py()
    )


def _with_points(texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Decimal commas as points; None if a comma may part thousands or none is there."""
    found = [
        _COMMA.fullmatch(text.strip())
        for text in texts.to_pylist()
        if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text)
    ]
    if not found or not all(found):
        return None
    if all(len(match[2]) == 3 and not match[1].startswith("0") for match in found if match):
        return None
    return pc.replace_substring(texts, ",", ".")


def _no_number(table: Table, texts: pa.ChunkedArray, column: str, expected: str) -> str:
    listed = [text.strip() for text in texts.to_pylist()]
    wrong = [row for row, text in enumerate(listed) if not _is_number(text)]
    where = f"{table.path}, {table.locate(wrong[0])}: {shown(column)} {quoted(listed[wrong[0]])}"
    missing = all(is_unknown(listed[row]) for row in wrong)
    more = f" (and {counted(len(wrong) - 1, 'row')} more)" if len(wrong) > 1 else ""
    way = f" {_LEAVE_OUT}" if missing else ""
    if len(wrong) == len(listed) and len(set(listed)) == 2:
        way = " Write decisions as 1 for positive and 0 for negative."
    return f"{where} is no number{more}; expected {expected}.{way}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
