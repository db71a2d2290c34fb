"""What cannot be read says how to write it."""

import gzip

import pyarrow as pa
import pytest

from facedebias.errors import InputError
from tests.auditing.inputs.predictions.files.one_table import TEXT, read, zipped


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds nothing"),
        (b" \n\n", "holds nothing"),
        (b"score,label,g\n1,1,a\n1,1,\xe9\n", r"line 3: not UTF-8; save it as such.*iconv"),
        (TEXT.encode("utf-16")[:-1], r"damaged UTF-16; save it as UTF-8"),
        (b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'}", r"not text; expected CSV, JSON lines or parquet"),
        (
            gzip.compress(TEXT.encode() * 50, mtime=0)[:-12],
            r"compressed, but cannot be unpacked; it may be cut off",
        ),
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
