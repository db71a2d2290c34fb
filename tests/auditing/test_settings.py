import re
from pathlib import Path

import pytest

from facedebias.auditing import conditions
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.settings import AuditConfig
from facedebias.detection.geometry import WindowOptions
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels, parse_range, parse_size
from facedebias.scoring.threshold_rule import FIXED, FPR, TPR, Rule


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"models": ()}, "--model: none given; expected .* or --predictions"),
        ({"data": ""}, "--data: not given"),
        ({"thresholds": (0.5,), "fpr": 0.01}, "--threshold and --fpr: both given"),
        ({"tpr": 0.9, "fpr": 0.01}, "--fpr and --tpr: both given"),
        ({"per_group": True}, "--per_group: needs the rate .* --fpr or --tpr"),
        ({"per_group": True, "thresholds": (0.5,)}, "--per_group: needs the rate"),
        ({"thresholds": (0.5, 0.6, 0.7)}, "--threshold: 3 given for 2 models"),
        ({"thresholds": (1.5,)}, "--threshold=1.5: expected a probability from 0 to 1"),
        ({"thresholds": (float("nan"),)}, "--threshold=nan: expected a probability"),
        ({"thresholds": (float("nan"),), "output_kind": "score"}, "--threshold=nan: expected a finite score"),
        ({"fpr": 0.0}, "--fpr=0: expected a share between 0 and 1, e.g. 0.01"),
        ({"fpr": 1.0}, "--fpr=1: expected a share between 0 and 1"),
        ({"fpr": float("nan")}, "--fpr=nan: expected a share between 0 and 1"),
        ({"tpr": 1.0}, "--tpr=1: expected a share between 0 and 1, e.g. 0.95"),
        ({"batch_size": 0}, "--batch_size=0: expected at least 1"),
        ({"min_group": 0}, "--min_group=0: expected at least 1 row"),
        ({"num_draws": 99}, "--num_draws=99: expected at least 100"),
        ({"seed": -1}, "--seed=-1: expected 0 or more"),
        ({"output_kind": "odds"}, "--output_kind=odds: expected one of logit, probability, percent, score"),
        ({"confident": True}, "--confident: belongs to --max_gap or --min_worst"),
        ({"groups": ("race", "race")}, "--groups=race,race: expected attributes, each once"),
        ({"groups": ("race", "")}, "--groups=race,: expected attributes"),
    ],
)
def test_wrong_fields(fields, message):
    with pytest.raises(InputError, match=message):
        AuditConfig(**{"models": ("a", "b"), "data": "d.h5"} | fields).validate()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"models": (), "data": "", "predictions": ("a.csv",)},
            "--target=Attractive: a file of predictions has labels of its own; leave out --predictions or",
        ),
        ({"windows": WindowOptions()}, "--target=Attractive: whole portraits .* leave out --windows or --t"),
        ({"nonfaces": "n.h5"}, "--target=Attractive: positives and negatives are .* leave out --nonfaces or"),
        (
            {"groups": ("Male", "Attractive")},
            "--groups=Male,Attractive: 'Attractive' is what --target=Attractive audits; .* Choose other",
        ),
        ({"target": "age=old", "groups": ("age",)}, "--groups=age: 'age' is what --target=age=old audits"),
        ({"target": "Attractive="}, "--target=Attractive=: expected an attribute as Attractive, or"),
        ({"output_kind": "score"}, "--output_kind=score: .* no usual threshold; give --threshold, --fpr"),
        ({"per_group": True}, "--per_group: needs the rate"),
    ],
)
def test_what_does_not_go_with_a_target(fields, message):
    with pytest.raises(InputError, match=message):
        AuditConfig(**{"models": ("a",), "data": "d.h5", "target": "Attractive"} | fields).validate()


def test_rules_of_a_target():
    # A detector's threshold is at 1% of false positives, an attribute's at 0.5 unless told otherwise.
    for fields, rule in (
        ({}, Rule(FIXED, (0.5,))),
        ({"thresholds": (0.3,)}, Rule(FIXED, (0.3,))),
        ({"fpr": 0.1, "per_group": True}, Rule(FPR, (0.1,), True)),
        ({"tpr": 0.9}, Rule(TPR, (0.9,))),
    ):
        config = AuditConfig(models=("a",), data="d.h5", target="Attractive", groups=("Male",), **fields)
        config.validate()
        assert config.rule == rule


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"models": ("a",)}, "--predictions: holds scores .* leave out --model, --data"),
        ({"data": "d.h5"}, "--predictions: holds"),
        ({"nonfaces": "d.h5"}, "--predictions: holds"),
        ({"split": "test"}, "--predictions: holds"),
        ({"foreign": ForeignModels(input_size=(8, 8))}, "--input_size, .* leave them out with --predictions"),
        ({"foreign": ForeignModels(output_name="x")}, "--output_name: describe a --model"),
        ({"output_kind": "score"}, "--output_kind=score: .* no usual threshold; give --threshold, --fpr"),
    ],
)
def test_what_does_not_go_with_predictions(fields, message):
    with pytest.raises(InputError, match=message):
        AuditConfig(predictions=("a.csv",), **fields).validate()


def test_defaults_are_valid():
    # Pictures are compared at a rate, predictions at the threshold of whoever wrote them.
    for config, rule in (
        (AuditConfig(models=("a",), data="d.h5"), Rule(FPR, (0.01,))),
        (AuditConfig(predictions=("a.csv",)), Rule(FIXED, (0.5,))),
        (AuditConfig(predictions=("a.csv",), fpr=0.2, per_group=True), Rule(FPR, (0.2,), True)),
        (AuditConfig(predictions=("a.csv",), tpr=0.9), Rule(TPR, (0.9,))),
        (AuditConfig(models=("a",), data="d.h5", tpr=0.9), Rule(TPR, (0.9,))),
        (AuditConfig(models=("a", "b"), data="d", thresholds=(0.1, 0.2)), Rule(FIXED, (0.1, 0.2))),
        (AuditConfig(predictions=("a.csv",), output_kind="score", thresholds=(7,)), Rule(FIXED, (7,))),
    ):
        config.validate()
        assert config.rule == rule


def test_names_of_models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alpha=0.1").mkdir()
    models = ("runs/cnn", "other/cnn/", "runs/dbvae/export", "mine=runs/cnn", "alpha=0.1", "runs/a=1")
    named = AuditConfig(models=models, data="d.h5").named_models()
    assert [name for name, _, _ in named] == ["cnn", "cnn-2", "dbvae", "mine", "alpha=0.1", "a=1"]
    # None of them is a run of another.
    assert [run_of for _, run_of, _ in named] == [name for name, _, _ in named]
    assert named[3][2] == Path("runs/cnn")
    assert named[4][2] == Path("alpha=0.1")
    files = AuditConfig(predictions=("out/a.csv", "b=c.csv")).named_models()
    assert files == [("a", "a", Path("out/a.csv")), ("b", "b", Path("c.csv"))]


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("-", "stdin"),
        ("/dev/stdin", "stdin"),
        ("/dev/fd/63", "pipe"),
        ("out/cnn.csv.gz", "cnn"),
        ("out/cnn.v2.parquet", "cnn.v2"),
        ("CNN.CSV", "CNN"),
        ("cnn.jsonl.zst", "cnn"),
        ("cnn.1", "cnn.1"),
        (".csv", ".csv"),
    ],
)
def test_models_are_called_after_their_files(location, name):
    named = AuditConfig(predictions=(location,)).named_models()
    assert named == [(name, name, Path(location))]


def test_columns_belong_to_predictions():
    with pytest.raises(InputError, match="--score, --label, .*: describe the columns of --predictions"):
        AuditConfig(models=("a",), data="d.h5", columns=Columns(score="p")).validate()


def test_names_given_several_times_are_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed in "201":
        (tmp_path / f"seed-{seed}").mkdir()
    named = AuditConfig(models=("cnn=seed-*", "vae=x", "vae=y", "one=seed-2"), data="d").named_models()
    assert [(name, run_of, str(path)) for name, run_of, path in named] == [
        ("cnn-1", "cnn", "seed-0"),
        ("cnn-2", "cnn", "seed-1"),
        ("cnn-3", "cnn", "seed-2"),
        ("vae-1", "vae", "x"),
        ("vae-2", "vae", "y"),
        ("one", "one", "seed-2"),
    ]
    # A pattern that nothing fits is kept, so that an error can name it.
    assert AuditConfig(models=("cnn=none-*",), data="d").named_models() == [("cnn", "cnn", Path("none-*"))]


def test_thresholds_are_counted_for_the_models_that_patterns_stand_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a1.csv", "a2.csv", "b.csv"):
        (tmp_path / name).touch()
    predictions = ("a=a*.csv", "b.csv")
    with pytest.raises(InputError, match="--threshold: 2 given for 3 models"):
        AuditConfig(predictions=predictions, thresholds=(0.5, 0.6)).validate()
    AuditConfig(predictions=predictions, thresholds=(0.5, 0.6, 0.7)).validate()


@pytest.mark.parametrize(("text", "size"), [("224", (224, 224)), ("224x192", (224, 192)), ("8X4", (8, 4))])
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "0", "8x", "8x0", "-8", "8x8x3", "8.5"])
def test_wrong_sizes(text):
    with pytest.raises(InputError, match=re.escape(f"--input_size={text}: expected a side as 224")):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "ends"),
    # One factor f makes 255 f of the value 255.
    [("0,1", (0, 1)), ("-1,1", (-1, 1)), ("1/255", (0, 1)), ("1", (0, 255)), ("0, 1/2", (0, 0.5))],
)
def test_ranges(text, ends):
    assert parse_range(text) == pytest.approx(ends)


@pytest.mark.parametrize(
    "text", ["", "1,0", "1,1", "0,1,2", "2", "-1", "0", "1/0", "a,b", "nan", "0,nan", "0,inf", "-inf,0"]
)
def test_wrong_ranges(text):
    with pytest.raises(InputError, match=re.escape(f"--input_scale={text}: expected LOW,HIGH, e.g. 0,1")):
        parse_range(text)


def test_conditions_of_the_gate():
    gap = conditions.parse("--max_gap", "equal_opportunity=0.05")
    assert (gap.figure, gap.limit) == ("equal_opportunity_difference", 0.05)
    assert conditions.parse("--max_gap", "equal_opportunity_difference=0.05") == gap
    worst = conditions.parse("--min_worst", "recall=0.95")
    assert (worst.figure, str(worst)) == ("true_positive_rate", "--min_worst true_positive_rate=0.95")


@pytest.mark.parametrize(
    ("flag", "text", "message"),
    [
        ("--max_gap", "skin=0.1", "--max_gap=skin=0.1: expected FIGURE=LIMIT with one of demographic_parity"),
        ("--max_gap", "accuracy", "--max_gap=accuracy: expected FIGURE=LIMIT"),
        ("--max_gap", "x=0.1", "mean_score, equalized_odds, equalized_odds_sum.$"),
        ("--max_gap", "accuracy=", "--max_gap=accuracy=: '' is no number; expected e.g. accuracy=0.05"),
        ("--max_gap", "accuracy=5", "--max_gap=accuracy=5: expected a limit from 0 to 1"),
        ("--max_gap", "accuracy=nan", "expected a limit from 0 to 1"),
        ("--min_worst", "selection_rate=0.1", "expected FIGURE=LIMIT with one of accuracy, true_positive"),
    ],
)
def test_wrong_conditions(flag, text, message):
    with pytest.raises(InputError, match=message):
        conditions.parse(flag, text)


def test_places_that_an_audit_reads():
    config = AuditConfig(predictions=("cnn=out/cnn.csv", "-"), exclude="out/suspects.csv")
    assert config.places() == [
        ("--predictions", "out/cnn.csv"),
        ("--predictions", "-"),
        ("--exclude", "out/suspects.csv"),
    ]
    assert AuditConfig(models=("out/cnn",), data="test.h5").places() == [
        ("--model", "out/cnn"),
        ("--data", "test.h5"),
    ]


@pytest.mark.parametrize("text", ["", "cnn="])
def test_predictions_without_a_file(text):
    with pytest.raises(InputError, match=r"--predictions: empty; expected a file, or name=file"):
        AuditConfig(predictions=("a.csv", text)).validate()
