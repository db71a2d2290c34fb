"""PPB-2017's layout, and what may be wrong with a copy of it."""

import pytest

from facedebias.data.portraits import METADATA, read_portraits
from facedebias.errors import InputError
from tests.portraits import HEADER, PEOPLE, write_portraits


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_every_line_end_is_read(tmp_path, end):
    portraits = read_portraits(write_portraits(tmp_path / "ppb", end=end))
    assert [path.name for path in portraits.pictures] == [f"p{i}.png" for i in range(12)]
    assert list(portraits.columns) == ["gender", "fitzpatrick skin type category", "bi.fitz", "country"]
    name, gender = portraits.attribute("gender")
    assert (name, gender.values) == ("gender", ("Female", "Male"))
    assert gender.codes.tolist() == [0, 1, 0, 1] * 3


def test_a_column_may_be_named_by_its_beginning(tmp_path):
    portraits = read_portraits(write_portraits(tmp_path / "ppb"))
    name, types = portraits.attribute("fitzpatrick")
    assert name == "fitzpatrick skin type category"
    assert types.values == ("1", "2", "5", "6")
    with pytest.raises(
        InputError, match="no column 'race'; its attributes are gender, fitzpatrick.*--groups"
    ):
        portraits.attribute("race")
    with pytest.raises(InputError, match="several columns begin with ''"):
        portraits.attribute("")


def test_unknown_values_are_in_no_group(tmp_path):
    people = [(250, "Female", "", "lighter", "Iceland"), *PEOPLE[1:]]
    portraits = read_portraits(write_portraits(tmp_path / "ppb", people))
    assert portraits.attribute("fitzpatrick")[1].codes[0] == -1


def change(folder, text):
    (folder / METADATA).write_bytes(text)
    return folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "first line names nothing; expected a column 'filename'"),
        (b"a,b\r1,2", "first line names a, b; expected a column 'filename'"),
        (HEADER.encode(), "no line after the first; expected one for each portrait"),
        (b"filename,gender\rp0.png,Male,x", "line 2: 3 fields for 2 columns"),
        (
            b"filename,gender\rp0.png,Male\rno.png,Male",
            r"names 1 of 2 pictures that are not in .*imgs: no.png",
        ),
        (b"filename,gender\rp0.png,Male\rp0.png,Male", "names p0.png several times"),
        (b"filename,gender\rp\xff.png,Male", "is not UTF-8 text"),
    ],
)
def test_a_bad_copy_is_described(tmp_path, text, message):
    folder = write_portraits(tmp_path / "ppb")
    with pytest.raises(InputError, match=message):
        read_portraits(change(folder, text))


def test_other_places_are_refused(tmp_path):
    with pytest.raises(InputError, match=f"no {METADATA} in it; expected PPB-2017's layout.*--windows"):
        read_portraits(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder; expected PPB-2017's layout"):
        read_portraits(tmp_path / "file")
