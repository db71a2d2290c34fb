"""What fd.audit refuses, in the words of its arguments."""

import numpy as np
import pandas as pd
import pytest

import facedebias as fd
from tests.api.rows import make

LABELS, SCORES, PEOPLE = make()
SEX = PEOPLE["sex"].to_numpy()


def changed(values, row, value, dtype=float):
    values = np.array(values, dtype)
    values[row] = value
    return values


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_score": SCORES[:-1]}, r"y_score: has 599 rows, but y_true has 600"),
        ({"groups": SEX[:-1]}, r'groups\["group"\]: has 599 rows, but y_true has 600'),
        ({"groups": {"a": SEX, "b": SEX[1:]}}, r'groups\["b"\]: has 599 rows'),
        ({"sample_weight": np.ones(3)}, r"sample_weight: has 3 rows, but y_true has 600"),
        (
            {"y_score": changed(SCORES, [4, 7], np.nan)},
            r"y_score: row 4 is nan \(and 1 row more\);",
        ),
        ({"y_score": changed(SCORES, 4, np.inf)}, r"y_score: row 4 is inf; expected a finite number"),
        ({"y_score": [None, *SCORES[1:]]}, r"y_score: row 0 is nan"),
        ({"y_score": ["high"] * 600}, r"y_score: row 0 is 'high'; expected a number"),
        ({"y_score": np.array(["0.5"] * 600)}, r"y_score: holds texts; expected numbers"),
        ({"y_score": SCORES + 1j}, r"y_score: holds complex numbers"),
        ({"y_score": np.stack([1 - SCORES, SCORES], 1)}, r"y_score: has 600 x 2 values; .*y_score\[:, 1\]"),
        ({"y_score": pd.DataFrame({"a": SCORES, "b": SCORES})}, r"y_score: has 2 columns; .* dict\(frame"),
        ({"y_score": 0.5}, r"y_score: has one value; expected one value for each row"),
        ({"y_score": {}}, r"y_score: names no model"),
        ({"y_score": {"": SCORES}}, r"y_score: a model has no name"),
        ({"y_score": {1: SCORES, "1": SCORES}}, r"y_score: two models have one name"),
        ({"y_score": {"a": SCORES, "b": SCORES[1:]}}, r'y_score\["b"\]: has 599 rows'),
        (
            {"y_score": 100 * SCORES},
            r"y_score: scores run from .* percent\? Say .* score_kind:",
        ),
        (
            {"y_score": 3 * SCORES - 2, "score_kind": "probability"},
            r"y_score: gives .* with score_kind",
        ),
        ({"y_true": np.stack([LABELS, LABELS], 1)}, r"y_true: has 600 x 2 values"),
        ({"y_true": changed(LABELS, 5, np.nan)}, r"y_true: row 5 is unknown; expected a label"),
        ({"y_true": [None, *LABELS[1:]]}, r"y_true: row 0 is unknown"),
        (
            {"y_true": changed(LABELS, 5, 2)},
            r"y_true: has the values 0.0, 1.0, 2.0; .*pos_label",
        ),
        ({"pos_label": "yes"}, r"pos_label: no row of y_true is yes; its values are 0, 1"),
        ({"y_true": [], "y_score": [], "groups": None}, r"y_true: is empty"),
        ({"y_true": "yes"}, r"y_true: expected an array, a list or a column"),
        ({"y_true": [[1], [0, 1]]}, r"y_true: cannot be read as an array"),
        ({"groups": [None] * 600}, r'groups="group": not known of any row'),
        ({"groups": pd.concat([PEOPLE, PEOPLE], axis=1)}, r"groups: two columns are called race"),
        ({"groups": {}}, r"groups: has no columns; leave it out"),
        ({"groups": {"": SEX}}, r"groups: a column has no name"),
        ({"groups": {"a": np.array([[1, 2]] * 600)}}, r'groups\["a"\]: has 600 x 2 values'),
        ({"groups": "sex"}, r"groups: expected an array, a list or a column"),
        ({"sensitive_features": SEX}, r"groups and sensitive_features: are one argument"),
        ({"fpr": 0.01, "tpr": 0.9}, r"fpr and tpr: both given"),
        ({"fpr": 2}, r"fpr=2: expected a share between 0 and 1, e\.g\. 0\.01"),
        ({"fpr": "1%"}, r"fpr: is 1%; expected a number"),
        (
            {"fpr": 0.0001},
            r"y_true: \d+ negatives are too few for fpr=0.0001; .* Raise fpr, ",
        ),
        ({"per_group": True}, r"per_group: needs the rate .*: fpr or tpr"),
        ({"threshold": 50}, r'threshold=50: expected a probability .* score_kind="percent"'),
        ({"threshold": {"m": 0.5}}, r"threshold: is given for m, but the models are model"),
        ({"threshold": [0.5]}, r"threshold: is \[0.5\]; expected a number"),
        ({"score_kind": "odds"}, r'score_kind="odds": expected one of logit'),
        (
            {"score_kind": "score"},
            r'score_kind="score": such scores .* give threshold, fpr or tpr',
        ),
        ({"min_group": 0}, r"min_group=0: expected at least 1"),
        ({"num_draws": 10}, r"num_draws=10: expected at least 100"),
        ({"num_draws": 1e3}, r"num_draws: is 1000.0; expected a whole number"),
        ({"seed": -1}, r"seed=-1: expected 0 or more"),
        (
            {"y_score": LABELS, "fpr": 0.1},
            r"y_score: holds decisions, .* fpr=0.1. .* leave fpr out",
        ),
        ({"y_score": LABELS == 1, "tpr": 0.1}, r"y_score: holds decisions, .* at tpr=0.1"),
        ({"sample_weight": changed(np.ones(600), 3, 0)}, r"sample_weight: row 3 has 0; .* above 0"),
        ({"sample_weight": changed(np.ones(600), 3, 1e-12)}, r"sample_weight: runs over more than"),
        ({"metrics": ["f1"]}, r"metrics: <unnamed> is no function"),
        ({"metrics": "f1"}, r"metrics: expected functions"),
        ({"metrics": [lambda a, b: 0]}, r"metrics: a function has no name"),
        ({"metrics": {"accuracy": min}}, r"metrics: accuracy names something else already"),
        ({"metrics": {"n": max}}, r"metrics: n names something else already"),
        ({"metrics": [max, max]}, r"metrics: max names something else already"),
        ({"name": None}, r"name: a model has no name"),
        ({"score_kind": ["logit"]}, r"score_kind: is .*; expected one of logit"),
        ({"metrics": {"m": lambda a, b: [1, 2]}}, r"metrics: m gives 2 values; expected one number"),
        ({"metrics": {"m": lambda a, b: 1 / 0}}, r"metrics: m fails on F \(division by zero\)"),
    ],
)
def test_what_is_refused(arguments, message):
    settings = {"y_true": LABELS, "y_score": SCORES, "groups": SEX, "num_draws": 100} | arguments
    with pytest.raises(fd.InputError, match=message) as found:
        fd.audit(**settings)
    assert "--" not in str(found.value)
    assert isinstance(found.value, ValueError)


def test_too_many_groups():
    size = 1100
    labels, scores = np.arange(size) % 2, np.linspace(0, 1, size)
    groups = {"a": np.arange(size) // 40, "b": np.arange(size) % 40}
    with pytest.raises(fd.InputError, match=r'groups=\("a", "b"\): 1,100 combinations have rows'):
        fd.audit(labels, scores, groups)


def test_indexes_that_differ():
    people = PEOPLE.iloc[::-1]
    with pytest.raises(
        fd.InputError, match=r"groups: its index differs from that of y_true \(row 0: 599 against 0"
    ):
        fd.audit(pd.Series(LABELS), SCORES, people)
    with pytest.raises(fd.InputError, match=r'groups\["sex"\]: its index differs from that of y_score'):
        fd.audit(LABELS, pd.Series(SCORES), {"sex": people["sex"]})
    assert fd.audit(pd.Series(LABELS), SCORES, people.to_numpy(), num_draws=100)


def test_a_row_is_named_by_its_index_too():
    scores = pd.Series(changed(SCORES, 2, np.nan), index=[f"img{i}" for i in range(600)])
    with pytest.raises(fd.InputError, match=r"y_score: row 2 \(index img2\) is nan"):
        fd.audit(LABELS, scores)


def test_hints_in_notes_name_arguments():
    found = fd.audit(LABELS, SCORES, PEOPLE, min_group=1000, num_draws=100)
    assert any("A smaller min_group compares them." in note for note in found.notes)
    assert any("score_kind settles it" in note for note in found.notes)
    assert not any("--" in note for note in found.notes)
