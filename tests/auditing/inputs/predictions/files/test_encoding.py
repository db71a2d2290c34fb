"""One table is read the same in every encoding, with every separator, compressed or not."""

import bz2
import gzip
import lzma

import pyarrow as pa
import pytest

from tests.auditing.inputs.predictions.files.one_table import CELLS, TEXT, cells, read

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
