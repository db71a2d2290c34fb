"""Metrics and curves of the scores themselves, at every threshold or at none.

The area under the ROC curve is scikit-learn's. Only what is resampled two thousand times is
counted in bins of the scores.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from facedebias.auditing.statistics import intervals
from facedebias.auditing.statistics.calibration import NUM_BINS, calibration_error
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import SCORE_METRICS
from facedebias.scoring import weights as row_weights

_NUM_RANK_BINS = 100  # by quantiles, of scores that are resampled


@dataclass(frozen=True)
class ScoredRows:
    """Scores of rows in groups.

    Attributes:
        scores: float `(n,)`, what a threshold is compared with.
        probabilities: float `(n,)` in [0, 1]; None if the scores are no probabilities.
        labels: bool `(n,)`.
        codes: int `(n,)`, groups from 0; -1 for negatives or positives that every group
            is compared with, because none of their kind belongs to a group.
        weights: float `(n,)`, above 0, how much each row counts; None if all count the same.
    """

    scores: np.ndarray
    probabilities: np.ndarray | None
    labels: np.ndarray
    codes: np.ndarray
    weights: np.ndarray | None = None

    def of_group(self, group: int) -> np.ndarray:
        """Bool `(n,)`: a group's own rows and the shared ones."""
        return (self.codes == group) | (self.codes == -1)


@dataclass(frozen=True)
class ScoreFigures:
    """Score metrics of every group.

    Attributes:
        values: metric -> float64 `(num_groups,)`; NaN where undefined.
        errors: metric -> float64 `(num_draws, num_groups)`, by how much it misses when rows
            are resampled.
        estimates: metric -> values with intervals; None where undefined.
        limits: smallest and largest mean score.
        sizes: metric -> rows that it rests on, float64 `(num_groups,)`: of an area under the curve
            the positives or the negatives, whichever are fewer; effective ones if weighted.
    """

    values: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    estimates: dict[str, list[Estimate | None]]
    limits: tuple[float, float]
    sizes: dict[str, np.ndarray]


def measure(rows: ScoredRows, num_groups: int, num_draws: int, rng: np.random.Generator) -> ScoreFigures:
    """Computes the score metrics of every group with their intervals.

    That of an area under the curve is Newcombe's, the others' are the estimate minus the
    quantiles of the resampled errors, which also takes off the error that the calibration error
    has by its being an absolute value.
    """
    values, errors = by_group(rows, num_groups), resampled_errors(rows, num_groups, num_draws, rng)
    limits = (0.0, 1.0) if rows.probabilities is not None else (-np.inf, np.inf)
    estimates = {
        name: [
            _estimate(rows, name, group, float(values[name][group]), errors[name][:, group], limits)
            for group in range(num_groups)
        ]
        for name in SCORE_METRICS
    }
    return ScoreFigures(values, errors, estimates, limits, _sizes(rows, num_groups))


def _sizes(rows: ScoredRows, num_groups: int) -> dict[str, np.ndarray]:
    own = [row_weights.effective_size(rows.weights, rows.codes == group) for group in range(num_groups)]
    fewer = [min(_of_each_label(rows, group)) for group in range(num_groups)]
    sizes = np.array(own, float)
    return {"auc": np.array(fewer, float), "expected_calibration_error": sizes, "mean_score": sizes}


def _of_each_label(rows: ScoredRows, group: int) -> list[float]:
    """Positives and negatives that the area under the curve of a group rests on."""
    own = rows.of_group(group)
    return [row_weights.effective_size(rows.weights, own & kind) for kind in (rows.labels, ~rows.labels)]


def _estimate(
    rows: ScoredRows, name: str, group: int, value: float, errors: np.ndarray, limits: tuple[float, float]
) -> Estimate | None:
    if not np.isfinite(value):
        return None
    if name == "auc":
        return Estimate(value, intervals.auc(value, *_of_each_label(rows, group)))
    low, high = np.clip(value - np.quantile(errors, [0.975, 0.025]), *limits)
    return Estimate(value, (min(float(low), value), max(float(high), value)))


def by_group(rows: ScoredRows, num_groups: int) -> dict[str, np.ndarray]:
    """Each score metric of each group, float64 `(num_groups,)`; NaN where it is undefined.

    The mean score and the calibration error are of the group's own rows, the area under the
    curve of its own and the shared ones. All are weighted if rows have weights.
    """
    is_probability = rows.probabilities is not None
    means = rows.scores if rows.probabilities is None else rows.probabilities

    def both(own: np.ndarray) -> tuple[float, float]:
        if not own.any():
            return float("nan"), float("nan")
        weights = row_weights.relative(row_weights.part(rows.weights, own))
        mean = np.mean(means[own]) if weights is None else np.average(means[own], weights=weights)
        error = calibration_error(rows.labels[own], means[own], weights) if is_probability else float("nan")
        return float(mean), error

    pairs = np.array([both(rows.codes == group) for group in range(num_groups)])
    members = [rows.of_group(group) for group in range(num_groups)]
    return {
        "auc": np.array(
            [auc(rows.labels[m], rows.scores[m], row_weights.part(rows.weights, m)) for m in members]
        ),
        "expected_calibration_error": pairs[:, 1],
        "mean_score": pairs[:, 0],
    }


def auc(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Chance that a positive scores above a negative, ties half; NaN without either kind.

    With weights a pair counts as much as the product of its rows' weights.
    """
    if labels.all() or not labels.any():
        return float("nan")
    return float(roc_auc_score(labels, scores, sample_weight=row_weights.relative(weights)))


def resampled_errors(
    rows: ScoredRows, num_groups: int, num_draws: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """By how much each score metric misses when a group's rows are resampled.

    Rows are counted in bins, so that a draw is one multinomial table a group: by quantiles of
    all scores, for ranks, and within those by the bins of the calibration error. Weighted rows are
    drawn by their weights, as many as the group's effective sample size rounds to.

    Returns:
        name -> float64 `(num_draws, num_groups)`; 0 where a metric is undefined.
    """
    cells = _cells(rows)
    shared = cells.tables(rows.codes == -1)
    shared_draws = _draw(shared, num_draws, rng)
    found: dict[str, list[np.ndarray]] = {name: [] for name in SCORE_METRICS}
    for group in range(num_groups):
        own = cells.tables(rows.codes == group)
        draws = _draw(own, num_draws, rng)
        source, tables = own[None] + shared, draws + shared_draws
        found["auc"].append(_binned_auc(tables) - _binned_auc(source))
        found["mean_score"].append(cells.mean(draws) - cells.mean(own[None]))
        error = cells.calibration_error(draws) - cells.calibration_error(own[None])
        found["expected_calibration_error"].append(error)
    return {name: np.nan_to_num(np.stack(columns, 1)) for name, columns in found.items()}


@dataclass(frozen=True)
class _Cells:
    """Bins of scores. `cell_of` `(n,)`; mean score and calibration bin of each cell."""

    weights: np.ndarray | None
    cell_of: np.ndarray
    labels: np.ndarray
    means: np.ndarray
    calibration_bins: np.ndarray

    def tables(self, rows: np.ndarray) -> np.ndarray:
        """Negatives and positives in each cell, as many as they are worth, `(2, num_cells)`."""
        places = self.labels[rows] * len(self.means) + self.cell_of[rows]
        worth = None
        if self.weights is not None:
            worth = row_weights.effective(self.weights[rows], np.zeros(len(places), int), 1)
        return np.bincount(places, worth, 2 * len(self.means)).reshape(2, -1)

    def mean(self, tables: np.ndarray) -> np.ndarray:
        """Mean score of tables `(..., 2, num_cells)`."""
        sizes = tables.sum(-2)
        return sizes @ self.means / sizes.sum(-1)

    def calibration_error(self, tables: np.ndarray) -> np.ndarray:
        """That of tables `(..., 2, num_cells)`."""
        belongs = self.calibration_bins[:, None] == np.arange(NUM_BINS)
        gaps = (tables[..., 1, :] - tables.sum(-2) * self.means) @ belongs
        return np.abs(gaps).sum(-1) / tables.sum((-2, -1))


def _cells(rows: ScoredRows) -> _Cells:
    means = rows.scores if rows.probabilities is None else rows.probabilities
    edges = np.unique(np.quantile(rows.scores, np.linspace(0, 1, _NUM_RANK_BINS + 1)[1:-1]))
    ranks = np.searchsorted(edges, rows.scores, side="right")
    bins = np.zeros(len(ranks), int)
    if rows.probabilities is not None:
        bins = np.minimum((means * NUM_BINS).astype(int), NUM_BINS - 1)
    held, cell_of = np.unique(ranks * NUM_BINS + bins, return_inverse=True)
    weights = row_weights.relative(rows.weights)
    weighed = 1.0 if weights is None else weights
    averages = np.bincount(cell_of, means.astype(float) * weighed) / np.bincount(cell_of, weights)
    return _Cells(weights, cell_of, rows.labels.astype(int), averages, held % NUM_BINS)


def _draw(table: np.ndarray, num_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Tables of as many rows, resampled, int `(num_draws, 2, num_cells)`."""
    cells = table.reshape(-1)
    drawn = np.zeros((num_draws, len(cells)), int)
    held = np.flatnonzero(cells)  # empty cells stay empty and cost nothing
    if len(held):
        drawn[:, held] = rng.multinomial(round(cells.sum()), cells[held] / cells.sum(), num_draws)
    return drawn.reshape(num_draws, *table.shape)


def _binned_auc(tables: np.ndarray) -> np.ndarray:
    negatives, positives = tables[..., 0, :], tables[..., 1, :]
    below = np.cumsum(negatives, -1) - negatives / 2
    pairs = negatives.sum(-1) * positives.sum(-1)
    wins = np.sum(positives * below, -1)
    return np.divide(wins, pairs, out=np.full(np.shape(pairs), np.nan), where=pairs > 0)
