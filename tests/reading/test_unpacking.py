"""Compressed bytes of every kind, whole, cut off and far larger than they look."""

import bz2
import gzip
import lzma

import pyarrow as pa
import pytest

from facedebias.errors import InputError
from facedebias.reading import unpacking
from facedebias.reading.unpacking import unpacked


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
