"""fd.audit against Fairlearn and scikit-learn, and against evaluate.py on the same rows in a file."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

import facedebias as fd
from tests.api.rows import make

ROOT = Path(__file__).parents[2]
RATES = {
    "selection_rate": fairlearn.selection_rate,
    "accuracy": sklearn.accuracy_score,
    "true_positive_rate": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "positive_predictive_value": sklearn.precision_score,
}
# Where rows came from, and notes, which name flags or arguments.
WHENCE = {"data", "data_sha256", "nonfaces", "nonfaces_sha256", "date", "notes", "path", "command"}


def evaluate(folder, frame, *flags):
    """results.json of evaluate.py on the rows of a frame."""
    frame.to_csv(folder / "model.csv", index=False)
    command = [sys.executable, "evaluate.py", "--predictions", folder / "model.csv", "--num_draws", "100"]
    done = subprocess.run(
        [*command, "--output", folder / "report", *flags], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report" / "results.json").read_text())


def written(audit, folder):
    return json.loads((audit.write(folder / "ours").parent / "results.json").read_text())


def numbers(document):
    """All but where the rows came from, however deep."""
    if not isinstance(document, dict):
        return document
    return {name: numbers(value) for name, value in document.items() if name not in WHENCE}


@pytest.mark.parametrize("seed", [0, 1])
def test_metrics_are_those_of_fairlearn(seed):
    labels, scores, people = make(seed)
    found = fd.audit(labels, scores, people, num_draws=100)
    frame = fairlearn.MetricFrame(
        metrics=RATES,
        y_true=labels,
        y_pred=scores >= 0.5,
        sensitive_features=people["race"] + " " + people["sex"],
    )
    ours = found.by_group
    assert list(ours.index) == list(frame.by_group.index)
    for name in RATES:
        assert ours[name].to_numpy() == pytest.approx(frame.by_group[name].to_numpy(float))
        assert found.overall.loc[name, "value"] == pytest.approx(frame.overall[name])
        assert (ours[f"{name}_low"] <= ours[name]).all() and (ours[name] <= ours[f"{name}_high"]).all()
    assert found.between.loc["equal_opportunity_difference", "value"] == pytest.approx(
        frame.difference()["true_positive_rate"]
    )
    assert found.between.loc["demographic_parity_ratio", "value"] == pytest.approx(
        frame.ratio()["selection_rate"]
    )
    race = fairlearn.MetricFrame(
        metrics=RATES, y_true=labels, y_pred=scores >= 0.5, sensitive_features=people["race"]
    )
    by_race = found.by("race")
    assert by_race["accuracy"].to_numpy() == pytest.approx(race.by_group["accuracy"].to_numpy(float))
    assert "f1_score" not in by_race


def test_rows_behind_each_metric_are_counted():
    labels, scores, people = make()
    found = fd.audit(labels, scores, people["sex"], num_draws=100)
    for sex, row in found.by_group.iterrows():
        own = (people["sex"] == sex).to_numpy()
        selected = scores[own] >= 0.5
        assert row["n"] == row["accuracy_n"] == own.sum()
        assert row["num_positives"] == row["true_positive_rate_n"] == labels[own].sum()
        assert row["false_positive_rate_n"] == (1 - labels[own]).sum()
        assert row["positive_predictive_value_n"] == selected.sum()
        assert row["auc"] == pytest.approx(sklearn.roc_auc_score(labels[own], scores[own]))


@pytest.mark.parametrize(
    ("flags", "arguments"),
    [
        (("--tpr", "0.9", "--per_group", "--seed", "3"), {"tpr": 0.9, "per_group": True, "seed": 3}),
        (("--fpr", "0.05", "--weight", "w", "--min_group", "10"), {"fpr": 0.05, "min_group": 10}),
    ],
)
def test_results_are_those_of_the_command(tmp_path, flags, arguments):
    labels, scores, people = make()
    people.loc[::7, "race"] = None
    weights = np.random.default_rng(5).uniform(0.5, 2, len(labels))
    frame = people.assign(score=scores, label=labels, w=weights)
    theirs = evaluate(tmp_path, frame, "--groups", "race,sex", *flags)
    if "--weight" in flags:
        arguments = arguments | {"sample_weight": weights}
    ours = fd.audit(labels, scores, people, num_draws=100, **arguments)
    assert numbers(written(ours, tmp_path)) == numbers(theirs)
    # And the frames have the document's numbers.
    group = theirs["models"]["model"]["groups"]["a/b M"]
    row = ours.by_group.loc["a/b M"]
    low, high = group["true_positive_rate_interval"]
    assert (row["true_positive_rate_low"], row["true_positive_rate_high"]) == (low, high)
    figure = theirs["models"]["model"]["differences"]["equal_opportunity_difference"]
    assert [*ours.between.loc["equal_opportunity_difference", ["value", "low", "high", "p_value"]]] == [
        figure["value"],
        *figure["interval"],
        figure["p_value"],
    ]


def test_decisions_are_audited_as_they_are():
    labels, scores, people = make()
    decided = scores >= 0.5
    found = fd.audit(labels, decided, people["sex"], num_draws=100)
    of_scores = fd.audit(labels, scores, people["sex"], num_draws=100)
    for name in RATES:
        assert found.by_group[name].equals(of_scores.by_group[name])


def test_weights_weigh():
    labels, scores, people = make()
    weights = np.random.default_rng(1).integers(1, 5, len(labels))
    found = fd.audit(labels, scores, people["sex"], sample_weight=weights, num_draws=100)
    for sex, row in found.by_group.iterrows():
        own = (people["sex"] == sex).to_numpy()
        expected = np.average((scores >= 0.5)[own] == labels[own], weights=weights[own])
        assert row["accuracy"] == pytest.approx(expected)
        kish = weights[own].sum() ** 2 / (weights[own] ** 2).sum()
        assert row["effective_rows"] == pytest.approx(kish)
        assert row["n"] == own.sum()


def test_a_million_rows_take_seconds():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 10**6)
    scores = rng.random(10**6)
    groups = pd.DataFrame({"a": rng.choice(["x", "y"], 10**6), "b": rng.integers(0, 3, 10**6)})
    found = fd.audit(labels, scores, groups, num_draws=100, fpr=0.1)
    assert found.by_group["n"].sum() == 10**6
    assert len(found.by_group) == 6


@pytest.mark.parametrize(("score", "kind"), [(0.7, None), (35.0, "percent")])
def test_a_score_in_32_bits_that_is_the_threshold_is_selected(score, kind):
    labels, group = np.tile([0, 1], 100), np.tile(["a", "a", "b", "b"], 50)
    scores = np.where(labels == 1, score, 0.1)
    recalls = [
        fd.audit(labels, scores.astype(dtype), group, threshold=score, score_kind=kind, num_draws=100)
        .by_group["true_positive_rate"].tolist()
        for dtype in (np.float32, np.float64)
    ]  # fmt: skip
    assert recalls == [[1.0, 1.0], [1.0, 1.0]]
