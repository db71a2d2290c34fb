import csv
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.auditing.inputs.predictions import reading
from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.predictions.values import is_unknown
from facedebias.errors import InputError


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def read(*paths, groups=(), kind=None, **columns):
    files = [(f"m{i}", path) for i, path in enumerate(paths)]
    return reading.read(files, groups, kind, Columns(**columns))


def read_text(tmp_path, text, **options):
    return read(write(tmp_path / "p.csv", text), **options)


def known(attribute):
    """The words that an attribute's codes stand for; "" for unknown."""
    return [attribute.values[code] if code >= 0 else "" for code in attribute.codes]


def test_values_of_a_small_file(tmp_path):
    text = "race,score,label,sex\nWhite,0.25,1,F\n,0.75,0,M\nBlack,1,1,\n"
    sample, models, names = read_text(tmp_path, text)
    assert names == ("race", "sex")
    assert sample.labels.tolist() == [True, False, True]
    assert known(sample.attributes["race"]) == ["White", "", "Black"]
    assert known(sample.attributes["sex"]) == ["F", "M", ""]
    assert sample.attributes["race"].values == ("Black", "White")
    assert not sample.is_shared.any()
    assert (sample.data, sample.negatives) == (str(tmp_path / "p.csv"),) * 2
    assert [sample.locate(row) for row in range(3)] == ["line 2", "line 3", "line 4"]
    (model,) = models
    assert (model.name, model.kind, model.is_declared) == ("m0", "probability", False)
    assert model.scores.tolist() == [0.25, 0.75, 1.0]


def test_labels_in_every_spelling(tmp_path):
    spelled = {"1": True, "0": False, "true": True, "False": False, "YES": True, "no": False}
    spelled |= {"1.0": True, "0.0": False, " 1 ": True}
    sample, _, _ = read_text(tmp_path, "score,label\n" + "".join(f"0.5,{text}\n" for text in spelled))
    assert sample.labels.tolist() == list(spelled.values())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_as_spreadsheets_write_them(tmp_path, newline, mark):
    text = f'{mark}score,label,group\n0.5,1,"a, b"\n\n0.25,0,"<script>""x""</script>"\n0.5,1,"two\nlines"\n'
    sample, models, names = read_text(tmp_path, text.replace("\n", newline))
    assert names == ("group",)
    groups = ["a, b", '<script>"x"</script>', f"two{newline}lines"]
    assert known(sample.attributes["group"]) == groups
    assert models[0].scores.tolist() == [0.5, 0.25, 0.5]
    # The blank line is none of the rows, and the last row ends on line 6.
    assert [sample.locate(row) for row in range(3)] == ["line 2", "line 4", "line 6"]


def test_columns_without_a_name_are_no_groups(tmp_path):
    # As pandas writes its row numbers, of which there are too many for groups.
    text = ",score,label,group\n" + "".join(f"{i},0.5,1,{'ab'[i % 2]}\n" for i in range(60))
    assert read_text(tmp_path, text)[2] == ("group",)


def test_groups_may_be_named(tmp_path):
    text = "score,label,id,sex\n" + "".join(f"0.5,1,{i},{'MF'[i % 2]}\n" for i in range(51))
    sample, _, names = read_text(tmp_path, text, groups=("sex",))
    assert (names, list(sample.attributes)) == (("sex",), ["sex"])
    # Nobody wants a group for each row, unless it is named.
    found, _, names = read_text(tmp_path, text)
    assert names == ("sex",)
    assert any("no groups by id (another value in each row)" in note for note in found.notes)
    assert len(read_text(tmp_path, text, groups=("id",))[0].attributes["id"].values) == 51


def test_kinds_of_scores(tmp_path):
    text = "score,label\n0,1\n1,0\n"
    assert read_text(tmp_path, text)[1][0].kind == "probability"
    declared = read_text(tmp_path, text, kind="logit")[1][0]
    assert (declared.kind, declared.is_declared) == ("logit", True)
    # The sigmoid of 0 is 1/2, that of 1 is e / (1 + e).
    assert declared.probabilities == pytest.approx([0.5, np.e / (1 + np.e)])
    assert read_text(tmp_path, "score,label\n-2,1\n1.5,0\n")[1][0].kind == "logit"
    with pytest.raises(
        InputError, match=r"p\.csv: scores run from 0 to 87.5; are they percent.*--output_kind"
    ):
        read_text(tmp_path, "score,label\n0,1\n87.5,0\n")
    percent = read_text(tmp_path, "score,label\n0,1\n87.5,0\n", kind="percent")[1][0]
    assert (percent.kind, percent.scores.tolist()) == ("probability", [0, 0.875])
    with pytest.raises(InputError, match=r"score holds no number above 1, so these are hardly percent"):
        read_text(tmp_path, text, kind="percent")
    assert read_text(tmp_path, text, kind="score")[1][0].probabilities is None
    with pytest.raises(InputError, match=r"gives 1.5 for line 3; a probability.*--output_kind"):
        read_text(tmp_path, "score,label\n0,1\n1.5,0\n", kind="probability")


def test_rows_of_a_label_without_any_group_are_shared(tmp_path):
    sample, _, _ = read_text(tmp_path, "score,label,g\n.5,1,a\n.5,0,\n.5,1,\n.5,0,\n")
    assert sample.is_shared.tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"p\.csv: holds nothing"),
        ("label,g\n1,a\n", r"no column 'score'; it has label, g\. Name it with --score"),
        ("score,g\n1,a\n", r"no column 'label'; it has score, g\. Name it with --label"),
        ("score,label,g,g\n1,1,a,b\n", r"column 'g' occurs twice with different cells; .*--groups"),
        ("score,score,label\n1,0,1\n", r"column 'score' occurs twice"),
        ("score,label\n", r"no rows below the first line"),
        ("score,label\n.5,1\n.5\n", r"p\.csv, line 3: 1 value; expected 2"),
        ("score,label\n\n.5,1,a\n", r"p\.csv, line 3: 3 values; expected 2"),
        ("score,label\n.5,1\n.5,2\n.5,0\n", r"p\.csv, line 3: label '2'; expected 1 .* or 0"),
        ("score,label\n.5,0\n.5,0.5\n", r"p\.csv, line 3: label '0.5'; expected 1 .* or 0"),
        ("score,label\n.5,\n", r"p\.csv, line 2: label blank; expected a label"),
        ("score,label\n.5,1\n.5,NaN\n.5,\n", r"line 3: label 'NaN', and 1 row more; .* Leave such rows out"),
        ("score,label\n.5,1\nhigh,1\n", r"p\.csv, line 3: score 'high' is no number"),
        ("score,label\n,1\n", r"p\.csv, line 2: score blank is no number; .* Leave such rows out"),
        ("score,label\n0_5,1\n", r"p\.csv, line 2: score '0_5' is no number"),
        ("score,label\n.5,1\nnan,1\n", r"p\.csv: gives nan for line 3; expected a finite number"),
        ("score,label\n-inf,1\n", r"gives -inf for line 2"),
        ("score,label\n1e400,1\n", r"gives inf for line 2"),
        ('score,label,g\n.5,1,a\n.5,1,"b\n.5,0,c\n', r"p\.csv, line 3: .*; expected CSV, every quote closed"),
    ],
)
def test_errors_name_the_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_text(tmp_path, text)


def test_errors_of_columns_that_groups_name(tmp_path):
    with pytest.raises(InputError, match=r"no column 'skin', which --groups names; it has sex, age"):
        read_text(tmp_path, "score,label,sex,age\n.5,1,F,9\n", groups=("skin",))
    with pytest.raises(InputError, match=r"no column 'skin'.*it has no other columns"):
        read_text(tmp_path, "score,label\n.5,1\n", groups=("skin",))
    for name in ("score", "label"):
        with pytest.raises(InputError, match=f"--groups={name}: is what is audited"):
            read_text(tmp_path, "score,label\n.5,1\n", groups=(name,))


def test_other_encodings_and_missing_files(tmp_path):
    path = write(tmp_path / "p.csv", "score,label,g\n.5,1,a\n.5,1,é\n", "latin-1")
    with pytest.raises(InputError, match=r"p\.csv, line 3: not UTF-8"):
        read(path)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read \(No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(InputError, match=r"--predictions=.*: a folder; expected a file"):
        read(tmp_path)


def test_models_on_the_same_rows(tmp_path):
    first = write(tmp_path / "a.csv", "score,label,g\n.25,1,x\n.5,0,y\n")
    # Another order of the columns, and one that is not looked at, are the same rows.
    second = write(tmp_path / "b.csv", "label,id,score,g\n1,7,3,x\n0,8,-3,y\n")
    sample, models, names = read(first, second)
    assert names == ("g",)
    assert [(m.name, m.kind, m.scores.tolist()) for m in models] == [
        ("m0", "probability", [0.25, 0.5]),
        ("m1", "logit", [3.0, -3.0]),
    ]
    assert len(sample.labels) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("score,label,g\n.5,1,x\n", r"b\.csv: 1 row, but .*a\.csv has 2"),
        ("score,label\n.5,1\n.5,0\n", r"b\.csv: no column 'g', which .*a\.csv has"),
        ("score,label,g\n.5,1,x\n.5,1,y\n", r"b\.csv, line 3: label is '1', but '0' in .*a\.csv"),
        ("score,label,g\n.5,1,z\n.5,0,y\n", r"b\.csv, line 2: g is 'z', but 'x' in .*a\.csv"),
        ("score,label,g\n.5,1,x\nnan,0,y\n", r"b\.csv: gives nan for line 3"),
    ],
)
def test_different_rows_in_a_second_file(tmp_path, text, message):
    first = write(tmp_path / "a.csv", "score,label,g\n.25,1,x\n.5,0,y\n")
    with pytest.raises(InputError, match=message):
        read(first, write(tmp_path / "b.csv", text))


def is_plain(text):
    """Whether a value is read as it was written."""
    return not is_unknown(text) and not text.lstrip("+-").replace(".", "", 1).isdecimal()


letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
words = st.text(letters, max_size=8).map(clean_name)
words = words.filter(lambda text: not text or is_plain(text))
rows_of_a_file = st.lists(
    st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.booleans(), words, words),
    min_size=1,
    max_size=30,
)


@given(rows_of_a_file)
def test_what_was_written_is_read(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["score", "first", "label", "second"])
            writer.writerows([score, a, int(label), b] for score, label, a, b in rows)
        sample, models, names = read(path, groups=("first", "second"), kind="score")
    scores, labels, *columns = (list(column) for column in zip(*rows, strict=True))
    assert models[0].scores.tolist() == scores
    assert sample.labels.tolist() == labels
    assert [known(sample.attributes[name]) for name in names] == columns
