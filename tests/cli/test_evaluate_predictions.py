"""evaluate.py on predictions from a file, against Fairlearn and scikit-learn on the same rows."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.report.plots import figures
from facedebias.report.results import as_json

ROOT = Path(__file__).parents[2]
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


def random_rows(seed, size=600):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size)
    scores = np.round(np.clip(rng.normal(0.35 + 0.3 * labels, 0.25), 0, 1), 4)
    return scores, labels, rng.choice(["a, b", "a/b", "<script>"], size), rng.choice(["F", "M"], size)


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["score", "label", "race", "sex"])
        writer.writerows(zip(*rows, strict=True))
    return str(path)


def audit(*predictions, **fields):
    return as_json(evaluate(AuditConfig(predictions=predictions, num_draws=100, **fields)))


def run_main(*arguments, also=""):
    code = (
        f"import sys, runpy; sys.argv = ['evaluate.py', *{list(map(str, arguments))!r}]\n"
        "try: runpy.run_path('evaluate.py', run_name='__main__')\n"
        f"finally: assert 'tensorflow' not in sys.modules {also}"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


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


def test_small_groups_are_shown_but_not_compared(tmp_path):
    # Group c has 9 rows, on which every answer is wrong; a and b have 60 each.
    groups = np.array(["a", "b"] * 60 + ["c"] * 9)
    labels = np.arange(129) % 3 > 0
    scores = np.where(groups == "c", ~labels, labels).astype(float)
    path = write(tmp_path / "p.csv", (scores, labels.astype(int), groups, ["F"] * 129))

    def found(**fields):
        return audit(path, groups=("race",), **fields)["models"]["p"]

    assert [g["is_small"] for g in found()["groups"].values()] == [False, False, True]
    assert found()["compared_groups"] == ["a", "b"]
    assert found()["groups"]["c"]["accuracy"] == 0
    assert found()["worst"]["accuracy"]["value"] == 1
    assert found()["differences"]["accuracy_difference"]["value"] == 0
    few = [note for note in found()["notes"] if note.startswith("fewer than 30, so left out")]
    assert "c (9 rows, 6 positives, 3 negatives, 3 selected rows)" in few[0]
    assert found()["small_groups"]["true_positive_rate"] == {"c": 6}
    assert "accuracy" in found()["groups"]["c"]["small_for"]
    assert found()["groups"]["a"]["small_for"] == ["false_positive_rate", "auc"]  # 20 negatives
    # Nine rows are enough for --min_group 9.
    assert found(min_group=9)["worst"]["accuracy"]["name"] == "c"
    assert found(min_group=9)["differences"]["accuracy_difference"]["value"] == 1


@pytest.mark.parametrize("label", [0, 1])
def test_one_row(tmp_path, label):
    found = audit(write(tmp_path / "p.csv", ([0.75], [label], ["a"], ["F"])))["models"]["p"]
    assert found["overall"]["accuracy"] == label
    assert found["groups"]["a F"]["mean_score"] == 0.75
    # Ten bins: one holds the row, of which the probability 3/4 misses the label by 3/4 or 1/4.
    assert found["groups"]["a F"]["expected_calibration_error"] == pytest.approx(abs(0.75 - label))
    assert found["overall"]["auc"] is None
    assert found["overall"]["true_positive_rate"] == (1 if label else None)


def test_without_positives_the_chart_is_empty(tmp_path):
    path = write(tmp_path / "p.csv", ([0.1, 0.7, 0.2, 0.9], [0] * 4, list("abab"), ["F"] * 4))
    found = evaluate(AuditConfig(predictions=(path,), groups=("race",), num_draws=100))
    assert as_json(found)["models"]["p"]["worst_group"] is None
    axes = figures.recall_figure(found).axes[0]
    # No recall is below 100%, so the axis shows the least that it can.
    assert axes.get_xlim() == pytest.approx((95, 100.1))


def test_the_gate_fails_with_a_sentence_and_a_report(tmp_path):
    path = write(tmp_path / "p.csv", random_rows(4))
    output = tmp_path / "report"
    done = run_main(
        "--predictions", path, "--num_draws=100", "--groups=sex", "--min_worst=recall=0.99", "--confident",
        "--max_gap=equal_opportunity=0.9", f"--output={output}",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "")
    recall = json.loads((output / "results.json").read_text())["models"]["p"]["worst"]["true_positive_rate"]
    low = recall["interval"][0]
    sentence = f"its end {low:.4g} fails at least 0.99."
    assert f"gate: FAILED: p: worst group's Recall (TPR) ({recall['name']}) is " in done.stdout
    assert sentence in done.stdout
    assert "gate: passed: p: Equal opportunity: difference is " in done.stdout
    assert {"results.json", "groups.csv", "report.md", "recall.png"} <= set(os.listdir(output))


def test_the_gate_lets_pass_and_predictions_need_no_tensorflow(tmp_path):
    path = write(tmp_path / "p.csv", random_rows(4))
    flags = ("--predictions", path, "--num_draws=100", "--min_worst=recall=0.1")
    done = run_main(*flags, also="and not {'matplotlib.pyplot'} & set(sys.modules)")
    assert (done.returncode, done.stderr) == (0, "")
    assert "gate: passed: " in done.stdout


def test_standard_input_has_a_name_and_the_hash_of_what_was_read(tmp_path):
    path = write(tmp_path / "p.csv", random_rows(5))
    output = tmp_path / "report"
    command = [
        sys.executable,
        "evaluate.py",
        "--predictions=/dev/stdin",
        "--num_draws=100",
        f"--output={output}",
    ]
    with open(path, "rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as pipe:  # noqa: S607
        done = subprocess.run(command, cwd=ROOT, stdin=pipe.stdout, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads((output / "results.json").read_text())
    assert document["data_sha256"] == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert (document["data"], list(document["models"])) == ("standard input", ["stdin"])


def test_a_threshold_in_percent(tmp_path):
    scores, *others = random_rows(6)
    as_shares = audit(write(tmp_path / "p.csv", (scores, *others)), thresholds=(0.4,), groups=("sex",))
    percent = audit(
        write(tmp_path / "q.csv", (100 * scores, *others)),
        thresholds=(40.0,),
        output_kind="percent",
        groups=("sex",),
    )
    for name, group in percent["models"]["q"]["groups"].items():
        expected = as_shares["models"]["p"]["groups"][name]
        assert (group["num_found"], group["auc"]) == (expected["num_found"], expected["auc"])
    assert percent["threshold_rule"] == "fixed, probability at least 0.4"
    assert "scores of q: percentages were divided by 100." in percent["notes"]


def test_what_was_reinterpreted_is_in_the_notes(tmp_path):
    scores, labels, race, sex = random_rows(7)
    scores[0] = 1.0000001
    labels = np.where(labels, 1, -1)
    sex = np.where(np.arange(len(sex)) < 5, "nan", sex)
    notes = audit(write(tmp_path / "p.csv", (scores, labels, race, sex)))["notes"]
    for start in (
        "column label: 1 was read as positive",
        "column sex: unknown in 5 rows (marked nan 5)",
        "scores of p: 1 score was outside 0 to 1 by rounding",
        "the kind of scores was taken from their values (p: probability)",
    ):
        assert any(note.startswith(start) for note in notes), start


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--score=a", "--label=a"), "--score and --label: both name column a; expected two columns."),
        (("--bins=age=1", "--bins=age=2"), "--bins=age: given twice; give all its edges at once."),
        (("--bins=age",), "--bins=age: expected a column and ascending numbers, e.g. age=18,30,45,60."),
        (("--predictions=-", "--predictions=-"), "--predictions: standard input given twice;"),
        (
            ("--threshold=0.5", "--output_kind=percent"),
            "--threshold=0.5: is in percent with --output_kind=percent",
        ),
    ],
)
def test_flags_that_do_not_fit(tmp_path, flags, message):
    done = run_main("--predictions", tmp_path / "p.csv", *flags)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {message}")
    assert done.stderr.count("\n") == 1


def test_predictions_and_a_model_are_an_error():
    done = run_main("--predictions=p.csv", "--model=m")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: --predictions: holds scores and labels already; leave out --model")
    assert done.stderr.count("\n") == 1
