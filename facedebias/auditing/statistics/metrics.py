"""Metrics of binary decisions, from counts; docs/metrics.md defines every one with its source.

Counts are kept per group along the last axis; axes before it are draws, so that the same
formula serves one table, two thousand resampled ones, and every place of a threshold.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from facedebias.scoring import weights as row_weights

# Variances are published in squared percentage points, 28.8 rather than 0.00288.
PERCENT_SQUARED = 100.0**2


@dataclass(frozen=True)
class Counts:
    """How often positives and negatives of each group were selected.

    Attributes:
        tp: positives selected, int or float `(..., num_groups)`.
        fn: positives not selected.
        fp: negatives selected.
        tn: negatives not selected.
        squares: sums of the squared weights of the same rows; None without weights.
    """

    tp: np.ndarray
    fn: np.ndarray
    fp: np.ndarray
    tn: np.ndarray
    squares: "Counts | None" = None

    @property
    def total(self) -> np.ndarray:
        """Rows of each group."""
        return self.tp + self.fn + self.fp + self.tn

    def stacked(self) -> np.ndarray:
        """`(..., num_groups, 4)`, in the order tp, fn, fp, tn."""
        return np.stack([self.tp, self.fn, self.fp, self.tn], -1)

    @staticmethod
    def unstack(cells: np.ndarray) -> "Counts":
        """From `(..., num_groups, 4)`."""
        return Counts(*np.moveaxis(cells, -1, 0))

    def take(self, groups: np.ndarray) -> "Counts":
        """Those of some groups; a mask or indices."""
        squares = None if self.squares is None else self.squares.take(groups)
        return replace(Counts.unstack(self.stacked()[..., groups, :]), squares=squares)

    def pooled(self) -> "Counts":
        """All groups as one, `(..., 1)`."""
        return Counts.unstack(self.stacked().sum(-2, keepdims=True))


def count(
    labels: np.ndarray,
    selected: np.ndarray,
    codes: np.ndarray,
    num_groups: int,
    weights: np.ndarray | None = None,
) -> Counts:
    """Counts rows by group, as many as they are worth if they have weights.

    With weights, a cell of group g counts W n_eff / sum w: W the sum of the cell's weights, sum w
    that of the group's, n_eff = (sum w)^2 / sum w^2 the effective sample size of the group (L. Kish,
    Survey Sampling, 1965). Every rate is then the weighted rate exactly, the group's total is
    n_eff, and equal weights count as none.

    Args:
        labels: bool `(num_rows,)`.
        selected: bool `(num_rows,)`, the decisions.
        codes: int `(num_rows,)`, groups; rows with -1 count nowhere.
        num_groups: how many groups there are.
        weights: float `(num_rows,)`, above 0; None if all rows count the same.

    Returns:
        Counts `(num_groups,)`, int without weights and float with them.
    """
    known = codes >= 0
    cells = codes[known] * 4 + np.where(labels[known], 0, 2) + ~selected[known]
    if weights is None:
        return _table(cells, None, num_groups)
    worth = row_weights.effective(weights[known], codes[known], num_groups)
    return replace(_table(cells, worth, num_groups), squares=_table(cells, worth**2, num_groups))


def _table(cells: np.ndarray, worth: np.ndarray | None, num_groups: int) -> Counts:
    return Counts.unstack(np.bincount(cells, worth, 4 * num_groups).reshape(num_groups, 4))


@dataclass(frozen=True)
class Rate:
    """A metric that is a share of rows.

    Attributes:
        name: as in `results.json` and docs/metrics.md.
        label: as people read it.
        numerator: counts -> rows of which something is true.
        denominator: counts -> rows that it is asked of.
        higher_is_better: None where neither end is.
    """

    name: str
    label: str
    numerator: Callable[[Counts], np.ndarray]
    denominator: Callable[[Counts], np.ndarray]
    higher_is_better: bool | None

    def __call__(self, counts: Counts) -> np.ndarray:
        """The share in each group, float64 `(..., num_groups)`; NaN where there is nothing to share."""
        below = np.asarray(self.denominator(counts), float)
        above = np.asarray(self.numerator(counts), float)
        return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)

    def asked(self, counts: Counts) -> tuple[np.ndarray, np.ndarray]:
        """Rows that the share is of, as many as they are worth, and those of which it is true.

        With weights these are (sum w)^2 / sum w^2 over the rows that the rate is asked of, e.g. the
        positives of a group, and the weighted share of them.

        Returns:
            Sizes and hits, `(num_groups,)`: int without weights, float with them.
        """
        sizes, hits = np.asarray(self.denominator(counts)), np.asarray(self.numerator(counts))
        if counts.squares is None:
            return sizes, hits
        squares = np.asarray(self.denominator(counts.squares))
        # Exactly 1 where weights are equal, so that rows without weights count as whole ones.
        scale = np.divide(sizes, squares, out=np.zeros(np.shape(sizes)), where=squares > 0)
        return sizes * scale, hits * scale


@dataclass(frozen=True)
class ScoreMetric:
    """A metric of the scores themselves, whatever the threshold; attributes as of `Rate`."""

    name: str
    label: str
    higher_is_better: bool | None


RATES = {
    rate.name: rate
    for rate in (
        Rate("selection_rate", "Selection rate", lambda c: c.tp + c.fp, lambda c: c.total, None),
        Rate("accuracy", "Accuracy", lambda c: c.tp + c.tn, lambda c: c.total, True),
        Rate("true_positive_rate", "Recall (TPR)", lambda c: c.tp, lambda c: c.tp + c.fn, True),
        Rate("false_positive_rate", "False positive rate", lambda c: c.fp, lambda c: c.fp + c.tn, False),
        Rate("false_negative_rate", "Miss rate (FNR)", lambda c: c.fn, lambda c: c.tp + c.fn, False),
        Rate("positive_predictive_value", "Precision (PPV)", lambda c: c.tp, lambda c: c.tp + c.fp, True),
    )
}
SCORE_METRICS = {
    metric.name: metric
    for metric in (
        ScoreMetric("auc", "AUC", True),
        ScoreMetric("expected_calibration_error", "Calibration error (ECE)", False),
        ScoreMetric("mean_score", "Mean score", None),
    )
}
METRICS: dict[str, Rate | ScoreMetric] = {**RATES, **SCORE_METRICS}

ALIASES = {
    "recall": "true_positive_rate",
    "tpr": "true_positive_rate",
    "sensitivity": "true_positive_rate",
    "fpr": "false_positive_rate",
    "fnr": "false_negative_rate",
    "ppv": "positive_predictive_value",
    "precision": "positive_predictive_value",
    "ece": "expected_calibration_error",
}
"""Other names of metrics, which flags understand."""


def worst(values: np.ndarray, higher_is_better: bool | None) -> int:
    """Index of the group that fares worst: the lowest, or the highest of a metric of errors."""
    return int(np.argmax(values) if higher_is_better is False else np.argmin(values))
