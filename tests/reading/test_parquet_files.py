"""Tables of parquet and Arrow in which one text stands in every row: refused before they are plain."""

import subprocess
import sys

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import feather, parquet

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError
from facedebias.reading import unpacking
from facedebias.reading.parquet_files import num_bytes, open_parquet, without_dictionary

NUM_ROWS = 2000
LONG = "x" * 1000
MESSAGE = "bytes stand for 2,0.* are read. If that is right, write the table as CSV"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Limits that 2,000 rows of 1,000 letters pass: 10 KB, and ten times the file's size."""
    monkeypatch.setattr(unpacking, "_SMALL", 10_000)
    monkeypatch.setattr(unpacking, "MOST_RATIO", 10)


def repeated(value, kind=None):
    return pa.DictionaryArray.from_arrays(pa.array([0] * NUM_ROWS, pa.int32()), pa.array([value], kind))


def write(file, **columns):
    parquet.write_table(pa.table(columns), file, compression="zstd", store_schema=False)
    return file


def of_views():
    """A view of one text in each row."""
    one = pa.array([LONG], pa.string_view())
    none, views, *texts = one.buffers()
    return pa.Array.from_buffers(
        one.type, NUM_ROWS, [none, pa.py_buffer(views.to_pybytes() * NUM_ROWS), *texts]
    )


def test_a_text_that_a_page_names_for_each_row(tmp_path):
    path = write(tmp_path / "a.parquet", path=["a.png"] * NUM_ROWS, g=repeated(LONG))
    assert path.stat().st_size < 5000
    with pytest.raises(InputError, match=MESSAGE):
        read_table(path, {"score"})
    with pytest.raises(InputError, match=MESSAGE):
        open_source(f"table:{path}", ImportOptions())


def test_a_picture_that_a_page_names_for_each_row(tmp_path):
    picture = pa.StructArray.from_arrays([repeated(LONG.encode()), repeated("a.png")], ["bytes", "path"])
    for column in (picture, repeated(LONG.encode())):
        path = write(tmp_path / "a.parquet", image=column, g=["a", "b"] * (NUM_ROWS // 2))
        with pytest.raises(InputError, match="bytes stand for .* are read"):
            list(open_source(f"table:{path}", ImportOptions()).records())


def test_two_columns_of_one_name_are_both_bounded(tmp_path):
    columns = [pa.array([0.5] * NUM_ROWS), repeated(LONG), pa.array(["a"] * NUM_ROWS)]
    table = pa.table(columns, names=["score", "g", "g"])
    parquet.write_table(table, tmp_path / "a.parquet", compression="zstd", store_schema=False)
    with pytest.raises(InputError, match=MESSAGE):
        read_table(tmp_path / "a.parquet", {"score"})


@pytest.mark.parametrize("column", [repeated(LONG), of_views(), repeated(LONG, pa.string_view())])
def test_arrow_files_too(tmp_path, column):
    feather.write_feather(pa.table({"g": column}), tmp_path / "a", compression="uncompressed")
    with pytest.raises(InputError, match=MESSAGE):
        read_table(tmp_path / "a", {"score"})


def test_nulls_take_no_place_in_arrow_files(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_CELLS", 10_000)
    feather.write_feather(pa.table({"g": pa.nulls(100_000)}), tmp_path / "a")
    with pytest.raises(InputError, match=r"bytes hold [\d,]+ cells"):
        read_table(tmp_path / "a", {"score"})


def test_pages_that_say_how_much_they_hold(tmp_path):
    path = write(tmp_path / "a.parquet", g=["x" * 100_000])
    with pytest.raises(InputError, match=r"a: \d+ bytes stand for 100,\d+; at most 10,000 are read"):
        open_parquet(path, path.stat().st_size, "a")


def test_the_bytes_of_a_column():
    # Texts of 1, 2 and 2 bytes; what is unknown, and what a slice leaves out, has none.
    texts = pa.array(["out", "a", None, "é", "bc"])
    for column in (texts, texts.cast(pa.large_string()), texts.cast(pa.string_view())):
        assert num_bytes(column[1:]) == 5
        assert num_bytes(column.dictionary_encode()[1:]) == 5 if column is texts else True
    chunks = pa.chunked_array([["a"], ["bcd"]]).dictionary_encode()
    assert num_bytes(chunks) == 4
    assert without_dictionary(chunks).to_pylist() == ["a", "bcd"]
    assert num_bytes(pa.array([{"bytes": b"ab", "path": "c", "n": 1}, None])) == 3
    assert num_bytes(pa.array([bytes(5)] * 3, pa.binary(5)).dictionary_encode()) == 15
    assert num_bytes(pa.array([1, 2])) == num_bytes(pa.array([[1]])) == 0


EACH_BYTE_FLIPPED = """
import sys
from pathlib import Path
import pyarrow as pa
from facedebias.errors import InputError
from facedebias.auditing.inputs.predictions.files.formats import read_table

path = Path(sys.argv[1])
whole, refused = path.read_bytes(), 0
start = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
for place in range(start, len(whole)):
    for mask in (1, 2, 6):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1:])
        try:
            read_table(path, {"score"})
        except InputError:
            refused += 1
print(len(whole) - start, refused)
"""


def test_no_flipped_byte_of_a_footer_ends_the_process(tmp_path):
    # In a process of its own: Arrow ends it where a part that it is asked for contradicts another.
    path = tmp_path / "a.parquet"
    table = pa.table({"score": [0.5, None], "places": [[1, 2], None]})
    parquet.write_table(table, path, store_schema=False)
    command = [sys.executable, "-c", EACH_BYTE_FLIPPED, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-500:]
    num_bytes_of_footer, refused = map(int, ended.stdout.split())
    assert num_bytes_of_footer > 200 and refused > num_bytes_of_footer


def other_counts(whole, number):
    """The file with each place of its footer that has a number, in two bytes, changed by itself."""

    def varint(value):
        return bytes([2 * value & 0x7F | 0x80, 2 * value >> 7])

    start = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    places = [place for place in range(start, len(whole)) if whole.startswith(varint(number), place)]
    for place in places:
        for other in (number - 1, number + 1):
            yield whole[:place] + varint(other) + whole[place + 2 :]


def test_no_file_that_counts_its_rows_in_two_ways_loses_some(tmp_path):
    number, path = 77, tmp_path / "a.parquet"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    picture = {"bytes": (tmp_path / "a.png").read_bytes(), "path": "a.png"}
    scores = [0.5 + i / 1000 for i in range(number)]
    parquet.write_table(pa.table({"score": scores, "image": [picture] * number}), path, store_schema=False)

    def pictures():
        return list(open_source(f"table:{path}", ImportOptions(size=8)).records())

    doors = (lambda: read_table(path, {"score"}).numbers, pictures)
    assert [len(door()) for door in doors] == [number, number]
    refused = 0
    for data in other_counts(path.read_bytes(), number):
        path.write_bytes(data)
        for door in doors:
            try:
                assert len(door()) == number
            except InputError as error:
                assert str(path) in str(error)
                refused += 1
    assert refused >= 6  # of the file, of its part, of each column
