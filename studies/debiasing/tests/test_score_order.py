"""A run's order of scores: the same figures must come out of it as out of the scores."""

import numpy as np
import pytest

from studies.debiasing.judging import recall_metrics as metrics
from studies.debiasing.judging.score_order import pack, unpack

GROUPS = np.repeat([0, 1, 2], [300, 200, 100])


def some_scores(seed, digits=None):
    rng = np.random.default_rng(seed)
    faces, nonfaces = rng.normal(2.5, 1.5, 600) - (GROUPS == 2), rng.normal(-2.0, 1.3, 800)
    if digits is not None:  # many ties, within and between
        faces, nonfaces = faces.round(digits), nonfaces.round(digits)
    return metrics.Scores(faces.astype(np.float32), nonfaces.astype(np.float32))


def test_the_order_is_written_as_one_would_by_hand():
    # At most 2% of 50 non-faces is one; 17 are written down: P(Poisson(17) <= 1) is 7e-7. Three are at or
    # above 0.
    nonfaces = -np.arange(50, dtype=np.float32)
    nonfaces[[7, 3]] = 2.0, 0.0  # 7, then 0 and 3 tie
    packed = pack(metrics.Scores(np.array([3.0, 1.0, -1.5, -100.0], np.float32), nonfaces), [0.02])
    assert packed["num_positive"] == 3
    assert (
        packed["nonfaces"].split()[:5] == ["7", "0", "=3", "1", "2"] and len(packed["nonfaces"].split()) == 17
    )
    assert packed["faces"] == "1:1 2:4 3"


@pytest.mark.parametrize("digits", [None, 1, 0])
@pytest.mark.parametrize("fpr", [0.01, 0.05])
def test_recalls_and_those_in_pictures_drawn_anew_are_those_of_the_scores(digits, fpr):
    scores = some_scores(5, digits)
    again = unpack(pack(scores, (0.01, 0.05)))  # one order for both
    test = metrics.Test(GROUPS, ("a", "b", "c"), fpr, num_draws=500)
    np.testing.assert_array_equal(test.recalls(again), test.recalls(scores))
    np.testing.assert_array_equal(test.drawn_recalls(again), test.drawn_recalls(scores))
    np.testing.assert_array_equal(again.nonfaces >= 0.0, scores.nonfaces >= 0.0)
    # Who ties with whom at the top is kept, too.
    top = np.argsort(-scores.nonfaces, kind="stable")[:40]
    np.testing.assert_array_equal(np.diff(again.nonfaces[top]) == 0, np.diff(scores.nonfaces[top]) == 0)


def test_all_that_pass_at_logit_0_are_kept_however_many():
    scores = some_scores(1)
    lifted = metrics.Scores(scores.faces, scores.nonfaces + 4.0)
    assert np.mean(lifted.nonfaces >= 0.0) > 0.5
    np.testing.assert_array_equal(unpack(pack(lifted, [0.01])).nonfaces >= 0.0, lifted.nonfaces >= 0.0)
