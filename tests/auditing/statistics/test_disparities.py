import fairlearn.metrics as fairlearn_metrics
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sklearn_metrics

from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import METRICS, RATES, count
from tests.auditing.tables import drawn_alike, random_rows

FAIRLEARN = {
    "demographic_parity_difference": fairlearn_metrics.demographic_parity_difference,
    "demographic_parity_ratio": fairlearn_metrics.demographic_parity_ratio,
    "equal_opportunity_difference": fairlearn_metrics.equal_opportunity_difference,
    "equal_opportunity_ratio": fairlearn_metrics.equal_opportunity_ratio,
    "equalized_odds_difference": fairlearn_metrics.equalized_odds_difference,
    "equalized_odds_ratio": fairlearn_metrics.equalized_odds_ratio,
}
IN_FRAMES = {
    "selection_rate": fairlearn_metrics.selection_rate,
    "accuracy": sklearn_metrics.accuracy_score,
    "true_positive_rate": fairlearn_metrics.true_positive_rate,
    "false_positive_rate": fairlearn_metrics.false_positive_rate,
    "false_negative_rate": fairlearn_metrics.false_negative_rate,
    "positive_predictive_value": sklearn_metrics.precision_score,
}
STEMS = {
    "selection_rate": "demographic_parity",
    "true_positive_rate": "equal_opportunity",
    "positive_predictive_value": "predictive_parity",
}


# Of two metrics in 2 to 8 groups.
VALUES = st.integers(2, 8).flatmap(lambda n: arrays.arrays(float, (2, n), elements=st.floats(0, 1, width=32)))


def figure(name, *values):
    """A figure of values of groups, one list for each metric; those it does not take are left."""
    disparity = DISPARITIES[name]
    return disparity.figure(np.array(values[: len(disparity.metrics)], float)).item()


def test_every_metric_has_a_difference_a_ratio_and_a_variance():
    expected = {"equalized_odds_difference", "equalized_odds_sum_difference", "equalized_odds_ratio"}
    for name in METRICS:
        stem = STEMS.get(name, name)
        expected |= {f"{stem}_difference", f"{stem}_ratio", f"{name}_variance"}
    assert set(DISPARITIES) == expected
    assert {len(disparity.metrics) for name, disparity in DISPARITIES.items() if "odds" in name} == {2}


def test_figures_of_one_metric_by_hand():
    # 90, 70 and 100% differ from their mean 86.67 by 3.33, -16.67 and 13.33.
    recalls = [0.9, 0.7, 1.0]
    assert figure("equal_opportunity_difference", recalls) == pytest.approx(0.3)
    assert figure("equal_opportunity_ratio", recalls) == pytest.approx(0.7)
    squares = (10 / 3) ** 2 + (50 / 3) ** 2 + (40 / 3) ** 2
    assert figure("true_positive_rate_variance", recalls) == pytest.approx(squares / 3)


def test_equalized_odds_by_hand():
    # Recalls are .2 apart, false positive rates .3; their ratios are .6 / .8 = 3/4 and .1 / .4 = 1/4.
    rates = [0.8, 0.6], [0.4, 0.1]
    assert figure("equalized_odds_difference", *rates) == pytest.approx(0.3)
    assert figure("equalized_odds_sum_difference", *rates) == pytest.approx(0.5)
    assert figure("equalized_odds_ratio", *rates) == pytest.approx(0.25)


@pytest.mark.parametrize("seed", range(5))
def test_figures_of_rates_equal_fairlearn(seed):
    labels, _, selected, codes = random_rows(seed)
    table = count(labels, selected, codes, 4)
    rows = {"y_true": labels, "y_pred": selected, "sensitive_features": codes}
    frame = fairlearn_metrics.MetricFrame(metrics=IN_FRAMES, **rows)
    for name, rate in RATES.items():
        stem, values = STEMS.get(name, name), rate(table)
        assert values == pytest.approx(frame.by_group[name].to_numpy())
        assert figure(f"{stem}_difference", values) == pytest.approx(frame.difference()[name])
        assert figure(f"{stem}_ratio", values) == pytest.approx(frame.ratio()[name])
        assert figure(f"{name}_variance", values) == pytest.approx(np.var(100 * frame.by_group[name]))
    for name, function in FAIRLEARN.items():
        values = [RATES[metric](table) for metric in DISPARITIES[name].metrics]
        assert figure(name, *values) == pytest.approx(function(**rows)), name


def test_two_groups_of_nothing_have_no_ratio():
    assert np.isnan(figure("false_positive_rate_ratio", [0.0, 0.0]))
    assert np.isnan(figure("equalized_odds_ratio", [0.5, 0.9], [0.0, 0.0]))
    assert figure("false_positive_rate_ratio", [0.0, 0.1]) == 0


def test_numbers_of_both_signs_have_no_ratio():
    # Mean scores that are no probabilities: -1 / 2 would be below 0, and -2 / -1 above 1.
    assert np.isnan(figure("mean_score_ratio", [-1.0, 2.0]))
    assert np.isnan(figure("mean_score_ratio", [-1.0, -2.0]))


@drawn_alike
@given(VALUES, st.randoms(use_true_random=False))
def test_figures_do_not_depend_on_the_order_of_groups_and_stay_in_range(values, random):
    order = random.sample(range(values.shape[1]), values.shape[1])
    # Of numbers in [0, 1] half of which are 0 and half 1, the variance is 50 squared.
    most = {"variance": 50.0**2, "sum_difference": 2.0}
    for name in DISPARITIES:
        value = figure(name, *values)
        assert figure(name, *values[:, order]) == pytest.approx(value, nan_ok=True, abs=1e-9)
        highest = next((limit for ending, limit in most.items() if name.endswith(ending)), 1.0)
        assert np.isnan(value) or 0 <= value <= highest + 1e-9


@drawn_alike
@given(st.floats(0.01, 1), st.integers(2, 6))
def test_equal_groups_have_no_disparity(value, num_groups):
    values = np.full((2, num_groups), value)
    for name, disparity in DISPARITIES.items():
        assert figure(name, *values) == pytest.approx(disparity.no_disparity, abs=1e-9)
        assert disparity.spread(values) == pytest.approx(0, abs=1e-9)


@drawn_alike
@given(VALUES)
def test_unequal_groups_have_some_and_twice_the_deviations_twice_the_spread(values):
    values = np.maximum(values, 0.125)
    values[0, 0] = values[0, 1] / 2  # one group differs for certain
    for name, disparity in DISPARITIES.items():
        assert abs(figure(name, *values) - disparity.no_disparity) > 1e-3
        assert disparity.spread(2 * values) == pytest.approx(2 * disparity.spread(values))
        assert disparity.spread(values) > 0


@drawn_alike
@given(VALUES)
def test_many_draws_are_measured_like_single_ones(values):
    draws = np.stack([values, values[:, ::-1] ** 2], 1)  # metric, draw, group
    for name, disparity in DISPARITIES.items():
        asked = draws[: len(disparity.metrics)]
        expected = [figure(name, *asked[:, index]) for index in range(2)]
        np.testing.assert_allclose(disparity.figure(asked), expected)
