"""Lines, separators and columns of text, and that both readers of it agree."""

import numpy as np

from tests.auditing.inputs.predictions.files.one_table import cells, read


def test_lines_are_counted_as_an_editor_does(tmp_path):
    def lines(text):
        table = read(tmp_path / "p.csv", text.encode())
        return [table.locate(row) for row in range(table.num_rows)]

    assert lines("score,label\n1,1\n0,0\n") == ["line 2", "line 3"]
    assert lines("\nscore,label\n\n1,1\n\n0,0\n") == ["line 4", "line 6"]
    assert lines('score,label\n"1",1\n0,0\n') == ["line 2", "line 3"]
    assert lines("sep=,\n\nscore,label\n1,1\n") == ["line 4"]


def test_the_separator_is_the_one_that_names_the_columns(tmp_path):
    # More commas than semicolons, in a name.
    found = read(tmp_path / "p.csv", b"score;label;race, sex, age, skin\n1;1;a, b\n")
    assert cells(found)["race, sex, age, skin"] == ["a, b"]


def test_empty_columns_and_rows_are_left_out_and_counted(tmp_path):
    text = "score,label,race,,\n0.25,1,a,,\n,,,,\n0.5,0,b,,\n , ,,,\n"
    found = read(tmp_path / "p.csv", text.encode())
    assert cells(found) == {"score": ["0.25", "0.5"], "label": ["1", "0"], "race": ["a", "b"]}
    assert [found.locate(row) for row in range(2)] == ["line 2", "line 4"]
    assert [note.partition(": ")[2] for note in found.notes] == [
        "2 rows without a value left out.",
        "2 columns without a name or a value left out.",
    ]
    found = read(tmp_path / "p.csv", b"score,label\n1,1,,\n0,0,\n0,1\n")
    assert cells(found) == {"score": ["1", "0", "0"], "label": ["1", "0", "1"]}
    assert found.notes[0].endswith("empty cells beyond the last column left out of 2 rows.")


def test_columns_of_one_name(tmp_path):
    found = read(tmp_path / "p.csv", b"score,label,a,b,a,b\n1,1,x,x,x,y\n")
    assert found.repeated == {"b"}
    assert any("read once: a." in note for note in found.notes)
    # Names that differ in Unicode form or spaces are one name.
    found = read(tmp_path / "p.csv", "score,label,e\u0301 ,\u00e9\n1,1,x,y\n".encode())
    assert found.repeated == {"\u00e9"}


def test_both_readers_agree(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{rng.random():.6f},{rng.integers(2)},{'ab c'[rng.integers(4)]}" for _ in range(300)]
    text = "score,label,g\n" + "\n".join(rows) + "\n"
    fast = read(tmp_path / "p.csv", text.encode())
    slow = read(tmp_path / "p.csv", text.replace("score", '"score"').encode())
    assert cells(fast) == cells(slow)
    assert fast.numbers.tolist() == slow.numbers.tolist() == list(range(2, 302))
