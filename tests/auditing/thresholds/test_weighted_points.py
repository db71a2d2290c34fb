"""Operating points at weighted rates."""

import numpy as np
import pytest

from facedebias.auditing.thresholds import operating_points
from facedebias.scoring.threshold_rule import FPR, TPR, Rule
from tests.auditing.tables import random_weights
from tests.auditing.thresholds.test_operating_points import make, score


@pytest.mark.parametrize("per_group", [False, True])
@pytest.mark.parametrize("kind", [FPR, TPR])
def test_groups_meet_the_weighted_rate(kind, per_group):
    rng = np.random.default_rng(0)
    sample, groups = make(rng.random(400) < 0.4, rng.integers(0, 2, 400))
    scores, own, rule = score(rng.random(400)), random_weights(0, 400), Rule(kind, (0.2,), per_group)
    found = operating_points.find(rule, 0, scores, sample.labels, groups, own)
    selected = operating_points.decide(scores.scores, found, groups)
    asked = sample.labels if kind == TPR else ~sample.labels
    parts = [asked & (groups.codes == group) for group in (0, 1)] if per_group else [asked]
    for part in parts:
        # One row weighs at most a few percent of all.
        assert np.average(selected[part], weights=own[part]) == pytest.approx(0.2, abs=0.09)
        rate = np.average(selected[part], weights=own[part])
        assert rate >= 0.2 if kind == TPR else rate <= 0.2
