"""CSV for spreadsheets: a name is never a formula, and names stay different."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias import spreadsheet
from facedebias.text import visible

BEGINS = tuple("=+-@\t\r\n＝＋－＠")
# What formulas, separators and quotes are made of, and what would hide them.
HOSTILE = st.text(alphabet="=+-@'\";,| \t\r\n\x00\x1b\u202e\u200b＝＋－＠a1A!\\", max_size=12)


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd|x", "'-2+3+cmd|x"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", r"\t=1"),  # what shows is a backslash
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a;=1;b", "a;'=1;b"),  # where semicolons separate cells
        ('";=1', "\";'=1"),
        ('";"=1', '";\'"=1'),
        ("'=1", "''=1"),  # so that it stays different from "=1"
        ("-5", "-5"),  # numbers are none
        ("+4.5e-3", "+4.5e-3"),
        ("-", "'-"),
        ("a=b", "a=b"),
        ("dark, male", "dark, male"),
    ],
)
def test_cells(name, cell):
    assert spreadsheet.cell(name) == cell


@given(HOSTILE)
def test_no_cell_begins_a_formula_whatever_separates_cells(name):
    (line,) = spreadsheet.as_csv([["x", name, "y"]]).splitlines()
    assert next(csv.reader([line]))[1] == spreadsheet.cell(name)
    for separator in ",;\t":
        for cell in next(csv.reader([line], delimiter=separator)):
            text = cell.strip().lstrip('"')
            assert not text.startswith(BEGINS) or is_number(text)


@given(HOSTILE, HOSTILE)
def test_different_names_stay_different(one, other):
    assert (spreadsheet.cell(one) == spreadsheet.cell(other)) == (visible(one) == visible(other))


def test_numbers_and_nothing_stay_as_they_are():
    text = spreadsheet.as_csv([["n", "share"], [3, -0.25], ["", 1e-9]])
    assert list(csv.reader(io.StringIO(text))) == [["n", "share"], ["3", "-0.25"], ["", "1e-09"]]
