"""evaluate.py --predictions from its flags to its report, its gate and its errors."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.evaluating.prediction_rows import ROOT, random_rows, run_main, write


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
