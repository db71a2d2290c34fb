"""Lists of which a line is not understood: refused by the line, before a picture is decoded."""

import pytest

from facedebias.data.portraits import METADATA, read_portraits
from facedebias.errors import InputError
from tests.data.sources.formats.celeba_copies import CSV, NAMES, TXT, opened, pictures
from tests.data.sources.formats.small_tables import records, table
from tests.data.sources.formats.test_fairface_copies import CSV as FAIRFACE
from tests.data.sources.formats.test_fairface_copies import fairface
from tests.portraits import HEADER, write_portraits

PEOPLE = "".join(f"{name}.jpg {number}\n" for number, name in enumerate(NAMES))
ATTRIBUTES, IDENTITIES = "list_attr_celeba.txt", "identity_CelebA.txt"
LONG = "x" * 140_000


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        *(
            (ATTRIBUTES, CSV.replace("-1,1", f"{cell},1", 1), "line 5: Male is")
            for cell in ("1e0", "1_0", "٣")
        ),
        (ATTRIBUTES, CSV.replace("-1,1", f"{LONG},1"), "line 5: a cell of over 131,072 characters"),
        (
            ATTRIBUTES,
            TXT.replace("000002.jpg -1", f"000002.jpg {LONG}"),
            "line 4: Male is 'x{80}...'; expected",
        ),
        (ATTRIBUTES, CSV.replace("000002.jpg", '"000002.jpg'), "line 3: unexpected end of data"),
        (ATTRIBUTES, CSV.replace("Male", "Male/Female"), "its column Male/Female has a slash"),
        *(
            (
                IDENTITIES,
                PEOPLE.replace("jpg 2", f"jpg {cell}"),
                "line 3: '000003.jpg .*expected a file name and",
            )
            for cell in ("2147483648", "9" * 5000, "1e5", "1_0", "-1", "nan", "٣", "2.5")
        ),
    ],
)
def test_celeba(tmp_path, name, text, message):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=f"{name}(, |: ){message}") as caught:
        opened(tmp_path)
    assert len(str(caught.value)) < 500


def test_celebas_lists_that_are_no_text(tmp_path):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / IDENTITIES).write_bytes(PEOPLE.replace("jpg 2", "jpg \u00e9").encode("latin-1"))
    with pytest.raises(InputError, match=f"{IDENTITIES}, line 3: is not UTF-8 text"):
        opened(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_loses_no_row(tmp_path, encoding):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / IDENTITIES).write_bytes(PEOPLE.encode(encoding))
    (tmp_path / ATTRIBUTES).write_bytes(TXT.encode(encoding))
    found = opened(tmp_path)[1]
    assert [record.identity for record in found] == [0, 1, 2, 3]
    assert [record.attributes["Male"] for record in found] == [1, 0, 1, 0]


def test_a_list_that_was_cut_off_is_noted(tmp_path):
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / ATTRIBUTES).write_text(TXT.rpartition("000004")[0])
    assert any(
        f"{ATTRIBUTES} says that it has 4 pictures, but has 3; it may be cut off." in note
        for note in opened(tmp_path)[0].notes
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FAIRFACE.replace("True\n", "True,more\n", 1), "line 2: 6 values for 5 columns"),
        (FAIRFACE.replace("val/2", "../2"), r"line 3: '\.\./2\.jpg' leads out of the folder"),
        (FAIRFACE.replace("val/2.jpg", "/etc/passwd"), "line 3: '/etc/passwd' leads out of the folder"),
        (FAIRFACE.replace("3-9", "9" * 5000), "line 3: age '9{80}' is none of FairFace's"),
        (FAIRFACE.replace("3-9", "9" * 140_000), "line 3: a cell of over 131,072 characters"),
        (FAIRFACE.replace("3-9", "\u00b210-9"), "line 3: age '\u00b210-9' is none of FairFace's"),
        (FAIRFACE.replace("gender,race", "gender,gender"), "two columns are called 'gender'"),
    ],
)
def test_fairface(tmp_path, text, message):
    with pytest.raises(InputError, match=f"fairface_label_val.csv(, |: ){message}"):
        fairface(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filename,gender,gender\np0.png,Male,Male\n", "two columns are called 'gender'"),
        ("filename,gender\n../p0.png,Male\n", "line 2: '../p0.png' leads out of imgs/"),
        (f"filename,gender\np0.png,{LONG}\n", "line 2: a cell of over 131,072 characters"),
        ('filename,gender\np0.png,"Male\n', "line 2: unexpected end of data"),
        (f"filename,gender\n{LONG[:9000]}.png,Male\n", "names 1 of 1 pictures that are not in"),
    ],
)
def test_portraits(tmp_path, text, message):
    folder = write_portraits(tmp_path / "ppb")
    (folder / METADATA).write_text(text)
    with pytest.raises(InputError, match=message):
        read_portraits(folder)


def test_portraits_in_utf_16(tmp_path):
    folder = write_portraits(tmp_path / "ppb")
    (folder / METADATA).write_bytes(f"{HEADER}\r\n0,p0.png,Female,1,lighter,Iceland\r\n".encode("utf-16"))
    assert read_portraits(folder).columns["country"] == ["Iceland"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("t.csv", "path,split,Split\na.png,train,test\n", "its columns split, Split could be one"),
        ("t.csv", "path,g\na.png,\0\n", "line 2: holds a zero byte"),
        ("t.jsonl", '{"path": "a.png", "g": ' + "[" * 5000 + "\n", "line 1: is no JSON object"),
        ("t.jsonl", '{"path": "a.png", "g": ' + "9" * 5000 + "}\n", "line 1: is no JSON object"),
    ],
)
def test_tables(tmp_path, file, text, message):
    with pytest.raises(InputError, match=message):
        records(table(tmp_path, text, file=file))
