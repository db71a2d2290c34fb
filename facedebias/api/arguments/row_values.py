"""Labels, scores and weights of rows, from columns of any kind."""

from typing import Any

import numpy as np
import pandas as pd

from facedebias.api.arguments.arrays import as_column, as_numbers
from facedebias.api.arguments.row_order import Rows, check_length
from facedebias.errors import InputError
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores, as_scores
from facedebias.scoring.score_scale import PROBABILITY
from facedebias.text import counted, visible

_ONE_COLUMN = "Give the column of the positive class, e.g. y_score[:, 1]."
_MOST_LISTED = 5


def read_labels(y_true: Any, pos_label: Any) -> tuple[np.ndarray, list[str]]:
    """Reads which rows are positive.

    Args:
        y_true: one value a row: bool, 0 and 1, or -1 and 1; with `pos_label` anything.
        pos_label: the value that is positive; None for True and 1.

    Returns:
        Bool `(n,)`, and what a reader must know of it.

    Raises:
        InputError: if a label is missing, or it is not plain which value is positive.
    """
    array = as_column(y_true, "y_true")
    missing = pd.isna(array)
    if missing.any():
        raise InputError(
            f"y_true: row {int(np.argmax(missing))} is unknown{_more(missing)}; expected a label. Leave such "
            "rows out of every argument."
        )
    if pos_label is not None:
        return _as_told(array, pos_label)
    if array.dtype.kind in "US" or any(isinstance(value, str | bytes) for value in _some(array)):
        texts = _listed(array)
        raise InputError(f"y_true: has the texts {texts}; say with pos_label which of them is positive.")
    values = as_numbers(array, "y_true")
    known = set(np.unique(values).tolist())
    if known <= {0.0, 1.0}:
        return values == 1, []
    if known <= {-1.0, 1.0}:
        return values == 1, ["y_true: 1 was read as positive, -1 as negative."]
    raise InputError(
        f"y_true: has the values {_listed(array)}; expected 0 and 1. Say with pos_label which of them is "
        "positive."
    )


def _as_told(array: np.ndarray, pos_label: Any) -> tuple[np.ndarray, list[str]]:
    values, codes = _distinct(array)
    try:
        positive = np.array([bool(value == pos_label) for value in values])
    except (TypeError, ValueError) as error:
        raise InputError(
            f"pos_label: is {visible(str(pos_label))}; expected one value of y_true, which has "
            f"{_listed(array)}."
        ) from error
    if not positive.any():
        raise InputError(
            f"pos_label: no row of y_true is {visible(str(pos_label))}; its values are {_listed(array)}."
        )
    others = ", ".join(visible(str(value)) for value in values if value != pos_label) or "none"
    return positive[codes], [f"y_true: {visible(str(pos_label))} is positive; negative: {others}."]


def read_scores(y_score: Any, argument: str, name: str, kind: str | None, rows: Rows) -> ModelScores:
    """Reads a model's answers.

    Args:
        y_score: one number or bool a row.
        argument: what messages call it.
        name: of the model.
        kind: what the scores are; None takes what is plain, see `score_scale.find_scale`.
        rows: the rows.

    Raises:
        InputError: if one is no finite number, or what they are cannot be told.
    """
    array = as_column(y_score, argument, _ONE_COLUMN)
    check_length(len(array), argument, rows.size)
    scores = as_numbers(array, argument)
    bad = ~np.isfinite(scores)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{argument}: {rows.locate(row)} is {scores[row]}{_more(bad)}; expected a finite number. Leave "
            "such rows out of every argument."
        )
    return as_scores(name, argument, scores, kind, rows.locate)


def are_decisions(scores: ModelScores) -> bool:
    """Whether a model answers only 0 and 1."""
    return scores.kind == PROBABILITY and bool(np.all((scores.scores == 0) | (scores.scores == 1)))


def read_weights(sample_weight: Any, rows: Rows) -> np.ndarray:
    """Reads how much each row counts, float64 `(n,)`, of mean 1.

    Raises:
        InputError: if one is no finite number above 0, or they spread too far.
    """
    array = as_column(sample_weight, "sample_weight")
    check_length(len(array), "sample_weight", rows.size)
    weights = as_numbers(array, "sample_weight").astype(np.float64)
    bad = ~(np.isfinite(weights) & (weights > 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"sample_weight: {rows.locate(row)} has {weights[row]:g}{_more(bad)}; expected a finite weight "
            "above 0. Leave such rows out of every argument."
        )
    scaled = row_weights.of_mean_one(weights)
    if scaled is None:
        raise InputError(f"sample_weight: {row_weights.TOO_WIDE}")
    return scaled


def _some(array: np.ndarray) -> list[Any]:
    return array.tolist() if array.dtype.kind == "O" else []


def _distinct(array: np.ndarray) -> tuple[list[Any], np.ndarray]:
    """Different values, and the place among them of each row."""
    try:
        codes, values = pd.factorize(array, sort=False)
    except TypeError as error:
        raise InputError("y_true: holds lists or other objects; expected one value for each row.") from error
    return list(values), codes


def _listed(array: np.ndarray) -> str:
    values, _ = _distinct(array)
    texts = sorted(visible(str(value))[:40] for value in values)
    more = f" and {len(texts) - _MOST_LISTED:,} more" if len(texts) > _MOST_LISTED else ""
    return ", ".join(texts[:_MOST_LISTED]) + more


def _more(bad: np.ndarray) -> str:
    others = int(np.sum(bad)) - 1
    return f" (and {counted(others, 'row')} more)" if others else ""
