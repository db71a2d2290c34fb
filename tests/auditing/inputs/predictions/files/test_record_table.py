"""Parquet, Arrow and JSON, whose cells have types."""

import json

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from facedebias.errors import InputError
from facedebias.reading import unpacking
from tests.auditing.inputs.predictions.files.one_table import CELLS, cells, read


def test_parquet_and_arrow(tmp_path):
    table = pa.table(
        {
            "score": pa.array([0.25, 0.5, 1.0], pa.float32()),
            "label": [True, False, True],
            "race": pa.array(["Métis", "East Asian", None]).dictionary_encode(),
            "age": pa.array([30, None, 5]),
            "day": pa.array([86_400, None, 0], pa.timestamp("s")),
            "time": pa.array([86_401_000, 0, 0], pa.timestamp("ms")),
            "embedding": [[0.1], [0.2], [0.3]],
            "picture": [b"a", b"b", b"c"],
            "__index_level_0__": [7, 8, 9],
        }
    )
    parquet.write_table(table, tmp_path / "p.parquet")
    feather.write_feather(table, tmp_path / "p.feather")
    with pa.ipc.new_stream(tmp_path / "p.arrow", table.schema) as stream:
        stream.write_table(table)
    for name in ("p.parquet", "p.feather", "p.arrow"):
        found = read(tmp_path / name)
        assert cells(found) == {
            "score": ["0.25", "0.5", "1"],
            "label": ["true", "false", "true"],
            "race": CELLS["race"],
            "age": ["30", "", "5"],
            "day": ["1970-01-02", "", "1970-01-01"],
            "time": ["1970-01-02 00:00:01.000", "1970-01-01 00:00:00.000", "1970-01-01 00:00:00.000"],
        }
        assert found.locate(0) == "row 1"
        assert "columns of lists, objects or bytes left out: embedding, picture." in found.notes[0]
    data = (tmp_path / "p.parquet").read_bytes()
    with pytest.raises(InputError, match=r"damaged, or not readable as parquet"):
        read(tmp_path / "cut.parquet", data[:-20])


LINES = b"""{"score": 0.25, "label": 1, "race": "M\xc3\xa9tis"}

{"score": 0.50, "label": true, "more": {"x": 1}}
{"label": null, "score": 1e0, "race": null}
"""


def test_columns_of_one_name_in_parquet(tmp_path):
    table = pa.table([[0.5], [1], ["a"], ["b"]], names=["score", "label", "race", "race"])
    parquet.write_table(table, tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").repeated == {"race"}


@pytest.mark.parametrize(
    ("value", "text"), [([0.25, 0.75], "lists"), ({"label": "POSITIVE", "score": 0.75}, "objects")]
)
def test_a_column_that_holds_more_than_one_value(tmp_path, value, text):
    found = read(tmp_path / "p.jsonl", json.dumps({"score": value, "label": 1}).encode() + b"\n")
    with pytest.raises(InputError, match=rf"column 'score', which --score names, holds .*{text}.*one value"):
        found.column("score", "--score")


def test_json(tmp_path):
    found = read(tmp_path / "p.jsonl", LINES)
    # Numbers stay as they are written; what an object lacks is empty.
    assert cells(found) == {
        "score": ["0.25", "0.50", "1e0"],
        "label": ["1", "true", ""],
        "race": ["Métis", "", ""],
    }
    assert found.locate(1) == "line 3"
    assert "columns of lists, objects or bytes left out: more." in found.notes[0]
    array = b"[" + b",".join(line for line in LINES.splitlines() if line) + b"]"
    assert cells(read(tmp_path / "p.json", array)) == cells(found)


def test_a_name_on_each_line_is_refused_before_it_is_a_column(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_CELLS", 1000)
    monkeypatch.setattr(unpacking, "MOST_RATIO", 1)
    lines = [f'{{"k{number}": 1}}' for number in range(100)]
    for text in ("\n".join(lines), f"[{','.join(lines)}]"):
        # 32 names in 32 rows are the first over a thousand cells, and more than the file has bytes.
        with pytest.raises(InputError, match=r"p.json: \d,\d+ bytes hold \d,\d+ cells, .*rows or columns"):
            read(tmp_path / "p.json", text.encode())


def test_what_json_says_in_two_ways_is_refused_by_line(tmp_path):
    for line, why in (
        ('{"score": 0.5, "label": 1, "g": "\\ud800"}', r"\\ud800 holds half of a character"),
        ('{"score": 0.5, "label": 1, "g\\udfff": "a"}', r"g\\udfff holds half of a character"),
        ('{"score": 0.5, "label": 1, "score": 0.25}', "score occurs twice; name each value once"),
    ):
        text = f'{{"score": 0.25, "label": 0}}\n{line}\n'
        with pytest.raises(InputError, match=rf"p.jsonl, line 2: {why}"):
            read(tmp_path / "p.jsonl", text.encode())
