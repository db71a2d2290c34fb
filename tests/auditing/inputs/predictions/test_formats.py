"""One table, however it was written, is read the same; what cannot be read says how to write it."""

import bz2
import gzip
import io
import json
import lzma
import os
import sys
import threading
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.errors import InputError

WANTED = {"score", "label"}
TEXT = "score,label,race\n0.25,1,Métis\n0.5,0,East Asian\n1,1,\n"
CELLS = {
    "score": ["0.25", "0.5", "1"],
    "label": ["1", "0", "1"],
    "race": ["Métis", "East Asian", ""],
}


def read(path, data=None):
    if data is not None:
        path.write_bytes(data)
    return read_table(path, WANTED)


def cells(table):
    return {name: column.to_pylist() for name, column in table.columns.items()}


ENCODED = {
    "utf-8": TEXT.encode(),
    "with a mark": TEXT.encode("utf-8-sig"),
    "utf-16": TEXT.encode("utf-16"),
    "utf-16 big": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "utf-16 without a mark": TEXT.encode("utf-16-le"),
    "utf-16 big without a mark": TEXT.encode("utf-16-be"),
    "utf-32": TEXT.encode("utf-32"),
    "carriage returns": TEXT.replace("\n", "\r\n").encode(),
    "carriage returns alone": TEXT.replace("\n", "\r").encode(),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode(),
    "bars": TEXT.replace(",", "|").encode(),
    "quotes": TEXT.replace("East Asian", '"East Asian"').encode(),
    "Excel's separator line": b"sep=;\r\n" + TEXT.replace(",", ";").replace("\n", "\r\n").encode(),
    "leading blank lines": b"\n\n" + TEXT.encode(),
    "gzip": gzip.compress(TEXT.encode()),
    "bzip2": bz2.compress(TEXT.encode()),
    "xz": lzma.compress(TEXT.encode()),
    "zstandard": pa.compress(TEXT.encode(), "zstd", asbytes=True),
    "utf-16 in gzip": gzip.compress(TEXT.encode("utf-16")),
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED.keys())
def test_text_in_any_dress(tmp_path, data):
    found = read(tmp_path / "p.csv", data)
    assert cells(found) == CELLS
    assert found.notes == ()


def test_other_scripts_and_formats_in_utf16(tmp_path):
    text = "种族,标签\n" + "黑人 👩,1\n" * 2000
    for encoding in ("utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"):
        found = read(tmp_path / "p.csv", text.encode(encoding))
        assert found.num_rows == 2000
        assert list(found.columns) == ["种族", "标签"]
    found = read(tmp_path / "p.json", '[{"score": 0.5, "label": 1}]'.encode("utf-16"))
    assert cells(found) == {"score": ["0.5"], "label": ["1"]}


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


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def test_a_zip_file_of_one_table(tmp_path):
    assert cells(read(tmp_path / "p.zip", zipped(p=TEXT))) == CELLS
    with pytest.raises(InputError, match=r"p\.zip: a zip file of 2 files; expected one"):
        read(tmp_path / "p.zip", zipped(p=TEXT, q=TEXT))


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


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds nothing"),
        (b" \n\n", "holds nothing"),
        (b"score,label,g\n1,1,a\n1,1,\xe9\n", r"line 3: not UTF-8; save it as such.*iconv"),
        (TEXT.encode("utf-16")[:-1], r"damaged UTF-16; save it as UTF-8"),
        (b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'}", r"not text; expected CSV, JSON lines or parquet"),
        (gzip.compress(TEXT.encode() * 50)[:-12], r"compressed, but cannot be unpacked; it may be cut off"),
        (pa.compress(TEXT.encode(), "zstd", asbytes=True)[:-9], r"compressed, but cannot be unpacked"),
        (zipped(**{"[Content_Types].xml": "x", "xl__workbook.xml": "x"}), "a spreadsheet; save .* as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet"),
        (zipped(p=TEXT)[:-30], "a zip file that cannot be unpacked"),
        (b'{"score": 1,\n', r"line 1: no JSON; expected one object for each prediction"),
        (b'{"score": {"0": 1}, "label": {"0": 1}}', r"JSON without a row for each prediction; expected"),
        (b'{\n "score": {"0": 1},\n "label": {"0": 1}\n}\n', r"JSON without a row for each prediction; exp"),
        (b"[]", r"no rows; expected one for each prediction"),
        (b'{"score": 1, "score": 2, "label": 1}\n', r"line 1: score occurs twice"),
        (b'{"score": 1}\n3\n', r"line 2: no JSON object"),
        (b"[1]", r"row 1: no JSON object"),
        (b"score,label\n1,1\n1,1,3\n", r"line 3: 3 values; expected 2"),
        (b"score,label\n", r"no rows below the first line"),
        (b"score,label\n0.5,1\nnine\n", r"line 3: 1 value; expected 2, .* Mend the line, or take it out"),
        (b"score\tlabel\n1\t0.5\t1\n", r"line 2: 3 values; expected 2, .*write\.table.*col\.names=NA"),
        (b"# by me\n# today\nscore,label\n0.5,1\n", r"line 3 names the columns; take the lines above it out"),
        (b"Results,,\n,,\nscore,label,race\n0.5,1,a\n", r"line 3 names the columns"),
        (b"x" * 200_000 + b"\n1\n", r"line 1: .* larger than field limit"),
        (b"<table><tr><td>score</td></tr></table>", r"a web page or XML; save the table as CSV"),
        ("种族,score\n黑,1\n".encode("gb18030"), r"line 1: not UTF-8.*iconv -f ENCODING.*GB18030"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, data, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / "p.csv", data)
    assert str(caught.value).startswith(str(tmp_path / "p.csv"))
    assert "\n" not in str(caught.value)


def test_pipes_and_standard_input(tmp_path, monkeypatch):
    expected = read(tmp_path / "p.csv", TEXT.encode())
    os.mkfifo(tmp_path / "pipe")
    thread = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(TEXT.encode(),))
    thread.start()
    assert read(tmp_path / "pipe").sha256 == expected.sha256
    thread.join()
    for name in ("-", "/dev/stdin"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        found = read_table(type(tmp_path)(name), WANTED)
        assert (found.path, found.sha256) == ("standard input", expected.sha256)
        assert cells(found) == CELLS


def test_both_readers_agree(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{rng.random():.6f},{rng.integers(2)},{'ab c'[rng.integers(4)]}" for _ in range(300)]
    text = "score,label,g\n" + "\n".join(rows) + "\n"
    fast = read(tmp_path / "p.csv", text.encode())
    slow = read(tmp_path / "p.csv", text.replace("score", '"score"').encode())
    assert cells(fast) == cells(slow)
    assert fast.numbers.tolist() == slow.numbers.tolist() == list(range(2, 302))
