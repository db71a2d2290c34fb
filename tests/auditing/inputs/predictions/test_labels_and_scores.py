"""Columns of labels, scores and weights, under any name and in any spelling that is plain."""

import numpy as np
import pytest

from facedebias.errors import InputError
from tests.auditing.inputs.predictions.small_files import notes, read


def labels(tmp_path, *texts, **options):
    sample, _, _ = read(tmp_path, "score,label\n" + "".join(f"0.5,{text}\n" for text in texts), **options)
    return sample.labels.tolist(), notes(sample)


def test_spellings_of_labels(tmp_path):
    assert labels(tmp_path, "1.00", "0", "1e0") == ([True, False, True], "")
    assert labels(tmp_path, "TRUE", "false") == ([True, False], "")
    assert labels(tmp_path, "1", "0", "Yes", "no") == (
        [True, False, True, False],
        "column label: 1, Yes was read as positive, 0, no as negative.",
    )
    assert labels(tmp_path, "T", "F")[1] == "column label: T was read as positive, F as negative."
    assert labels(tmp_path, "-1", "1.0", "-1.0") == (
        [False, True, False],
        "column label: 1 was read as positive, -1 as negative.",
    )
    assert labels(tmp_path, "Positive", "negative") == (
        [True, False],
        "column label: positive was read as positive, negative as negative.",
    )


@pytest.mark.parametrize(
    "pair", [("1", "2"), ("cat", "dog"), ("Attractive", "not"), ("good", "bad"), ("m", "f")]
)
def test_other_pairs_are_asked_about(tmp_path, pair):
    with pytest.raises(
        InputError, match=r"label has the values .*; say which is positive: --positive=.* or --positive="
    ):
        labels(tmp_path, *pair)
    found, said = labels(tmp_path, *pair, positive=pair[1].upper())
    assert found == [False, True]
    assert said == f"column label: {pair[1].upper()} (1) is positive; negative: {pair[0]} (1)."


def test_a_flag_can_be_copied_into_a_shell(tmp_path):
    with pytest.raises(InputError, match=r"--positive='<=50K' or --positive='>50K'\."):
        labels(tmp_path, "<=50K", ">50K")


def test_one_value_against_all_others(tmp_path):
    found, said = labels(tmp_path, "a", "b", "c", positive="b")
    assert (found, said) == ([False, True, False], "column label: b (1) is positive; negative: a (1), c (1).")
    assert labels(tmp_path, "0", "1", positive="0.0")[0] == [True, False]
    with pytest.raises(InputError, match=r"--positive=x: no label of .* has that value; they are A, b"):
        labels(tmp_path, "A", "b", positive="x")
    with pytest.raises(InputError, match=r"line 3: label 'nan'.*Leave such rows out"):
        labels(tmp_path, "a", "nan", positive="a")
    with pytest.raises(InputError, match=r"line 2: label '-1', and 1 row more; expected 1"):
        labels(tmp_path, "-1", "1", "0", "-1")
    with pytest.raises(InputError, match=r"line 3: label '\?'; expected 1"):
        labels(tmp_path, "0", "?")


def test_columns_by_name(tmp_path):
    text = "id,y_true,y_prob,race,w\n1,1,.75,a,1\n2,0,.25,b,3\n"
    sample, (model,), names = read(
        tmp_path, text, score="y_prob", label="y_true", weight="w", groups=("race",)
    )
    assert (names, sample.labels.tolist(), model.scores.tolist()) == (("race",), [True, False], [0.75, 0.25])
    # Weights of mean 1: 1 and 3 become 1/2 and 3/2.
    assert sample.weights.tolist() == [0.5, 1.5]
    assert "rows count by column w." in notes(sample)
    assert read(tmp_path, text, score="y_prob", label="y_true", groups=("race",))[0].weights is None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "entity_id,score,label_value,race",
            r"no column 'label'; it has .*Perhaps it is --label=label_value",
        ),
        ("prob,label,race,x", r"no column 'score'; it has prob, .*Perhaps it is --score=prob"),
        ("Score,Label,race,x", r"no column 'score'.*Perhaps it is --score=Score"),
        ("model_score_v2,label,race,x", r"Perhaps it is --score=model_score_v2"),
        ("my score,label,race,x", r"Perhaps it is --score='my score'"),
        ("0.7,0,race,x", r"Write a line of names above it if there is none; otherwise .* with --score"),
        ("a,b,c,d", r"no column 'score'; it has a, b, c, d\. Name it with --score"),
    ],
)
def test_likely_columns_are_named(tmp_path, header, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, f"{header}\n1,1,1,1\n")


@pytest.mark.parametrize("separator", [" ", "~", "^", ":", " & ", "\x01"])
def test_separators_that_are_not_read(tmp_path, separator):
    text = "score,label,race\n0.5,1,a\n0.25,0,b\n".replace(",", separator)
    with pytest.raises(
        InputError, match=r"Is that several\? Part columns by commas, semicolons, tabs or bars"
    ):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("0", r"line 3: w 0; expected a finite weight above 0.*Leave such rows out"),
        ("-1", r"line 3: w -1"),
        ("inf", r"line 3: w inf"),
        ("", r"line 3: w blank is no number; expected a weight above 0"),
        ("much", r"line 3: w 'much' is no number"),
    ],
)
def test_wrong_weights(tmp_path, cell, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, f"score,label,w\n.5,1,1\n.5,0,{cell}\n", weight="w")


def test_weights_of_any_size(tmp_path):
    def weights(*texts):
        rows = "".join(f"0.5;{i % 2};{text}\n" for i, text in enumerate(texts))
        sample, _, _ = read(tmp_path, f"score;label;w\n{rows}", weight="w")
        return sample.weights.tolist(), notes(sample)

    # The sum is beyond the largest float.
    assert weights("1e308", "1e308", "1e308", "5e307")[0] == pytest.approx([8 / 7, 8 / 7, 8 / 7, 4 / 7])
    found, said = weights("1,5", "0,5")
    assert found == [1.5, 0.5]
    assert "rows count by column w. Its decimal commas were read as points." in said
    with pytest.raises(InputError, match=r"w runs over more than 1e\+09-fold"):
        weights("1e300", "1", "1")
    with pytest.raises(InputError, match=r"line 3: w 0 \(and 1 row more\); expected a finite weight"):
        weights("1", "0", "-1")


def scores(tmp_path, *texts, kind=None):
    sample, (model,), _ = read(tmp_path, "score;label\n" + "".join(f"{t};1\n" for t in texts), kind=kind)
    return model, notes(sample)


def test_decimal_commas(tmp_path):
    found, said = scores(tmp_path, "0,25", "1", "0,5")
    assert found.scores.tolist() == [0.25, 1, 0.5]
    assert "has decimal commas, which were read as points" in said
    # 1,234 may be a thousand.
    with pytest.raises(InputError, match=r"line 2: score '1,234' is no number"):
        scores(tmp_path, "1,234", "5,678")
    with pytest.raises(InputError, match=r"line 2: score '0,25' is no number"):
        scores(tmp_path, "0,25", "0.5")


def test_percent_signs(tmp_path):
    found, said = scores(tmp_path, "25%", "99.5 %")
    assert (found.kind, found.scores.tolist()) == ("probability", [0.25, 0.995])
    assert "has percent signs and was read as percent" in said
    # Rare events have less than one percent.
    assert scores(tmp_path, "0.25%", "0.9%")[0].scores == pytest.approx([0.0025, 0.009])
    with pytest.raises(
        InputError, match=r"has percent signs; expected --output_kind=percent or none, not logit"
    ):
        scores(tmp_path, "25%", kind="logit")
    with pytest.raises(InputError, match=r"line 3: score '50%' is no number"):
        scores(tmp_path, "0.25", "50%")


def test_decisions_are_scores(tmp_path):
    found, said = scores(tmp_path, "True", "false", " TRUE")
    assert (found.kind, found.scores.tolist()) == ("probability", [1, 0, 1])
    assert "holds decisions; True was read as 1, False as 0." in said
    assert scores(tmp_path, "1", "0", "1")[0].kind == "probability"
    with pytest.raises(InputError, match=r"'yes' is no number.* Write decisions as 1 for positive and 0"):
        scores(tmp_path, "yes", "no", "yes")
    with pytest.raises(InputError, match=r"every score is -1 or 1\. Write decisions as 1 for positive"):
        scores(tmp_path, *["-1", "1", "1"] * 9)


def test_numbers_that_are_not_finite_are_counted(tmp_path):
    with pytest.raises(InputError, match=r"line 3; expected a finite number, here and in 1 row more\."):
        scores(tmp_path, "0.5", "nan", "inf")


def test_logits_that_look_like_probabilities_are_told(tmp_path):
    found, said = scores(tmp_path, "0.25", "1", kind="logit")
    assert found.kind == "logit"
    assert "they lie from 0 to 1, as probabilities do, but were taken for logits" in said + found.note
    assert not scores(tmp_path, "-0.25", "1", kind="logit")[0].note


def test_missing_scores_are_counted(tmp_path):
    with pytest.raises(
        InputError, match=r"line 3: score blank is no number \(and 1 row more\).*Leave such rows"
    ):
        scores(tmp_path, "0.5", "", "NA")


def test_scores_are_read_to_the_last_digit(tmp_path):
    values = np.random.default_rng(0).normal(0, 5, 200)
    assert scores(tmp_path, *map(repr, values.tolist()))[0].scores.tolist() == values.tolist()
