"""Rows that a file names are left out, or the file is refused with a count."""

import csv
import io
import re

import numpy as np
import pytest

from facedebias import provenance
from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.inputs.exclusion import exclude, take, take_scores
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError
from facedebias.report import suspects_list
from facedebias.report.results import as_json
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import LOGIT

# Three positives of a.h5, then three negatives of b.h5; row numbers 0 to 2 occur in both.
FILES, ROWS = ["a.h5"] * 3 + ["b.h5"] * 3, ["0", "1", "2"] * 2
PATHS = ["f/1.png", "f/2.png", "f/odd\nname.png", "=1.png", "n/2.png", "n/2.png"]


@pytest.fixture
def sample():
    labels = np.arange(6) < 3

    def identify(rows):
        columns = {"file": FILES, "row": ROWS, "path": PATHS}
        return {name: [values[row] for row in rows] for name, values in columns.items()}

    race = Attribute(np.array([0, 1, 1, -1, -1, -1]), ("x", "y"))
    return Sample(
        labels, {"race": race}, ~labels, "a.h5", "b.h5", lambda row: f"row {row}",
        read=lambda rows: np.asarray(rows)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8),
        weights=np.arange(6) + 1.0, identify=identify,
    )  # fmt: skip


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def left_out(tmp_path, sample, text, encoding="utf-8"):
    _, kept = exclude(write(tmp_path, text, encoding), sample, ("race",))
    return sorted(set(range(6)) - set(kept.tolist()))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("file,row,path\na.h5,1,f/2.png\nb.h5,0,=1.png\n", [1, 3]),
        ("rank,path,why\n1,f/1.png,seen\n", [0]),
        ("Path\nf/1.png\nf/1.png\n\n,\n", [0]),  # twice the same, and what spreadsheets leave behind
        ("file;row;\nb.h5;2;\n", [5]),
        ("file\trow\nb.h5\t2.0\n", [5]),
        ("path\r\n f/1.png \r\n", [0]),
        ("path,label\nf/1.png,positive\n=1.png,0\nf/2.png,?\n", [0, 1, 3]),
        ("path\nf/odd\\nname.png\n", [2]),  # as suspects.csv shows it
        ('path\n"f/odd\nname.png"\n', [2]),  # as it is
        ("path,row\n'=1.png,0\n", [3]),  # as suspects.csv writes what would be a formula
        ("path,row\n=1.png,0\n", [3]),
    ],
)
def test_rows_are_found_by_their_names(tmp_path, sample, text, rows):
    assert left_out(tmp_path, sample, text) == rows


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_of_spreadsheets(tmp_path, sample, encoding):
    assert left_out(tmp_path, sample, "path\nf/1.png\n", encoding) == [0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "path\nf/1.png\nf/9.png\nq\n",
            r"2 of its 3 rows are not among .*\(first line 3: path f/9.png\).*a.h5",
        ),
        (
            "path\nn/2.png\nf/1.png\n",
            r"1 of its 2 rows may each be one of several \(first line 2: path n/2.png",
        ),
        (
            "row\n1\n0\n",
            r"2 of its 2 rows may each be one of several .*which 2 .*Give more columns of file, row",
        ),
        (
            "file,row\nold/a.h5,1\n",
            r"It names rows of old/a.h5, but a.h5 and b.h5 is audited.*delete its column",
        ),
        ("file,row,path\na.h5,1,f/1.png\n", r"1 of its 1 rows are not among"),
        ("path,label\nf/1.png,negative\n", r"1 of its 1 rows have another label .*f/1.png, a positive there"),
        ("path\nf/1.png\nf/2.png\nf/odd\\nname.png\n", r"names all 3 positives; leave some in"),
        ("name,id\na,1\n", r"its first line has name, id; expected a column row or path"),
        ("file\na.h5\n", r"its first line has file; expected a column row or path"),
        ("path\n", r"names no row; leave the flag out"),
        ("", r"its first line has nothing"),
        ("path\nf/1.png,2,3\n", r"line 2: 3 values; expected 1"),
        ('path\n"f/1.png\n', r"line \d: .*expected CSV"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_count(tmp_path, sample, text, message):
    with pytest.raises(InputError, match=rf"--exclude=.*rows\.csv.*{message}"):
        left_out(tmp_path, sample, text)


def test_files_that_are_no_tables(tmp_path, sample):
    with pytest.raises(InputError, match="--exclude=nowhere.csv: cannot be read"):
        exclude("nowhere.csv", sample, ())
    with pytest.raises(InputError, match="not UTF-8"):
        left_out(tmp_path, sample, "path\né.png\n", "latin-1")


def test_everything_of_a_row_goes_with_it(tmp_path, sample):
    path = write(tmp_path, "file,row\na.h5,1\nb.h5,0\n")
    smaller, kept = exclude(path, sample, ("race",))
    assert kept.tolist() == [0, 2, 4, 5]
    assert smaller.labels.tolist() == [True, True, False, False]
    assert smaller.is_shared.tolist() == [False, False, True, True]
    assert smaller.attributes["race"].codes.tolist() == [0, 1, -1, -1]
    assert smaller.weights.tolist() == [1, 3, 5, 6]
    assert smaller.locate(2) == "row 4"
    assert smaller.read([1, 3])[:, 0, 0, 0].tolist() == [2, 5]
    assert smaller.identify([2])["path"] == ["n/2.png"]
    facts = smaller.excluded
    assert (facts.num_positives, facts.num_negatives, facts.groups) == (1, 1, {"y": (1, 2)})
    assert facts.sha256 == provenance.sha256(path)
    (sentence,) = facts.sentences()
    assert sentence == (
        f"left out as --exclude={path} says: 1 positive and 1 negative; of groups: y 1 of 2. All "
        "figures are of the other rows."
    )
    scores = np.arange(6, dtype=np.float32)
    model = take_scores(ModelScores("m", "m", LOGIT, scores, scores), kept)
    assert model.scores.tolist() == model.probabilities.tolist() == [0, 2, 4, 5]


def predictions(tmp_path, name="p.csv", drop=()):
    """Twenty rows of which two are labelled wrongly: lines 2 and 3."""
    rows = [["id", "score", "label", "race"]]
    for i in range(20):
        is_high = i % 2 == 0
        label = is_high if i not in {0, 1} else not is_high
        rows.append([f"r{i:02d}", f"0.{8 if is_high else 1}{i:02d}", str(int(label)), "ab"[i // 10]])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(r for i, r in enumerate(rows) if i - 1 not in drop)
    path = tmp_path / name
    path.write_text(text.getvalue())
    return str(path)


def audit(path, **fields):
    return evaluate(AuditConfig(predictions=(path,), groups=("race",), num_draws=100, **fields))


def test_predictions_there_and_back(tmp_path):
    path = predictions(tmp_path)
    first = audit(path)
    written = suspects_list.as_csv(first)
    lines = list(csv.DictReader(io.StringIO(written)))
    assert {line["line"] for line in lines} == {"2", "3"}
    assert [line["rank"] for line in lines] == ["1", "2"]
    assert {(line["file"], line["id"], line["label"], line["group"]) for line in lines} == {
        (path, "r00", "negative", "a"), (path, "r01", "positive", "a"),
    }  # fmt: skip
    assert lines[0]["why"].startswith("the model scores it ")
    assert all(float(line["score p"]) in {0.8, 0.101} for line in lines)
    # Somebody finds that r01 is labelled rightly and deletes its line.
    kept = [line for line in written.splitlines(keepends=True) if ",r01," not in line]
    exclude_file = tmp_path / "looked-at.csv"
    exclude_file.write_text("".join(kept))
    second = as_json(audit(path, exclude=str(exclude_file)))
    expected = as_json(audit(predictions(tmp_path, "q.csv", drop={0})))
    assert second["models"]["p"]["groups"] == expected["models"]["q"]["groups"]
    assert second["exclude"] == {
        "file": str(exclude_file), "sha256": provenance.sha256(exclude_file), "num_positives": 0,
        "num_negatives": 1, "groups": {"a": {"left_out": 1, "of": 10}},
    }  # fmt: skip
    assert any(str(exclude_file) in note for note in second["notes"])
    assert as_json(first)["exclude"] is None
    assert as_json(first)["suspects"] == {"num_negatives": 1, "num_positives": 1, "num_listed": 2}


def test_predictions_by_a_column_of_their_own(tmp_path):
    path = predictions(tmp_path)
    own = tmp_path / "own.csv"
    own.write_text("id\nr00\n")
    assert audit(path, exclude=str(own)).models[0].num_rows == 19
    own.write_text("race\na\n")  # says nothing of a row
    with pytest.raises(InputError, match="its first line has race; expected a column line or id"):
        audit(path, exclude=str(own))
    # Of another file with as many lines the labels tell.
    own.write_text("line,label\n2,positive\n4,positive\n")
    with pytest.raises(InputError, match="1 of its 2 rows have another label"):
        audit(path, exclude=str(own))


def test_the_warning_keeps_its_word(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(700) < 200
    truth = labels | (np.arange(700) >= 694)  # of the negatives six are positives in truth
    scores = rng.normal(np.where(truth, 6.0, 0.0))
    path = tmp_path / "p.csv"
    rows = [f"{score},{int(label)},a" for score, label in zip(scores, labels, strict=True)]
    path.write_text("\n".join(["score,label,race", *rows]))
    first = audit(str(path), fpr=0.01)
    (note,) = [note for note in first.notes if note.startswith("suspects, negatives")]
    promised = re.search(r"recall is ([\d.]+)%, and would be ([\d.]+)% without them", note)
    now = first.models[0].overall["true_positive_rate"].value
    assert float(promised[1]) == pytest.approx(100 * now, abs=0.05)
    assert "p: 6 of the 6 highest negatives, which set it" in note
    own = tmp_path / "own.csv"
    own.write_text("\n".join(["line", *(str(line) for line in range(696, 702))]))
    second = audit(str(path), fpr=0.01, exclude=str(own))
    then = second.models[0].overall["true_positive_rate"].value
    assert float(promised[2]) == pytest.approx(100 * then, abs=0.05)
    assert then > now + 0.05
    assert not [note for note in second.notes if note.startswith("suspects")]


def test_nothing_can_be_asked_for_of_what_is_left(sample):
    left = take(sample, np.array([0, 2]))
    assert left.identify([]) == {"file": [], "row": [], "path": []}
