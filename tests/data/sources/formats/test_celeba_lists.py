"""CelebA's lists as Kaggle, spreadsheets and other hands write them."""

import re

import pytest

from facedebias.errors import InputError
from tests.data.sources.formats.celeba_copies import CSV, PARTS_CSV, TXT, check, opened, pictures


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_kaggles_lists(tmp_path, mark, line_end):
    pictures(tmp_path / "img_align_celeba")
    for name, text in (("list_attr_celeba", CSV), ("list_eval_partition", PARTS_CSV)):
        (tmp_path / f"{name}.csv").write_bytes((mark + text).replace("\n", line_end).encode())
    source = check(tmp_path)
    assert source.notes == ("no identity_CelebA (.txt or .csv) was found: all people are unknown.",)
    assert len(opened(tmp_path, split="train")[1]) == 2


def with_list(tmp_path, text, name="list_attr_celeba.txt"):
    if not (tmp_path / "img_align_celeba").exists():
        pictures(tmp_path / "img_align_celeba")
    (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        TXT.replace(" 1", " +1"),
        re.sub(r"(-?1)(?=[ \n])", r"\1.0", TXT.partition("\n")[2]),
        CSV.replace(",", ";"),
        CSV.replace(",", "\t"),
        CSV.replace(".jpg", ""),
        CSV.replace("00000", "").replace(".jpg", ""),  # a spreadsheet took the names for numbers
        CSV.replace("00000", "img_align_celeba/00000"),
        "\n".join(f"{'' if i == 0 else i - 1},{line}" for i, line in enumerate(CSV.splitlines())),
        CSV.replace("-1", "False").replace("1\n", "True\n").replace(",1", ",True"),
    ],
)
def test_lists_written_otherwise(tmp_path, text):
    check(with_list(tmp_path, text), is_split=False)


def test_zeros_are_no_and_said_or_refused(tmp_path):
    source = check(with_list(tmp_path, CSV.replace("-1", "0")), is_split=False)
    assert any("has values 0 and 1; 0 was read as no" in note for note in source.notes)
    with pytest.raises(
        InputError, match="list_attr_celeba.txt, lines 2 and 5: values -1 and 0; expected 1 and"
    ):
        opened(with_list(tmp_path, CSV.replace("000004.jpg,-1", "000004.jpg,0")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TXT.replace("000002.jpg -1", "000002.jpg  2"), "txt, line 4: Male is '2'; expected 1 or -1. Mend"),
        (CSV.replace("000003.jpg,1", "000003.jpg,"), "txt, line 4: Male is ''; expected 1 or -1"),
        (CSV.replace("Young", "Male"), "two columns are called Male"),
        (CSV + "000001.jpg,-1,-1\n", "txt, line 6: 000001.jpg comes twice and differs"),
        (CSV.replace("0000", "1000"), "none of its 4 lines names a picture .*'100001.jpg'.* Give the list"),
        ("", "names no attributes"),
    ],
)
def test_lists_that_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        opened(with_list(tmp_path, text))


@pytest.mark.parametrize(
    "name", ["list_attr_celeba (1).csv", "list_attr_celeba.xlsx", "list_attr_celeba.csv.zip", "list_attr.txt"]
)
def test_a_list_that_would_lie_unused_is_an_error(tmp_path, name):
    with pytest.raises(
        InputError, match="looks like one of CelebA's lists but cannot be read under this name"
    ):
        opened(with_list(tmp_path, CSV, name))


def test_two_lists_must_agree(tmp_path):
    with_list(tmp_path, TXT)
    check(with_list(tmp_path, CSV, "list_attr_celeba.csv"), is_split=False)
    with pytest.raises(InputError, match="list_attr_celeba.csv and .*list_attr_celeba.txt differ on these"):
        opened(with_list(tmp_path, CSV.replace("000001.jpg,1", "000001.jpg,-1"), "list_attr_celeba.csv"))


def test_what_lists_and_pictures_lack_is_counted(tmp_path):
    text = CSV.replace("000004.jpg,-1,1\n", "000009.jpg,1,1\n")
    source, found = opened(with_list(tmp_path, text, "list_attr_celeba.csv"))
    assert found[3].attributes == {}
    where = tmp_path / "list_attr_celeba.csv"
    assert f"{where} does not name 1 picture, whose attributes are unknown: 000004.jpg." in source.notes
    assert f"1 line of {where} names a picture that is not there." in source.notes


@pytest.mark.parametrize(
    ("text", "is_good"),
    [(PARTS_CSV, True), (PARTS_CSV.replace(",2", ",test"), True), (PARTS_CSV.replace(",2", ",3"), False)],
)
def test_partition(tmp_path, text, is_good):
    with_list(tmp_path, text, "list_eval_partition.csv")
    if is_good:
        assert [record.split for record in opened(tmp_path)[1]] == [0, 0, 1, 2]
    else:
        with pytest.raises(
            InputError, match="list_eval_partition.csv, line 5: '000004.jpg 3'; expected a file"
        ):
            opened(tmp_path)


@pytest.mark.parametrize("head", ["imageId", "Image ID", "FILE_NAME"])
def test_columns_of_names_by_their_letters(tmp_path, head):
    pictures(tmp_path / "img_align_celeba")
    rows = [line.split(",") for line in CSV.replace("image_id", head).splitlines()]
    text = "\n".join(f"{a},{b},{name}" for name, a, b in rows)
    (tmp_path / "list_attr_celeba.csv").write_text(text)
    check(tmp_path, is_split=False)


def test_attributes_as_yes_and_no(tmp_path):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / "list_attr_celeba.csv").write_text(CSV.replace(",-1", ",no").replace(",1", ",Yes"))
    check(tmp_path, is_split=False)


def test_a_column_that_is_no_attribute(tmp_path):
    pictures(tmp_path / "img_align_celeba")
    text = CSV.replace("\n", ",2\n").replace("Young,2", "Young,partition")
    (tmp_path / "list_attr_celeba.csv").write_text(text)
    with pytest.raises(InputError, match="line 2: partition is '2'; .* or the column if it is no attribute"):
        opened(tmp_path)


def test_an_unknown_part_says_which_are_known(tmp_path):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / "list_eval_partition.csv").write_text(PARTS_CSV.replace(",2", ",holdout"))
    with pytest.raises(
        InputError, match=r"holdout'; expected a file name and 0, 1 or 2 \(or train, val or te"
    ):
        opened(tmp_path)


def test_a_list_of_other_pictures_shows_a_picture_by_its_name(tmp_path):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / "list_attr_celeba.csv").write_text(CSV.replace("0000", "9999"))
    with pytest.raises(InputError, match=r"it names '999901.jpg', a picture is 000001.jpg"):
        opened(tmp_path)
