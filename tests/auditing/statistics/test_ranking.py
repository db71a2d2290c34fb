import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from facedebias.auditing.statistics import intervals, ranking
from facedebias.auditing.statistics.calibration import calibration_error, reliability
from facedebias.auditing.statistics.ranking import ScoredRows, measure
from tests.auditing.tables import drawn_alike, random_rows


def scored(scores, labels, codes, are_probabilities=True):
    scores = np.asarray(scores, float)
    probabilities = scores if are_probabilities else None
    return ScoredRows(scores, probabilities, np.asarray(labels, bool), np.asarray(codes))


def measured(rows, num_groups, num_draws=200):
    return measure(rows, num_groups, num_draws, np.random.default_rng(0))


@st.composite
def scored_labels(draw):
    """Scores in [0, 1] with ties, and labels, of 1 to 40 rows."""
    size = draw(st.integers(1, 40))
    tenths = st.integers(0, 10).map(lambda k: k / 10)
    scores = draw(arrays.arrays(float, size, elements=tenths | st.floats(0, 1)))
    return scores, draw(arrays.arrays(np.bool_, size))


def auc_in_a_loop(scores, labels):
    wins = [
        1.0 if up > down else 0.5 if up == down else 0.0 for up in scores[labels] for down in scores[~labels]
    ]
    return np.mean(wins) if wins else np.nan


def calibration_error_in_a_loop(scores, labels):
    error = 0.0
    for k in range(10):
        high = (k + 1) / 10 if k < 9 else np.inf  # the last bin holds 1 itself
        inside = (scores * 10 >= k) & (scores * 10 < high * 10)
        if inside.any():
            error += inside.mean() * abs(labels[inside].mean() - scores[inside].mean())
    return error


def test_auc_by_hand():
    # Of 2 x 3 pairs .8 beats all three, .4 beats .1, ties with .4 and loses to .6: 4.5 / 6.
    assert ranking.auc(np.array([1, 1, 0, 0, 0], bool), np.array([0.8, 0.4, 0.1, 0.4, 0.6])) == pytest.approx(
        4.5 / 6
    )


def test_calibration_error_by_hand():
    # Bin 0.2-0.3: two rows of mean .25, none positive; bin 0.9-1: two of mean .95, one positive.
    # (2/4) .25 + (2/4) .45 = .35.
    labels, scores = np.array([0, 0, 1, 0], bool), np.array([0.21, 0.29, 0.9, 1.0])
    assert calibration_error(labels, scores) == pytest.approx(0.35)
    np.testing.assert_allclose(reliability(labels, scores), [[2, 0.25, 0], [2, 0.95, 0.5]])


@drawn_alike
@given(scored_labels())
def test_score_metrics_equal_loops(drawn):
    scores, labels = drawn
    assert ranking.auc(labels, scores) == pytest.approx(auc_in_a_loop(scores, labels), nan_ok=True)
    assert calibration_error(labels, scores) == pytest.approx(calibration_error_in_a_loop(scores, labels))
    assert 0 <= calibration_error(labels, scores) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_groups_equal_scikit_learn(seed):
    labels, scores, _, codes = random_rows(seed)
    found = ranking.by_group(scored(scores, labels, codes), 4)
    for group in range(4):
        truth, own = labels[codes == group], scores[codes == group]
        assert found["auc"][group] == pytest.approx(roc_auc_score(truth, own))
        assert found["mean_score"][group] == pytest.approx(own.mean())
        sizes, means, positives = reliability(truth, own).T
        expected_positives, expected_means = calibration_curve(truth, own, n_bins=10)
        np.testing.assert_allclose(means, expected_means)
        np.testing.assert_allclose(positives, expected_positives)
        error = np.sum(sizes / len(own) * abs(expected_positives - expected_means))
        assert found["expected_calibration_error"][group] == pytest.approx(error)


def test_shared_negatives_are_compared_with_by_every_group_and_counted_in_none():
    # Positives .9 and .3 against shared .2 and .5: both of the pairs of .9, one of those of .3.
    rows = scored([0.9, 0.3, 0.2, 0.5], [1, 1, 0, 0], [0, 1, -1, -1])
    found = ranking.by_group(rows, 2)
    assert found["auc"].tolist() == [1.0, 0.5]
    assert found["mean_score"] == pytest.approx([0.9, 0.3])
    assert found["expected_calibration_error"] == pytest.approx([0.1, 0.7])
    assert rows.of_group(1).tolist() == [False, True, True, True]


def test_a_group_without_positives_has_no_area_but_a_mean():
    rows = scored([0.9, 0.1, 0.4, 0.2], [1, 0, 0, 0], [0, 0, 1, 1])
    found = measured(rows, 2)
    assert found.values["auc"][0] == 1
    assert np.isnan(found.values["auc"][1])
    assert found.estimates["auc"][1] is None
    assert (found.errors["auc"][:, 1] == 0).all()
    assert found.estimates["mean_score"][1].value == pytest.approx(0.3)


def test_a_group_of_one_row():
    found = measured(scored([0.7, 0.1, 0.9], [1, 0, 1], [0, 1, 1]), 2)
    assert found.estimates["auc"][0] is None
    assert found.estimates["mean_score"][0].value == pytest.approx(0.7)
    assert found.estimates["expected_calibration_error"][0].value == pytest.approx(0.3)


def test_one_row_in_all():
    # Alone, or with shared rows that are in no group.
    for rows in (scored([0.7], [1], [0]), scored([0.7, 0.2], [1, 0], [0, -1])):
        found = measured(rows, 1)
        assert found.values["mean_score"] == pytest.approx([0.7])
        assert found.values["expected_calibration_error"] == pytest.approx([0.3])
    assert found.values["auc"].tolist() == [1.0]


def test_equal_scores_order_nothing():
    found = measured(scored(np.full(40, 0.5), np.arange(40) % 2, np.arange(40) // 20), 2)
    assert found.values["auc"].tolist() == [0.5, 0.5]
    assert found.values["expected_calibration_error"].tolist() == [0, 0]
    assert found.estimates["mean_score"][0].interval == pytest.approx((0.5, 0.5))


def test_perfect_scores():
    labels = np.arange(40) % 2
    found = measured(scored(labels, labels, np.arange(40) // 20), 2)
    assert found.values["auc"].tolist() == [1, 1]
    assert found.values["expected_calibration_error"].tolist() == [0, 0]
    assert found.estimates["auc"][0].interval == intervals.auc(1.0, 10, 10)


def test_scores_that_are_no_probabilities_have_no_calibration_error():
    found = measured(scored([-3, 5, 2, 9], [0, 1, 0, 1], [0, 0, 1, 1], are_probabilities=False), 2)
    assert found.estimates["expected_calibration_error"] == [None, None]
    assert found.values["mean_score"].tolist() == [1.0, 5.5]
    assert found.limits == (-np.inf, np.inf)


@drawn_alike
@given(scored_labels(), st.integers(0, 1000))
def test_intervals_hold_the_estimates(drawn, seed):
    scores, labels = drawn
    codes = np.random.default_rng(seed).integers(-1, 2, len(scores))
    codes[0] = 0
    found = measured(scored(scores, labels, np.where(codes == 1, 0, codes)), 1, num_draws=100)
    for name, (estimate,) in found.estimates.items():
        if estimate is None:
            assert np.isnan(found.values[name][0])
        else:
            low, high = estimate.interval
            assert 0 <= low <= estimate.value <= high <= 1


def test_resampled_errors_have_the_spread_of_resampled_rows():
    labels, scores, _, codes = random_rows(3, num_rows=300, num_groups=2)
    drawn = ranking.resampled_errors(scored(scores, labels, codes), 2, 1000, np.random.default_rng(0))
    truth, own = labels[codes == 0], scores[codes == 0]
    rng, found = np.random.default_rng(1), {"auc": [], "mean_score": [], "expected_calibration_error": []}
    for _ in range(400):
        again = rng.integers(0, len(own), len(own))
        found["auc"].append(ranking.auc(truth[again], own[again]))
        found["mean_score"].append(own[again].mean())
        found["expected_calibration_error"].append(calibration_error(truth[again], own[again]))
    for name, values in found.items():  # a standard deviation of 400 draws is off by 3.5%
        assert drawn[name][:, 0].std() == pytest.approx(np.std(values), rel=0.12), name
