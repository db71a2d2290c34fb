"""Compressed bytes of every kind, whole, cut off and far larger than they look."""

import bz2
import gzip
import io
import lzma

import pyarrow as pa
import pytest
from pyarrow import parquet

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError
from facedebias.reading import unpacking
from facedebias.reading.unpacking import check_cells, check_lines, unpacked


def with_arrow(kind):
    return lambda data: pa.compress(data, codec=kind, asbytes=True)


def framed_lz4(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "lz4") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


KINDS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": with_arrow("zstd"),
    "lz4": framed_lz4,
}


@pytest.mark.parametrize("kind", KINDS)
def test_content_and_damage(kind):
    text = b"label,score\n1,0.5\n" * 50
    packed = KINDS[kind](text)
    assert unpacked(packed, "a") == text
    with pytest.raises(InputError, match="a: compressed, but cannot be unpacked; it may be cut off. Copy"):
        unpacked(packed[: len(packed) // 2], "a")


def test_several_parts_one_after_the_other():
    for pack in (gzip.compress, bz2.compress, lzma.compress):
        assert unpacked(pack(b"one") + pack(b"two"), "a") == b"onetwo"


@pytest.mark.parametrize("kind", KINDS)
def test_what_unpacks_to_far_more_is_refused(kind, monkeypatch):
    monkeypatch.setattr(unpacking, "_SMALL", 1000)
    packed = KINDS[kind](bytes(10_000_000))
    with pytest.raises(InputError, match="bytes unpack to over .* unpack the file and give what is in it"):
        unpacked(packed, "a")


def test_other_bytes_stay():
    assert unpacked(b"label,score\n", "a") == b"label,score\n"


def test_a_few_bytes_cannot_hold_many_cells(tmp_path, monkeypatch):
    check_cells(20_000_000, 1, "a")
    check_cells(200_000_000, 1_000_000, "a")
    with pytest.raises(InputError, match="a: 999,999 bytes hold 200,000,000 cells, so that hardly any"):
        check_cells(200_000_000, 999_999, "a")
    rows = pa.table({"label": [1] * 100_000, "score": [0.5] * 100_000})
    parquet.write_table(rows, tmp_path / "a.parquet")
    assert len(read_table(tmp_path / "a.parquet", {"score"}).numbers) == 100_000
    monkeypatch.setattr(unpacking, "_MOST_CELLS", 1000)
    monkeypatch.setattr(unpacking, "MOST_RATIO", 1)
    for read in (
        lambda: read_table(tmp_path / "a.parquet", {"score"}),
        lambda: open_source(f"table:{tmp_path / 'a.parquet'}", ImportOptions()),
    ):
        with pytest.raises(InputError, match="hold 200,000 cells"):
            read()


def test_many_streams_are_read_in_pieces(monkeypatch):
    # What follows a stream is copied; given all at once, n streams would be copied n times.
    given = []

    class Watched:
        def __init__(self, *arguments):
            self._own = Real(*arguments)

        def decompress(self, data, most):
            given.append(len(data))
            return self._own.decompress(data, most)

        def __getattr__(self, name):
            return getattr(self._own, name)

    Real = lzma.LZMADecompressor
    monkeypatch.setattr(lzma, "LZMADecompressor", Watched)
    monkeypatch.setattr(io, "DEFAULT_BUFFER_SIZE", 100)
    packed = lzma.compress(b"") * 300 + lzma.compress(b"one") + bytes(1000) + lzma.compress(b"two") + bytes(8)
    assert unpacked(packed, "a") == b"onetwo"
    assert max(given) <= 100
    with pytest.raises(InputError, match="cannot be unpacked; it may be cut off"):
        unpacked(packed[:-20], "a")


def test_a_line_of_a_million_cells_is_refused():
    row = "," * 999_999
    check_lines(f"{row}\n{row}\r\n", "a")
    check_lines(b"a\r" * 600_000, "a")  # as old programs end lines
    with pytest.raises(InputError, match=r"a, line 2: has over 1,000,000 characters"):
        check_lines(f"{row}\n{row},,\n", "a")
    with pytest.raises(InputError, match=r"a, line 1: has over"):
        check_lines(bytes(2_000_000), "a")


def test_rows_of_an_arrow_file_are_counted_before_all_columns_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_CELLS", 1000)
    monkeypatch.setattr(unpacking, "MOST_RATIO", 1)
    table = pa.table({name: [0] * 500_000 for name in "abcdefgh"})
    for opened in (pa.ipc.new_file, pa.ipc.new_stream):
        path = tmp_path / "a.arrow"
        with opened(path, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            writer.write_table(table)
        before = pa.total_allocated_bytes()
        with pytest.raises(InputError, match=r"bytes hold [\d,]+ cells"):
            read_table(path, {"score"})
        assert pa.total_allocated_bytes() == before
