"""Areas and means of weighted scores, and their errors."""

import numpy as np
import pytest

from facedebias.auditing.statistics import intervals, ranking
from facedebias.auditing.statistics.ranking import ScoredRows
from tests.auditing.tables import random_rows, random_weights


def test_weighted_score_metrics_by_hand():
    # Positives .9 (weight 1) and .3 (3) against .2 (1) and .5 (1): pairs in order weigh 2 + 3 of 8.
    rows = ScoredRows(*[np.array([0.9, 0.3, 0.2, 0.5])] * 2, np.arange(4) < 2, np.zeros(4, int))
    rows = ScoredRows(rows.scores, rows.probabilities, rows.labels, rows.codes, np.array([1.0, 3, 1, 1]))
    found = ranking.by_group(rows, 1)
    assert found["auc"] == pytest.approx([5 / 8])
    assert found["mean_score"] == pytest.approx([(0.9 + 0.9 + 0.2 + 0.5) / 6])
    # Each row has a bin of its own: |y - p| weighted.
    assert found["expected_calibration_error"] == pytest.approx([(0.1 + 3 * 0.7 + 0.2 + 0.5) / 6])


def test_the_interval_of_an_area_takes_the_effective_rows_of_each_label():
    labels, scores, _, _ = random_rows(0, num_rows=200)
    own = np.where(labels, random_weights(0, 200), 4.0)
    rows = ScoredRows(scores, scores, labels, np.zeros(200, int), own)
    (found,) = ranking.measure(rows, 1, 100, np.random.default_rng(0)).estimates["auc"]
    positives = own[labels].sum() ** 2 / (own[labels] ** 2).sum()
    assert found.interval == pytest.approx(intervals.auc(found.value, positives, np.sum(~labels)))


def test_resampled_errors_of_weighted_rows_have_the_spread_of_resampled_rows():
    # Weights that know nothing of scores, for which the effective sample size is exact on average.
    labels, scores, _, _ = random_rows(3, num_rows=400)
    own = random_weights(1, 400)
    rows = ScoredRows(scores, scores, labels, np.zeros(400, int), own)
    drawn = ranking.resampled_errors(rows, 1, 2000, np.random.default_rng(0))
    rng, means, areas = np.random.default_rng(1), [], []
    for _ in range(400):
        again = rng.integers(0, 400, 400)
        means.append(np.average(scores[again], weights=own[again]))
        areas.append(ranking.auc(labels[again], scores[again], own[again]))
    # A standard deviation of 400 draws is off by 3.5%, and the weights of one sample by more.
    assert drawn["mean_score"].std() == pytest.approx(np.std(means), rel=0.15)
    assert drawn["auc"].std() == pytest.approx(np.std(areas), rel=0.2)
