"""Columns of groups: unknown cells, spellings, numbers, ranges, and which columns are taken unasked."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest

from facedebias.auditing.inputs.predictions.bins import parse
from facedebias.auditing.inputs.predictions.values import read_cells
from facedebias.errors import InputError
from tests.auditing.inputs.predictions.small_files import column, known, notes, read


@pytest.mark.parametrize(
    "mark",
    [
        *["", " ", "nan", "NaN", "None", "NA", "N/A", "n/a", "null", "NULL", "<NA>", "NaT", "#N/A"],
        *["\\N", "(null)", "[NULL]", "<null>", "NA_character_", "#NV", "#N/D", "1.#QNAN", "pd.NA"],
    ],
)
def test_marks_of_unknown(tmp_path, mark):
    sample, _, _ = read(tmp_path, column("race", ["White", mark, "Black", mark]))
    assert known(sample.attributes["race"]) == ["White", "", "Black", ""]
    assert f"column race: unknown in 2 rows (marked {mark.strip() or 'blank'} 2)." in notes(sample)


def test_nonfaces_of_group_nan_are_shared(tmp_path):
    cells, labels = ["White", "nan", "Black", "nan"], [1, 0, 1, 0]
    sample, _, _ = read(tmp_path, column("race", cells, labels))
    assert sample.is_shared.tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    "word",
    [
        *["unknown", "?", "-", "missing", "Not specified", "none", "-999", "n.a.", "(blank)", "[unknown]"],
        *["Other/Unknown", "Unknown race", "unbekannt", "k.A.", "Inconnu", "未知", "no value"],
    ],
)
def test_words_that_may_mean_unknown_stay_and_are_asked_about(tmp_path, word):
    sample, _, _ = read(tmp_path, column("race", ["White", word, "other", word]))
    assert known(sample.attributes["race"]) == ["White", word, "other", word]
    assert f"column race: {word} (2 rows) stays a group; if it means that nobody knows" in notes(sample)


@pytest.mark.parametrize(
    "cells", [["👩🏿", "👩🏻"], ["✓", "✗"], ["998", "999"], ["-2", "-1"], ["<30", "30+"]]
)
def test_values_that_know_what_they_are(tmp_path, cells):
    assert not read(tmp_path, column("group", cells * 2))[0].notes


def test_minus_one_means_no_beside_one(tmp_path):
    assert not read(tmp_path, column("Male", ["-1", "1", "-1", "1"]))[0].notes
    assert "-1 (1 row) stays a group" in notes(read(tmp_path, column("skin", ["-1", "1", "2", "3"]))[0])


def test_spellings_of_one_value(tmp_path):
    composed, apart = (unicodedata.normalize(form, "Métis") for form in ("NFC", "NFD"))
    sample, _, _ = read(tmp_path, column("race", [composed, apart, "Black", "Black "]))
    assert sample.attributes["race"].values == ("Black", composed)
    assert f"read as one: Black (2 spellings), {composed} (2 spellings)." in notes(sample)
    sample, _, _ = read(tmp_path, column("race", ["East Asian", "East\u00a0Asian", "East\u3000Asian"]))
    assert sample.attributes["race"].values == ("East Asian",)
    assert "read as one: East Asian (3 spellings)." in notes(sample)
    # The name of a column, and that on the command line, may differ in the same way.
    text = column(apart, ["a", "b"])
    assert list(read(tmp_path, text, groups=(composed,))[0].attributes) == [composed]
    assert list(read(tmp_path, text, groups=(apart,))[0].attributes) == [composed]


@pytest.mark.parametrize("other", ["BLACK", "black", "Black\u200b", "B-lack", "B lack", "\u0412lack"])
def test_values_that_look_alike_stay_apart_with_a_note(tmp_path, other):
    sample, _, _ = read(tmp_path, column("race", ["Black", other, "White", "White"]))
    assert len(sample.attributes["race"].values) == 3
    assert "look alike (case, spaces, hyphens, zeros, alphabet) and are kept apart" in notes(sample)


def test_numbers_are_numbers(tmp_path):
    sample, _, _ = read(tmp_path, column("skin", ["10", "1.0", "2", "1", "2.50"]))
    assert sample.attributes["skin"].values == ("1", "2", "2.5", "10")
    assert known(sample.attributes["skin"]) == ["10", "1", "2", "1", "2.5"]
    ranges = ["30-39", "3-9", "10-19", "more than 70", "0-2"]
    sample, _, _ = read(tmp_path, column("age", ranges))
    assert sample.attributes["age"].values == ("0-2", "3-9", "10-19", "30-39", "more than 70")
    # Codes with leading zeros are no numbers.
    sample, _, _ = read(tmp_path, column("code", ["01", "1", "01"]))
    assert sample.attributes["code"].values == ("01", "1")
    assert "column code: 01, 1 look alike" in notes(sample)
    far = ["12345678901234567890", "12345678901234567891"]
    assert not read(tmp_path, column("code", far))[0].notes


AGES = [str(age) for age in range(10, 70)]


def test_many_numbers_are_asked_about(tmp_path):
    with pytest.raises(InputError, match=r"age \(60 different numbers; --bins age=25,40,55 makes ranges\)"):
        read(tmp_path, column("age", AGES * 2))
    # Where there is a plain column they are left out, and so said.
    text = "score,label,age,sex\n" + "".join(f".5,{i % 2},{i % 20},{'FM'[i % 3 > 0]}\n" for i in range(60))
    sample, _, names = read(tmp_path, text)
    assert names == ("sex",)
    assert "no groups by age (20 different numbers; --bins age=" in notes(sample)
    sample, _, _ = read(tmp_path, text, groups=("age",))
    assert sample.attributes["age"].values == tuple(str(i) for i in range(20))
    assert "of which each is a group; --bins age=" in notes(sample)


def read_bins(tmp_path, cells, edges, **options):
    return read(tmp_path, column("age", cells), bins=(parse(f"age={edges}"),), **options)[0]


def test_ranges(tmp_path):
    sample = read_bins(tmp_path, ["17", "18", "29.0", "30", "", "95"], "18,30,31")
    age = sample.attributes["age"]
    assert age.values == ("under 18", "18 to 29", "30", "31 and over")
    assert known(age) == ["under 18", "18 to 29", "18 to 29", "30", "", "31 and over"]
    assert "column age: 5 different numbers in ranges: under 18, 18 to 29, 30, 31 and over." in notes(sample)
    age = read_bins(tmp_path, ["0.5", "0.75"], "0.6,0.7").attributes["age"]
    assert age.values == ("under 0.6", "0.6 to under 0.7", "0.7 and over")
    said = notes(read_bins(tmp_path, ["17", "-1", "30", "020"], "18"))
    assert "column age: -1 (1 row) counts in its range; if it means that nobody knows" in said
    assert "stays a group" not in said
    with pytest.raises(InputError, match=r"a\.csv, line 3: age 'old'; expected a number, as --bins=age"):
        read_bins(tmp_path, ["5", "old"], "18")
    with pytest.raises(InputError, match=r"--bins=age: no groups by 'age'; add it to --groups"):
        read(tmp_path, "score,label,age,sex\n.5,1,5,F\n", groups=("sex",), bins=(parse("age=18"),))
    with pytest.raises(InputError, match=r"no column 'Age', which --bins names; it has score, label, age"):
        read(tmp_path, "score,label,age\n.5,1,5\n", bins=(parse("Age=18"),))


@pytest.mark.parametrize("text", ["age", "age=", "=18", "age=x", "age=30,18", "age=18,18", "age=18,inf"])
def test_wrong_edges(text):
    with pytest.raises(InputError, match=r"--bins=.*: expected a column and ascending numbers"):
        parse(text)


def table_of(**columns):
    size = len(next(iter(columns.values())))
    columns = {"score": ["0.5"] * size, "label": ["1", "0"] * (size // 2), **columns}
    return "\n".join([",".join(columns), *map(",".join, zip(*columns.values(), strict=True))])


def test_columns_that_are_no_groups_are_left_out_by_name(tmp_path):
    rng = np.random.default_rng(0)
    text = table_of(
        path=[f"{i}.jpg" for i in range(200)],
        sex=["F", "M"] * 100,
        caption=[f"text {i % 80}" for i in range(200)],
        area=[f"{x:.3f}" for x in rng.random(200)],
        y_pred=["0", "1"] * 100,
        predicted_label=["0", "1"] * 100,
        sample_weight=["1", "2"] * 100,
        notes=[""] * 200,
    )
    sample, _, names = read(tmp_path, text)
    assert names == ("sex",)
    (note,) = sample.notes
    for part in (
        "path (another value in each row)",
        "caption (80 different values, too many for groups)",
        " different numbers; --bins area=0.",
        "y_pred (looks like an answer)",
        "predicted_label (looks like an answer)",
        "sample_weight (looks like a weight)",
        "notes (no value)",
    ):
        assert part in note


def test_a_file_of_keys_alone_has_one_group(tmp_path):
    text = table_of(path=[f"{i}.jpg" for i in range(20)])
    sample, _, names = read(tmp_path, text)
    assert names == ()
    assert "no groups by path" in notes(sample)


def test_many_columns_ask_for_a_choice(tmp_path):
    text = table_of(**{f"c{i}": ["-1", "1", "1", "1"] for i in range(5)})
    with pytest.raises(
        InputError, match=r"5 columns could be groups: c0, c1, c2, c3, c4\. Choose with --groups"
    ):
        read(tmp_path, text)
    assert read(tmp_path, text, groups=("c1", "c3"))[2] == ("c1", "c3")
    # Few columns may make many groups as well.
    rng = np.random.default_rng(0)
    text = table_of(**{name: [f"v{k}" for k in rng.integers(0, 30, 400)] for name in "ab"})
    with pytest.raises(InputError, match=r"a, b make \d+ groups; choose fewer with --groups"):
        read(tmp_path, text)


def test_a_column_twice_matters_only_where_it_is_used(tmp_path):
    text = "score,label,race,race,sex\n.5,1,a,b,F\n.5,0,a,c,M\n"
    assert read(tmp_path, text, groups=("sex",))[2] == ("sex",)
    for groups in ((), ("race",)):
        with pytest.raises(InputError, match=r"column 'race' occurs twice with different cells"):
            read(tmp_path, text, groups=groups)


def test_control_characters_are_shown_escaped(tmp_path):
    with pytest.raises(InputError, match=r"no column 'x', which --groups names; it has two\\nlines"):
        read(tmp_path, 'score,label,"two\nlines"\n.5,1,a\n', groups=("x",))


def test_values_with_numbers_in_them_are_ordered_by_size():
    values = ["a2", "a10", "a010", "a1", "a" + "9" * 5000, "b", "a"]
    cells = read_cells(pa.chunked_array([pa.array(values)]))
    assert cells.known == ["a", "a1", "a2", "a010", "a10", "a" + "9" * 5000, "b"]


@pytest.mark.parametrize("value", ["1e-99999999999999999999", "0e99999999999999999999"])
def test_a_number_with_an_exponent_that_no_number_has(tmp_path, value):
    sample, _, _ = read(tmp_path, column("size", ["0", value, "0", value]))
    assert value in known(sample.attributes["size"])
