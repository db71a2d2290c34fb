"""Rows whose label the models contradict: labelled wrongly, or hard. Only looking tells which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.scoring.model_scores import ModelScores

MOST_LISTED = 200
"""Suspects of each label that are listed."""

COLUMNS = ("rank", "label", "group", "why", "contradiction")
"""Of `suspects.csv`, beside the names of rows and the scores; no column of predictions may pass for one."""

_ROUNDING = 1e-12  # equal shares of 3 and 7 rows differ in their last bit


@dataclass(frozen=True)
class Suspects:
    """Rows that every model scores like rows of the other label.

    Attributes:
        rows: int64 `(k,)`, most suspicious first.
        contradictions: float64 `(k,)`, share of the other label's rows that each is beyond, by the model
            that is least convinced.
        is_positive: bool `(k,)`, their labels.
    """

    rows: np.ndarray
    contradictions: np.ndarray
    is_positive: np.ndarray

    def listed(self) -> "Suspects":
        """The most suspicious of each label, at most `MOST_LISTED`, in the same order."""
        places = [np.flatnonzero(self.is_positive == label)[:MOST_LISTED] for label in (True, False)]
        kept = np.sort(np.concatenate(places))
        return Suspects(self.rows[kept], self.contradictions[kept], self.is_positive[kept])

    def count(self, is_positive: bool) -> int:
        """How many have that label."""
        return int(np.sum(self.is_positive == is_positive))


NO_SUSPECTS = Suspects(np.zeros(0, int), np.zeros(0), np.zeros(0, bool))


def find(labels: np.ndarray, is_counted: np.ndarray, models: Sequence[ModelScores]) -> Suspects:
    """Finds the rows that all models contradict.

    For a negative of score s let c be the share of positives below s, and o the share of negatives
    above s, ties counting half. The model contradicts the label if c > o: s lies beyond the threshold
    at which false positives and false negatives are equally frequent, on the positives' side.
    Positives likewise, with "above" and "below" exchanged. A row is a suspect if every model
    contradicts its label, and as suspicious as its smallest c. Only ranks count, so the models'
    scores may be of different kinds.

    Args:
        labels: bool `(n,)`.
        is_counted: bool `(n,)`, rows that take part.
        models: each model's answers to these rows.
    """
    agreed, is_suspect = np.ones(len(labels)), is_counted.copy()
    for model in models:
        other, own = _shares(model.scores, labels, is_counted)
        agreed = np.minimum(agreed, other)
        is_suspect &= other > own + _ROUNDING
    rows = np.flatnonzero(is_suspect)
    rows = rows[np.argsort(-agreed[rows], kind="stable")]
    return Suspects(rows, agreed[rows], labels[rows])


def _shares(scores: np.ndarray, labels: np.ndarray, is_counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the other label's rows that each row is beyond, and of its own that are beyond it."""
    other, own = np.zeros(len(scores)), np.ones(len(scores))
    positives, negatives = (np.sort(scores[is_counted & (labels == label)]) for label in (True, False))
    if not len(positives) or not len(negatives):
        return other, own  # without a second label nothing is contradicted
    for label in (True, False):
        rows = np.flatnonzero(is_counted & (labels == label))
        # Searching in ascending order keeps to the cache, which is many times as fast.
        rows = rows[np.argsort(scores[rows])]
        asked = scores[rows]
        below_positives, below_negatives = _share_below(positives, asked), _share_below(negatives, asked)
        other[rows] = 1 - below_negatives if label else below_positives
        own[rows] = below_positives if label else 1 - below_negatives
    return other, own


def _share_below(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Share of the ascending `known` that is below each number, ties counting half."""
    return (np.searchsorted(known, asked, "left") + np.searchsorted(known, asked, "right")) / (2 * len(known))
