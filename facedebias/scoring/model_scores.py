"""What a model answered, one score a row, and on which scale."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from facedebias.errors import InputError
from facedebias.scoring.score_scale import LOGIT, PROBABILITY, RANKED, find_scale
from facedebias.text import counted


@dataclass(frozen=True)
class ModelScores:
    """A model's answers, one for each row of a sample.

    Attributes:
        name: what reports call the model.
        path: where it came from.
        kind: `LOGIT`, `PROBABILITY` or `SCORE`, any number that grows with the model's belief.
        scores: float `(n,)`, what thresholds are compared with.
        probabilities: float `(n,)`; None for kind `SCORE`.
        is_declared: whether the kind was told rather than taken from the values.
        note: what a reader must know about them; empty for nothing.
        other_outputs: what the model gives beside them, by name.
    """

    name: str
    path: str
    kind: str
    scores: np.ndarray
    probabilities: np.ndarray | None
    is_declared: bool = True
    note: str = ""
    other_outputs: tuple[str, ...] = ()


def as_scores(
    name: str, path: str, scores: np.ndarray, kind: str | None, locate: Callable[[int], str]
) -> ModelScores:
    """Checks scores and finds their probabilities.

    Args:
        name: of the model.
        path: of the model or file.
        scores: float `(n,)`.
        kind: what they are, one of `SCORE_KINDS`; None or `RANKED` takes what is plain from the
            values, see `score_scale.find_scale`.
        locate: names a row.

    Raises:
        InputError: if one is no finite number or does not fit the kind, or if no kind is plain.
    """
    bad = ~np.isfinite(scores)
    if bad.any():
        row = int(np.argmax(bad))
        more = f", here and in {counted(int(bad.sum()) - 1, 'row')} more" if bad.sum() > 1 else ""
        raise InputError(
            f"{path}: gives {scores[row]} for {locate(row)}; expected a finite number{more}. Leave such rows "
            "out of every file, or repair the model."
        )
    scale = find_scale(path, scores, kind, locate)
    probabilities = {PROBABILITY: scale.scores, LOGIT: sigmoid(scale.scores)}.get(scale.kind)
    note = f"scores of {name}: {scale.note}." if scale.note else ""
    return ModelScores(name, path, scale.kind, scale.scores, probabilities, kind not in {None, RANKED}, note)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) without overflow."""
    values = np.asarray(values)
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1.0, small) / (1.0 + small)
