"""Tables in every kind of file: CSV, JSON lines, parquet, and several files that make one table."""

import gzip
import json
import os

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from facedebias.errors import InputError
from facedebias.reading import unpacking
from tests.data.sources.formats.small_tables import (
    CSV,
    grays,
    hugging_face,
    pictures,
    png,
    records,
    table,
    values,
)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.with_suffix(".csv").write_bytes(("\ufeff" + CSV).replace("\n", "\r\n").encode()),
        lambda path: path.with_suffix(".csv").write_bytes(CSV.replace(",", ";").encode("utf-16")),
        lambda path: path.with_suffix(".tsv").write_text(CSV.replace(",", "\t")),
        lambda path: path.with_suffix(".csv.gz").write_bytes(gzip.compress(CSV.encode())),
    ],
)
def test_encodings_separators_and_compression(tmp_path, write):
    pictures(tmp_path, ["p/a.png", "p/b.png", "p/c.png"])
    write(tmp_path / "t")
    (path,) = tmp_path.glob("t*")
    source, found = records(path)
    assert grays(found) == [0, 10, 20] and values(source, found, "age") == ["3", "10", "2"]


def test_json_lines(tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    lines = [
        {"image": "a.png", "n": 1, "ok": True, "box": [1, 2]},
        {"image": "b.png", "n": None, "ok": False},
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    source, found = records(tmp_path / "t.jsonl")
    assert values(source, found, "n") == ["1", None] and values(source, found, "ok") == ["yes", "no"]
    assert "column 'box' left out: it holds lists or objects." in source.notes
    (tmp_path / "t.jsonl").write_text("[1]\n")
    with pytest.raises(InputError, match="t.jsonl, line 1: is no JSON object; expected one on each line"):
        records(tmp_path / "t.jsonl")


def test_hugging_faces_parquet_files(tmp_path):
    hugging_face(tmp_path / "data/train-00000-of-00002.parquet", 10, gender=[0, 1], Smiling=[True, False])
    hugging_face(tmp_path / "data/train-00001-of-00002.parquet", 20, gender=[1, -1], Smiling=[True, True])
    hugging_face(tmp_path / "data/validation-00000-of-00001.parquet", 30, gender=[1], Smiling=[False])
    source, found = records(tmp_path)
    assert grays(found) == [10, 11, 20, 21, 30] and found[3].path == "21.jpg"
    assert values(source, found, "gender") == ["Male", "Female", "Female", None, "Female"]
    assert values(source, found, "Smiling") == ["yes", "no", "yes", "yes", "no"]
    assert [record.split for record in found] == [0, 0, 0, 0, 1]
    assert source.notes[0] == "parts are taken from the files' names: train, validation."
    assert grays(records(tmp_path / "data/train-*.parquet")[1]) == [10, 11, 20, 21]
    assert grays(records(tmp_path, split="val")[1]) == [30]
    # Again, in the same order: what is written twice must not differ.
    assert grays(source.records()) == [10, 11, 20, 21, 30]


def test_plain_binary_column(tmp_path):
    table = pyarrow.table({"img": [png(1), png(2)], "celeb_id": [7, 7], "when": [None, None]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    source, found = records(tmp_path / "t.parquet")
    assert grays(found) == [1, 2] and [record.identity for record in found] == [0, 0]
    assert found[0].path == "row 1" and source.attributes == {}
    assert "column 'when' left out: it has no values." in source.notes


def test_files_that_are_no_tables(tmp_path):
    with pytest.raises(InputError, match="none.csv: no such file; expected CSV, TSV, JSON lines"):
        records(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no table in this folder"):
        records(tmp_path)
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="t.xlsx: is not a table that is read here; .* Save it as CSV"):
        records(tmp_path / "t.xlsx")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(InputError, match="t.parquet: is no parquet file that can be read"):
        records(tmp_path / "t.parquet")
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").touch()
    (tmp_path / "t.parquet").unlink()
    with pytest.raises(InputError, match="several tables .a.csv, b.csv.. Give one"):
        records(tmp_path)
    hugging_face(tmp_path / "x/1.parquet", 1, gender=[0])
    hugging_face(tmp_path / "x/2.parquet", 1, gender=[0], other=[1])
    with pytest.raises(InputError, match="2.parquet: has other columns than 1.parquet"):
        records(tmp_path / "x")


def test_many_rows_are_read_in_order(tmp_path):
    rows = np.arange(200)
    table = pyarrow.table({"image": [png(int(row)) for row in rows], "split": ["train", "test"] * 100})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=64)
    assert grays(records(tmp_path / "t.parquet", split="test")[1]) == rows[1::2].tolist()


def test_bars_and_arrays(tmp_path):
    rows = '[{"path": "a.png", "g": "A"},\n {"path": "b.png", "g": "B"}]'
    for file, text in (("t.csv", "path|g\na.png|A\nb.png|B\n"), ("t.json", rows)):
        source, found = records(table(tmp_path, text, file=file))
        assert values(source, found, "g") == ["A", "B"] and source.notes == ()


def test_files_that_the_others_count_are_missed(tmp_path):
    rows = pyarrow.table({"image": [png(0)], "g": ["A"]})
    pyarrow.parquet.write_table(rows, tmp_path / "train-00001-of-00003.parquet")
    source, _ = records(tmp_path)
    assert source.notes[0] == (
        "2 files of the table not read: train-00000-of-00003.parquet, train-00002-of-00003.parquet."
    )


def test_patterns_and_folders_with_loops_give_each_file_once(tmp_path):
    hugging_face(tmp_path / "a/1.parquet", 10, gender=[0])
    hugging_face(tmp_path / "a/b/2.parquet", 20, gender=[0])
    for name in ("a/up", "a/b/up", "a/b/again"):
        os.symlink(tmp_path, tmp_path / name)
    os.symlink(tmp_path / "a/1.parquet", tmp_path / "a/b/0.parquet")
    for place in (tmp_path, tmp_path / "**/*.parquet", tmp_path / "a/**/*.parquet", tmp_path / "**/[12].p*"):
        assert grays(records(place)[1]) == [10, 20], place
    assert grays(records(tmp_path / "**/b/?.parquet")[1]) == [20]


def test_damage_among_the_pictures_of_a_parquet_file(tmp_path):
    hugging_face(tmp_path / "t.parquet", 10, gender=[0, 1])
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    content[4:300] = bytes(296)
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(InputError, match="t.parquet: is no parquet file that can be read"):
        records(tmp_path / "t.parquet")


def test_columns_of_one_name_are_refused_in_parquet_too(tmp_path):
    cells = [pyarrow.array(["a.png"]), pyarrow.array(["x"]), pyarrow.array(["y"])]
    pyarrow.parquet.write_table(pyarrow.table(cells, names=["path", "g", "g"]), tmp_path / "t.parquet")
    with pytest.raises(InputError, match="t.parquet: two columns are called 'g'. Rename or remove one"):
        records(tmp_path / "t.parquet")


def with_names(path, names, codes=(0, 1)):
    features = {"gender": {"names": names, "_type": "ClassLabel"}}
    image = [{"bytes": png(9), "path": "a.png"} for _ in codes]
    columns = pyarrow.table({"image": image, "gender": list(codes)})
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path.parent.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(columns.replace_schema_metadata(metadata), path)


def test_two_classes_have_two_names_and_the_same_in_all_files(tmp_path):
    with_names(tmp_path / "t.parquet", ["a", "a"])
    with pytest.raises(InputError, match="metadata names the classes of 'gender' a, a; expected a name"):
        records(tmp_path / "t.parquet")
    with_names(tmp_path / "x/1.parquet", ["a", "b"])
    with_names(tmp_path / "x/2.parquet", ["b", "a"])
    with pytest.raises(InputError, match="2.parquet: its metadata names .* b, a; .* the same in every file"):
        records(tmp_path / "x")


def test_json_that_says_two_things_is_refused_by_line(tmp_path):
    pictures(tmp_path, ["a.png"])
    for line, why in (
        ('{"path": "a.png", "g": "x", "g": "y"}', "g occurs twice; name each value once"),
        ('{"path": "a.png", "g": "\\ud800"}', r"\\ud800 holds half of a character"),
    ):
        (tmp_path / "t.jsonl").write_text(f'{{"path": "a.png", "g": "x"}}\n{line}\n')
        with pytest.raises(InputError, match=f"t.jsonl, line 2: {why}"):
            records(tmp_path / "t.jsonl")
        (tmp_path / "t.json").write_text(f"[{line}]")
        with pytest.raises(InputError, match=f"t.json: {why}"):
            records(tmp_path / "t.json")


def test_a_name_on_each_line_is_refused_before_it_is_a_column(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_CELLS", 1000)
    monkeypatch.setattr(unpacking, "MOST_RATIO", 1)
    (tmp_path / "t.jsonl").write_text("".join(f'{{"k{number}": 1}}\n' for number in range(100)))
    with pytest.raises(InputError, match="t.jsonl: 1,.* bytes hold 10,000 cells, .* fewer rows or columns"):
        records(tmp_path / "t.jsonl")
