"""Text that is none, or more than it looks."""

import codecs

import pytest

from facedebias.data.sources.formats.text_table import decoded, rows
from facedebias.errors import InputError

TEXT = "a,b\n1,é\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_mark_is_taken_off(encoding):
    assert decoded(TEXT.encode(encoding), "t.csv") == TEXT


def test_marks_within_where_files_were_joined():
    part = codecs.BOM_UTF8 + TEXT.encode()
    assert decoded(part + part, "t.csv") == TEXT + TEXT
    assert decoded(codecs.BOM_UTF8 + part, "t.csv") == TEXT


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n3,\xe9\n", "t.csv, line 3: is not UTF-8 text. Save"),
        (b"a,b\r1,2\r\n3,\xe9\r\n", "t.csv, line 3: is not UTF-8 text"),
        (b"\xff", "t.csv, line 1: is not UTF-8 text"),
        ("é".encode("utf-16")[:-1], "line 1: is not UTF-16 text"),
        (TEXT.encode("utf-16-le"), "is not UTF-8 text|line 1: holds a zero byte"),
        (b"a,b\n1,\0\n", "t.csv, line 2: holds a zero byte, so it is no text"),
    ],
)
def test_other_bytes_are_refused_by_line(content, message):
    with pytest.raises(InputError, match=message):
        decoded(content, "t.csv")


def test_rows_know_their_lines():
    assert list(rows('a,b\n\n"1\n2",3\n4,5\n', "t.csv", start=2)) == [
        (2, ["a", "b"]),
        (5, ["1\n2", "3"]),
        (6, ["4", "5"]),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n" + "x" * 131_073 + ",3\n", "line 3: a cell of over 131,072 characters"),
        ('a,b\n1,2\n3,"4\n5,6\n', "line 3: unexpected end of data. Mend the quotes"),
        ('a,b\n"1"2,3\n', "line 2: .* Mend the quotes"),
    ],
)
def test_cells_that_never_end_are_refused_by_line(text, message):
    with pytest.raises(InputError, match=f"t.csv, {message}"):
        list(rows(text, "t.csv"))
