"""What fd.audit takes: lists, arrays, tensors, columns of several libraries, groups of any type."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import facedebias as fd
from facedebias.errors import InputError
from tests.api.rows import make

LABELS, SCORES, PEOPLE = make()
EXPECTED = fd.audit(LABELS, SCORES, PEOPLE, num_draws=100).by_group


class Tensor:
    """As PyTorch's: no array before it is detached and on the CPU."""

    def __init__(self, values, steps=()):
        self.values, self.steps = values, steps

    def detach(self):
        return Tensor(self.values, (*self.steps, "detached"))

    def cpu(self):
        return Tensor(self.values, (*self.steps, "on the CPU"))

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        if self.steps != ("detached", "on the CPU"):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return np.asarray(self.values)


class Polars:
    """A column as Polars has it, which knows how to become one of pandas."""

    def __init__(self, values):
        self.values = values

    def to_pandas(self):
        return pd.Series(self.values)


def audit(y_true=LABELS, y_score=SCORES, groups=PEOPLE, **settings):
    return fd.audit(y_true, y_score, groups, num_draws=100, **settings).by_group


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        pd.Series,
        Tensor,
        Polars,
        pa.array,
        lambda values: np.asarray(values)[:, None],
        lambda values: np.asarray(values).astype(object),
        lambda values: pd.Series(values).astype("category"),
        lambda values: iter(values),
    ],
)
def test_columns_of_any_kind(kind):
    assert_frame_equal(audit(kind(LABELS)), EXPECTED)
    if kind is not tuple:
        assert_frame_equal(audit(y_score=kind(SCORES)), EXPECTED)
    groups = {name: kind(PEOPLE[name].to_list()) for name in PEOPLE if kind is not Tensor}
    if groups and kind not in {pa.array}:
        assert_frame_equal(audit(groups=groups), EXPECTED)


def test_tensors_of_tensorflow():
    import tensorflow as tf

    assert_frame_equal(audit(tf.constant(LABELS), tf.constant(SCORES)), EXPECTED)
    scores = tf.cast(tf.constant(SCORES), tf.bfloat16)
    assert audit(y_score=scores)["n"].sum() == len(LABELS)
    texts = {name: tf.constant(PEOPLE[name].to_list()) for name in PEOPLE}
    assert_frame_equal(audit(groups=texts), EXPECTED)


@pytest.mark.parametrize("labels", [LABELS.astype(bool), LABELS.astype(float), LABELS * 2 - 1])
def test_labels_of_any_kind(labels):
    assert_frame_equal(audit(labels), EXPECTED)


def test_texts_as_labels_need_the_positive_one():
    texts = np.where(LABELS == 1, "yes", "no")
    for labels in (texts, list(texts), pd.Series(texts), pd.Series(texts).astype("category")):
        with pytest.raises(fd.InputError, match="y_true: has the texts no, yes; say with pos_label"):
            audit(labels)
        assert_frame_equal(audit(labels, pos_label="yes"), EXPECTED)
    assert_frame_equal(audit(LABELS + 1, pos_label=2), EXPECTED)
    assert_frame_equal(audit(1 - LABELS, pos_label=0), EXPECTED)


def test_tables_make_groups():
    arrow = pa.table({name: PEOPLE[name].to_list() for name in PEOPLE})
    assert_frame_equal(audit(groups=arrow), EXPECTED)
    assert_frame_equal(audit(groups=None, sensitive_features=PEOPLE), EXPECTED)
    assert_frame_equal(audit(groups=dict(PEOPLE.items())), EXPECTED)
    assert_frame_equal(audit(groups=PEOPLE.to_numpy()), EXPECTED)
    several = pd.concat({"who": PEOPLE}, axis=1)
    assert fd.audit(LABELS, SCORES, several, num_draws=100).by("who race").shape[0] == 3


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (pd.Series(["x", "y"], name="letter"), ["x", "y"]),
        (pd.Series([True, False], name="old"), ["old=False", "old=True"]),
        (np.array([True, False]), ["group=False", "group=True"]),
        (pd.Series([10, 9], name="age"), ["age=9", "age=10"]),
        (pd.Series([1.0, None], name="type"), ["type=1"]),
        ([1.5, float("nan")], ["group=1.5"]),
        (["x", None], ["x"]),
        (pd.Series(["x", pd.NA], dtype="string"), ["x"]),
        (pd.Series([1, pd.NA], dtype="Int64", name="i"), ["i=1"]),
        (pd.Series([True, pd.NA], dtype="boolean", name="b"), ["b=True"]),
        (np.ma.array(["x", "y"], mask=[False, True]), ["x"]),
        (pd.Categorical(["x", "y"], categories=["x", "y", "z"]), ["x", "y"]),
        (pd.cut([1, 50], [0, 30, 99]), ["(0, 30]", "(30, 99]"]),
        ([b"x", b"y"], ["x", "y"]),
        (["é", "e\u0301"], ["é"]),  # one letter in two forms of Unicode
    ],
)
def test_group_columns_of_any_type(column, names):
    column = column.repeat(50) if isinstance(column, pd.Categorical) else np.repeat(_kept(column), 50)
    if hasattr(column, "reset_index"):
        column = column.reset_index(drop=True)
    found = fd.audit([0, 1] * 50, [0.2, 0.8] * 50, column, num_draws=100)
    assert list(found.by_group.index) == names


def _kept(column):
    return column if hasattr(column, "dtype") else np.array(column, object)


def test_unknown_groups_are_left_out_and_said():
    people = PEOPLE.copy()
    people.loc[:99, "race"] = None
    found = fd.audit(LABELS, SCORES, people, num_draws=100)
    assert found.by_group["n"].sum() == 500
    assert "Left out: 100 rows of unknown race or sex." in found.notes


def test_without_groups_there_is_one():
    found = fd.audit(LABELS, SCORES, num_draws=100)
    assert list(found.by_group.index) == ["all"]
    assert found.between.empty and found.changes.empty
    assert list(found.between.columns)[:3] == ["value", "low", "high"]
    assert "there is one group" in found.verdict[0]


def test_one_class_leaves_metrics_undefined():
    found = fd.audit([1] * 80, np.linspace(0, 1, 80), ["a", "b"] * 40, num_draws=100)
    assert found.by_group["false_positive_rate"].isna().all()
    assert (found.by_group["false_positive_rate_n"] == 0).all()
    assert found.by_group["true_positive_rate"].tolist() == [0.5, 0.5]
    fd.audit([0] * 80, np.linspace(0, 1, 80), ["a", "b"] * 40, num_draws=100)


def test_scores_may_be_told_what_they_are():
    found = fd.audit(LABELS, 100 * SCORES, PEOPLE, score_kind="percent", threshold=50, num_draws=100)
    assert found.by_group["accuracy"].to_numpy() == pytest.approx(EXPECTED["accuracy"].to_numpy())
    ranked = fd.audit(LABELS, 700 * SCORES, PEOPLE, score_kind="score", fpr=0.1, num_draws=100)
    rated = fd.audit(LABELS, SCORES, PEOPLE, fpr=0.1, num_draws=100)
    assert ranked.by_group["true_positive_rate"].equals(rated.by_group["true_positive_rate"])
    logits = np.random.default_rng(0).normal(0, 3, len(LABELS))
    assert fd.audit(LABELS, logits, PEOPLE, num_draws=100).thresholds["model"].unique() == [0.0]


def test_several_models_are_a_level():
    found = fd.audit(LABELS, {"b": SCORES, "a": 1 - SCORES}, PEOPLE["sex"], num_draws=100)
    assert found.models == ["b", "a"]
    assert found.by_group.index.names == ["model", "group"]
    assert found.by_group.loc[("a", "F"), "n"] == (PEOPLE["sex"] == "F").sum()
    assert found.overall.index.names == ["model", "metric"]
    each = fd.audit(
        LABELS, {"b": SCORES, "a": SCORES}, PEOPLE["sex"], threshold={"a": 0.3, "b": 0.6}, num_draws=100
    )
    assert each.thresholds.loc["F"].tolist() == [0.6, 0.3]


def test_indexes_that_agree_are_fine():
    order = np.random.default_rng(0).permutation(len(LABELS))
    people = PEOPLE.set_index(order)
    assert_frame_equal(audit(pd.Series(LABELS, order), SCORES, people), EXPECTED)


def test_groups_in_bytes_that_differ_stay_apart():
    groups = np.array([b"Fran\xe7ais", b"Fran\xe8ais"] * 100)
    found = fd.audit(np.tile([0, 0, 1, 1], 50), np.linspace(0, 1, 200), groups, num_draws=100).by_group
    assert list(found["n"]) == [100, 100]


def test_true_is_not_1_in_a_column_of_both():
    groups = np.array([True, 1, "x"] * 70, object)
    found = fd.audit(np.tile([0, 1], 105), np.linspace(0, 1, 210), groups, num_draws=100).by_group
    assert list(found["n"]) == [70, 70, 70]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"y_true": [10**400, *[0, 1] * 100][:200]}, "y_true"),
        ({"y_score": [10**400, *[0.5] * 199]}, "y_score"),
        ({"sample_weight": [10**400, *[1] * 199]}, "sample_weight"),
        ({"threshold": 10**400}, "threshold"),
        ({"pos_label": pd.NA}, "pos_label"),
        ({"pos_label": np.array([0, 1])}, "pos_label"),
        ({"groups": np.array([10**5000, *[1] * 199], object)}, "groups"),
    ],
)
def test_what_is_beyond_numbers_is_refused_by_name(changed, named):
    arguments = {"y_true": [0, 1] * 100, "y_score": [0.2, 0.8] * 100, "num_draws": 100} | changed
    with pytest.raises(InputError, match=named):
        fd.audit(**arguments)
