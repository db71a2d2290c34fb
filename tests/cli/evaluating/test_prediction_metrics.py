"""evaluate.py on predictions from a file, against Fairlearn and scikit-learn on the same rows."""

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

from tests.cli.evaluating.prediction_rows import audit, random_rows, write

RATES = {
    "selection_rate": fairlearn.selection_rate,
    "accuracy": sklearn.accuracy_score,
    "true_positive_rate": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "positive_predictive_value": sklearn.precision_score,
}
# Under Fairlearn's name or the metric it is of, as results.json has it.
DIFFERENCES = {
    "selection_rate": "demographic_parity",
    "true_positive_rate": "equal_opportunity",
    "positive_predictive_value": "predictive_parity",
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("groups", [("race",), ("race", "sex")])
def test_figures_are_those_of_fairlearn(tmp_path, seed, groups):
    scores, labels, race, sex = rows = random_rows(seed)
    found = audit(write(tmp_path / "p.csv", rows), groups=groups)["models"]["p"]
    selected = (scores >= 0.5).astype(int)
    names = race if len(groups) == 1 else np.char.add(np.char.add(race, " "), sex)
    frame = fairlearn.MetricFrame(
        metrics=RATES, y_true=labels, y_pred=selected, sensitive_features=names
    )  # fmt: skip
    assert set(found["groups"]) == set(names)
    by_group, overall = frame.by_group, frame.overall
    gaps, ratios = frame.difference(), frame.ratio()
    for metric in RATES:
        assert found["overall"][metric] == pytest.approx(overall[metric])
        for name, group in found["groups"].items():
            assert group[metric] == pytest.approx(by_group[metric][name])
        stem = DIFFERENCES.get(metric, metric)
        assert found["differences"][f"{stem}_difference"]["value"] == pytest.approx(gaps[metric])
        assert found["differences"][f"{stem}_ratio"]["value"] == pytest.approx(ratios[metric])
        # Population convention, in squared percent.
        assert found["differences"][f"{metric}_variance"]["value"] == pytest.approx(
            np.var(100 * by_group[metric].to_numpy())
        )
    for name, function in (
        ("equalized_odds_difference", fairlearn.equalized_odds_difference),
        ("equalized_odds_ratio", fairlearn.equalized_odds_ratio),
    ):
        expected = function(labels, selected, sensitive_features=names)
        assert found["differences"][name]["value"] == pytest.approx(expected)
    assert found["differences"]["equalized_odds_sum_difference"]["value"] == pytest.approx(
        gaps["true_positive_rate"] + gaps["false_positive_rate"]
    )
    for name, group in found["groups"].items():
        own = names == name
        assert group["n"] == own.sum()
        assert group["auc"] == pytest.approx(sklearn.roc_auc_score(labels[own], scores[own]))
        assert group["mean_score"] == pytest.approx(scores[own].mean())
    assert found["overall"]["auc"] == pytest.approx(sklearn.roc_auc_score(labels, scores))
    worst = min(found["groups"], key=lambda name: by_group["accuracy"][name])
    assert found["worst_group_accuracy"]["name"] == worst


def test_each_attribute_alone_is_reported_too(tmp_path):
    scores, labels, race, sex = rows = random_rows(2)
    document = audit(write(tmp_path / "p.csv", rows))
    assert document["groups"] == ["race", "sex"]
    found = document["models"]["p"]["by_attribute"]
    assert {name: set(part["groups"]) for name, part in found.items()} == {
        "race": set(race),
        "sex": {"F", "M"},
    }
    women = (sex == "F") & (labels == 1)
    assert found["sex"]["groups"]["F"]["recall"] == pytest.approx(np.mean(scores[women] >= 0.5))


def test_several_runs_of_one_model(tmp_path):
    rows = random_rows(3)
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(0, 0.1, len(rows[0]))
        write(tmp_path / f"seed-{seed}.csv", (np.clip(rows[0] + noise, 0, 1), *rows[1:]))
    given = [f"cnn={tmp_path}/seed-{seed}.csv" for seed in range(3)]
    found = audit(*given, groups=("race",))
    pattern = audit(f"cnn={tmp_path}/seed-*.csv", groups=("race",))
    assert found["runs"] == pattern["runs"]
    runs = found["runs"]["cnn"]
    assert runs["models"] == ["cnn-1", "cnn-2", "cnn-3"]
    models = [found["models"][name] for name in runs["models"]]
    for spread, values in (
        (runs["overall"]["accuracy"], [m["overall"]["accuracy"] for m in models]),
        (runs["groups"]["a/b"]["auc"], [m["groups"]["a/b"]["auc"] for m in models]),
        (runs["worst"]["accuracy"], [m["worst"]["accuracy"]["value"] for m in models]),
        (
            runs["differences"]["equal_opportunity_difference"],
            [m["differences"]["equal_opportunity_difference"]["value"] for m in models],
        ),
    ):
        assert len(set(values)) > 1
        assert spread["values"] == values
        assert spread["mean"] == pytest.approx(np.mean(values))
        assert spread["standard_deviation"] == pytest.approx(np.std(values, ddof=1))
    assert audit(given[0])["runs"] == {}
