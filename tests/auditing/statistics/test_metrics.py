import numpy as np
import pytest
from hypothesis import given
from sklearn import metrics as sklearn_metrics

from facedebias.auditing.statistics import metrics
from facedebias.auditing.statistics.metrics import ALIASES, METRICS, RATES, Counts, count
from tests.auditing.tables import counts, drawn_alike, random_rows, rows, tables

# What share of which rows: the definitions of docs/metrics.md as masks.
SHARES = {
    "selection_rate": lambda labels, selected: selected,
    "accuracy": lambda labels, selected: labels == selected,
    "true_positive_rate": lambda labels, selected: selected[labels],
    "false_positive_rate": lambda labels, selected: selected[~labels],
    "false_negative_rate": lambda labels, selected: ~selected[labels],
    "positive_predictive_value": lambda labels, selected: labels[selected],
}


def test_counts_by_hand():
    # Group 0: one of each outcome; group 1: two misses; the last row is in no group.
    labels = np.array([1, 1, 0, 0, 1, 1, 1], bool)
    selected = np.array([1, 0, 1, 0, 0, 0, 1], bool)
    found = count(labels, selected, np.array([0, 0, 0, 0, 1, 1, -1]), 3)
    assert found.stacked().tolist() == [[1, 1, 1, 1], [0, 2, 0, 0], [0, 0, 0, 0]]
    assert found.total.tolist() == [4, 2, 0]
    assert found.pooled().stacked().tolist() == [[1, 3, 1, 1]]
    assert found.take(np.array([1, 0])).fn.tolist() == [2, 1]


def test_rates_by_hand():
    # 100 rows: 30 of 40 positives and 6 of 60 negatives selected.
    found = {name: rate(counts((30, 10, 6, 54))).item() for name, rate in RATES.items()}
    assert found == pytest.approx(
        {
            "selection_rate": 36 / 100,
            "accuracy": 84 / 100,
            "true_positive_rate": 30 / 40,
            "false_positive_rate": 6 / 60,
            "false_negative_rate": 10 / 40,
            "positive_predictive_value": 30 / 36,
        }
    )


@pytest.mark.parametrize(
    ("cells", "undefined"),
    [
        ((0, 0, 3, 4), {"true_positive_rate", "false_negative_rate"}),  # no positives
        ((3, 4, 0, 0), {"false_positive_rate"}),  # no negatives
        ((0, 3, 0, 4), {"positive_predictive_value"}),  # none selected
        ((0, 1, 0, 0), {"false_positive_rate", "positive_predictive_value"}),  # one row, missed
        ((0, 0, 0, 0), set(RATES)),
    ],
)
def test_rates_without_rows_are_undefined(cells, undefined):
    values = {name: rate(counts((5, 5, 5, 5), cells)) for name, rate in RATES.items()}
    assert {name for name, value in values.items() if np.isnan(value[1])} == undefined
    assert all(value[0] == 0.5 for value in values.values())


@drawn_alike
@given(rows())
def test_rates_equal_a_mask_recomputation(drawn):
    labels, selected, codes = drawn
    found = count(labels, selected, codes, 3)
    for name, rate in RATES.items():
        for group, value in enumerate(rate(found)):
            mask = codes == group
            share = SHARES[name](labels[mask], selected[mask])
            assert (np.isnan(value) and not len(share)) or value == pytest.approx(np.mean(share))


@pytest.mark.parametrize("seed", range(5))
def test_rates_equal_scikit_learn(seed):
    labels, _, selected, codes = random_rows(seed)
    found = count(labels, selected, codes, 4)
    for group in range(4):
        truth, answers = labels[codes == group], selected[codes == group]
        tn, fp, fn, tp = sklearn_metrics.confusion_matrix(truth, answers).ravel().tolist()
        assert found.stacked()[group].tolist() == [tp, fn, fp, tn]
        values = {name: rate(found)[group] for name, rate in RATES.items()}
        assert values == pytest.approx(
            {
                "selection_rate": np.mean(answers),
                "accuracy": sklearn_metrics.accuracy_score(truth, answers),
                "true_positive_rate": sklearn_metrics.recall_score(truth, answers),
                "false_positive_rate": 1 - sklearn_metrics.recall_score(truth, answers, pos_label=0),
                "false_negative_rate": 1 - sklearn_metrics.recall_score(truth, answers),
                "positive_predictive_value": sklearn_metrics.precision_score(truth, answers),
            }
        )


@drawn_alike
@given(tables())
def test_rates_are_shares_and_recall_and_misses_add_up(table):
    values = {name: rate(table) for name, rate in RATES.items()}
    for value in values.values():
        assert np.all(np.isnan(value) | ((value >= 0) & (value <= 1)))
    both = values["true_positive_rate"] + values["false_negative_rate"]
    assert np.all(np.isnan(both) | (np.abs(both - 1) < 1e-12))


@drawn_alike
@given(tables(), tables())
def test_resampled_tables_are_measured_like_single_ones(first, second):
    size = min(len(first.tp), len(second.tp))
    pair = [first.take(np.arange(size)), second.take(np.arange(size))]
    stacked = Counts.unstack(np.stack([table.stacked() for table in pair]))
    for rate in RATES.values():
        np.testing.assert_array_equal(rate(stacked), [rate(table) for table in pair])
    np.testing.assert_array_equal(stacked.pooled().tp, [[table.tp.sum()] for table in pair])


def test_the_worst_group_is_the_lowest_or_the_one_with_most_errors():
    values = np.array([0.3, 0.1, 0.9, 0.1])
    assert metrics.worst(values, True) == 1
    assert metrics.worst(values, False) == 2


def test_other_names_stand_for_metrics():
    assert set(ALIASES.values()) <= set(METRICS)
    assert not set(ALIASES) & set(METRICS)
    assert ALIASES["recall"] == "true_positive_rate"
