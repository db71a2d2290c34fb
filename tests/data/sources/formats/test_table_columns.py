"""Which columns of a table are attributes, people or neither."""

import pytest

from facedebias.data.sources.formats.table_columns import coded
from facedebias.errors import InputError
from tests.data.sources.formats.small_tables import pictures, records, table, values


def test_columns_that_are_no_attributes(tmp_path):
    names = [f"{number}.png" for number in range(130)]
    pictures(tmp_path, names)
    lines = [f"{name},{number},{number / 3},n{number},{number % 3}" for number, name in enumerate(names)]
    (tmp_path / "t.csv").write_text("file,count,share,note,kind\n" + "\n".join(lines))
    source, _ = records(tmp_path / "t.csv")
    assert source.attributes == {"kind": ("0", "1", "2")}
    assert source.notes == (
        "column 'count' left out: it has 130 values, more than 127.",
        "column 'share' left out: it holds fractions.",
        "column 'note' left out: it differs in every row.",
    )


def test_missing_marks_are_counted(tmp_path):
    pictures(tmp_path, ["a.png", "b.png", "c.png"])
    (tmp_path / "t.csv").write_text("file,skin\na.png,NaN\nb.png,dark\nc.png,None\n")
    source, found = records(tmp_path / "t.csv")
    assert values(source, found, "skin") == [None, "dark", None]
    assert source.notes == ("2 values of skin taken for unknown: 'NaN', 'None'.",)


@pytest.mark.parametrize("text", ["a.png,A\nb.png,B\n", "A;a.png\nB;b.png\n"])
def test_a_table_without_names_of_columns_is_refused(tmp_path, text):
    # Its first picture would be taken for a name.
    with pytest.raises(InputError, match="its first line names a picture, a.png; expected names of columns"):
        records(table(tmp_path, text))


def test_row_numbers_are_no_attribute(tmp_path):
    source, _ = records(table(tmp_path, "Unnamed: 0,path,g,\n0,a.png,A,\n1,b.png,B,\n"))
    assert list(source.attributes) == ["g"]
    assert source.notes == ("column 'Unnamed: 0' left out: it has no name.",)


def test_people_by_a_title_with_spaces(tmp_path):
    _, found = records(table(tmp_path, "path,Subject ID\na.png,x\nb.png,y\n"))
    assert [record.identity for record in found] == [0, 1]


def test_columns_that_tell_faces_from_others_are_refused(tmp_path):
    with pytest.raises(InputError, match="column is_face: tells faces from non-faces, but here a flag does"):
        records(table(tmp_path, "path,is_face\na.png,1\nb.png,0\n"))


def coded_values(*cells, names=None):
    return coded(cells, names, "x").values


def test_ages_with_underscores_are_no_other_numbers():
    # Python takes 10_19 for 1019.
    assert coded_values("0_2", "10_19", "3_9", "0_2") == ("0_2", "10_19", "3_9")
    assert coded_values("1_0", "10", "10") == ("10", "1_0")


def test_codes_of_many_digits_stay_what_they_are():
    codes = ("10000000000000001", "10000000000000002")
    assert coded_values(*codes, *codes) == codes
    assert coded_values("1.0", "01", "1e1", "-0") == ("0", "1", "10")
    assert coded(["0.99999999999999999999", "1"], None, "x") == "it holds fractions"
    assert coded_values("1e-99999999999999999999", "1", "1") == ("1", "1e-99999999999999999999")


def test_names_of_classes_by_whole_numbers_alone():
    assert coded_values("1.0", "0", names=["a", "b"]) == ("a", "b")
    for cell in ("0.5", "2", "1e300"):
        with pytest.raises(InputError, match="is none of its 2 classes"):
            coded([cell], ["a", "b"], "x")
