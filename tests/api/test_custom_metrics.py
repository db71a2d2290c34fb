"""Metrics of the caller's own, against Fairlearn's MetricFrame and a bootstrap written out."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame
from sklearn import metrics as sklearn

import facedebias as fd
from tests.api.rows import make

LABELS, SCORES, PEOPLE = make()


def g_mean(y_true, y_pred):
    """Geometric mean of recall and specificity."""
    return float(np.sqrt(np.mean(y_pred[y_true == 1]) * np.mean(1 - y_pred[y_true == 0])))


def audit(metrics, groups=PEOPLE["sex"], **settings):
    return fd.audit(LABELS, SCORES, groups, metrics=metrics, **{"num_draws": 100} | settings)


def test_values_are_those_of_a_metric_frame():
    found = audit([sklearn.f1_score, g_mean], PEOPLE)
    frame = MetricFrame(
        metrics={"f1_score": sklearn.f1_score, "g_mean": g_mean},
        y_true=LABELS,
        y_pred=(SCORES >= 0.5).astype(int),
        sensitive_features=PEOPLE["race"] + " " + PEOPLE["sex"],
    )
    for name in ("f1_score", "g_mean"):
        assert found.by_group[name].to_numpy() == pytest.approx(frame.by_group[name].to_numpy(float))
        assert found.overall.loc[name, "value"] == pytest.approx(frame.overall[name])
        difference = found.between.loc[f"{name}_difference"]
        assert difference["value"] == pytest.approx(frame.difference()[name])
        assert difference["highest"] == frame.by_group[name].idxmax()
        assert 0 <= difference["low"] <= difference["value"] <= difference["high"]
        assert 0 < difference["p_value"] <= 1


def test_a_metric_that_is_known_has_about_the_interval_of_wilson():
    found = audit({"hit_rate": sklearn.recall_score}, num_draws=500).by_group
    for end in ("low", "high"):
        assert found[f"hit_rate_{end}"].to_numpy() == pytest.approx(
            found[f"true_positive_rate_{end}"].to_numpy(), abs=0.015
        )
    assert found["hit_rate"].equals(found["true_positive_rate"].rename("hit_rate"))


def test_a_true_difference_is_found():
    # Group b is decided by a coin, group a as it is.
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 2, 800), np.repeat(["a", "b"], 400)
    decisions = np.where(groups == "a", labels, rng.integers(0, 2, 800))
    found = fd.audit(labels, decisions, groups, metrics={"f1": sklearn.f1_score}, num_draws=200)
    difference = found.between.loc["f1_difference"]
    assert difference["p_value"] < 0.01 and difference["low"] > 0.3
    alike = fd.audit(
        labels, labels ^ (rng.random(800) < 0.2), groups, metrics={"f1": sklearn.f1_score}, num_draws=200
    )
    assert alike.between.loc["f1_difference", "low"] == 0


def test_scores_are_given_to_a_metric_that_takes_them():
    found = audit([sklearn.roc_auc_score, sklearn.average_precision_score, sklearn.brier_score_loss])
    for sex, row in found.by_group.iterrows():
        own = (PEOPLE["sex"] == sex).to_numpy()
        assert row["roc_auc_score"] == pytest.approx(row["auc"])
        for name in ("average_precision_score", "brier_score_loss"):
            assert row[name] == pytest.approx(getattr(sklearn, name)(LABELS[own], SCORES[own]))


def test_weights_go_to_a_metric_that_takes_them():
    weights = np.random.default_rng(2).uniform(0.5, 2, len(LABELS))
    found = audit({"f1": sklearn.f1_score, "g_mean": g_mean}, sample_weight=weights).by_group
    own = (PEOPLE["sex"] == "F").to_numpy()
    decided = SCORES >= 0.5
    expected = sklearn.f1_score(LABELS[own], decided[own], sample_weight=weights[own])
    assert found.loc["F", "f1"] == pytest.approx(expected)
    assert found.loc["F", "g_mean"] == pytest.approx(g_mean(LABELS[own], decided[own]))


def test_the_bootstrap_is_stratified_by_group_and_repeats():
    sizes = []

    def seen(y_true, y_pred):
        sizes.append(len(y_true))
        return float(np.mean(y_pred))

    first = audit({"seen": seen}).by_group
    own = PEOPLE["sex"].value_counts()
    assert set(sizes) == {own["F"], own["M"], len(LABELS)}
    assert len(sizes) == 3 + 3 * 100
    assert first.equals(audit({"seen": seen}).by_group)
    assert not first.equals(audit({"seen": seen}, seed=1).by_group)


def test_undefined_values_are_left_undefined():
    labels = np.where(PEOPLE["sex"] == "M", 0, LABELS)

    def recall(y_true, y_pred):
        return np.mean(y_pred[y_true == 1]) if y_true.any() else float("nan")

    found = fd.audit(labels, SCORES, PEOPLE["sex"], metrics=recall, num_draws=100)
    assert np.isnan(found.by_group.loc["M", "recall"]) and np.isnan(found.by_group.loc["M", "recall_low"])
    assert found.between.loc["recall_difference", "left_out"] == "M"
    assert np.isnan(found.between.loc["recall_difference", "value"])


def test_one_group_has_no_difference():
    found = fd.audit(LABELS, SCORES, metrics=[g_mean], num_draws=100)
    assert found.between.empty
    assert found.by_group.loc["all", "g_mean"] == found.overall.loc["g_mean", "value"]
    assert isinstance(found.by_group, pd.DataFrame)


def test_a_small_group_without_an_error_is_no_proof_of_a_difference():
    # All 40 of one group are found, and 984 of 1,000 of the other: by chance in about every second case.
    labels, groups = np.ones(1040, int), np.repeat(["small", "large"], [40, 1000])
    decisions = np.concatenate([np.ones(40, int), np.arange(1000) >= 16])
    labels, groups = np.append(labels, [0, 0]), np.append(groups, ["small", "large"])
    found = fd.audit(
        labels, np.append(decisions, [0, 0]), groups, metrics={"own": recall}, num_draws=300
    ).between
    own, built_in = found.loc["own_difference"], found.loc["equal_opportunity_difference"]
    assert own["value"] == pytest.approx(built_in["value"])
    assert own["p_value"] > 0.1 and own["low"] == 0
    assert own["high"] > 0.04


def recall(y_true, y_pred):
    return float(np.mean(y_pred[y_true == 1]))


def test_a_ratio_that_rests_on_one_row_is_not_compared():
    # Of group b one row of 40 is selected.
    labels, groups = np.tile([0, 1], 60), np.repeat(["a", "b"], [80, 40])
    decisions = np.where(groups == "a", labels, 0)
    decisions[-2] = 1
    found = fd.audit(labels, decisions, groups, metrics={"precision": precision}, num_draws=300)
    assert found.by_group.loc["b", "precision"] == 0
    assert found.between.loc["precision_difference", "left_out"] == "b"


def precision(y_true, y_pred):
    return float(np.mean(y_true[y_pred == 1]))


def test_rows_of_no_group_count_overall_with_a_single_group():
    # Positives of group a, negatives of none: the accuracy overall is of all of them.
    labels = np.repeat([1, 0], [60, 140])
    groups = np.array(["a"] * 60 + [None] * 140, object)
    decisions = labels ^ (np.random.default_rng(0).random(200) < 0.3)
    found = fd.audit(
        labels, decisions, groups, metrics={"own": sklearn.accuracy_score}, num_draws=400
    ).overall
    own, built_in = found.loc["own"], found.loc["accuracy"]
    assert own["value"] == built_in["value"]
    assert [own["low"], own["high"]] == pytest.approx([built_in["low"], built_in["high"]], abs=0.02)
