"""What is audited: rows with labels and attributes, and the scores that models gave them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.audit.excluded_facts import ExcludedFacts
from facedebias.audit.score_scale import LOGIT, PROBABILITY, RANKED, SCORE, SCORE_KINDS, find_scale
from facedebias.audit.target_facts import TargetFacts
from facedebias.audit.window_facts import WindowFacts
from facedebias.data.face_file import Attribute
from facedebias.errors import InputError
from facedebias.text import counted

__all__ = [
    "FILE_COLUMN",
    "LOGIT",
    "PROBABILITY",
    "SCORE",
    "SCORE_KINDS",
    "ModelScores",
    "Sample",
    "as_scores",
    "sigmoid",
]
FILE_COLUMN = "file"  # of `Sample.identify`: where a row lies


@dataclass(frozen=True)
class Sample:
    """Rows that every model answered.

    Attributes:
        labels: bool `(n,)`, whether a row is positive: a face, an attribute that is present.
        attributes: name -> values of the rows.
        is_shared: bool `(n,)`: rows that belong to no group because none of their label does,
            as pictures without a face; they set thresholds and count in overall figures.
        data: where positives came from, for messages.
        negatives: where negatives came from.
        locate: names a row, for messages and captions.
        read: pictures of rows, uint8 `(k, height, width, 3)`; None where there are none.
        windows: how whole pictures were searched; None if a row is scored as it is.
        target: what is audited of faces; None for faces against non-faces, and for predictions.
        notes: what was left out, renamed or reinterpreted on the way in, a sentence each with how
            many rows and which.
        weights: float64 `(n,)`, above 0, how much each row counts; None if all count the same.
        sha256: of the bytes that `data` was read from; empty if they can be read again.
        identify: names by which rows can be told apart in a file, e.g. of rows 3 and 5
            `{"file": ["a.h5", "a.h5"], "row": ["3", "5"], "path": ["x.png", "y.png"]}`; None
            where rows have no such names.
        excluded: rows that were left out by a file; None if there is none.
    """

    labels: np.ndarray
    attributes: Mapping[str, Attribute]
    is_shared: np.ndarray
    data: str
    negatives: str
    locate: Callable[[int], str]
    read: Callable[[Sequence[int]], np.ndarray] | None = None
    windows: WindowFacts | None = None
    target: TargetFacts | None = None
    notes: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    sha256: str = ""
    identify: Callable[[Sequence[int] | np.ndarray], dict[str, list[str]]] | None = None
    excluded: ExcludedFacts | None = None

    @property
    def is_detection(self) -> bool:
        """Whether positives are pictures of faces, and negatives pictures without."""
        return self.read is not None and self.target is None


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
