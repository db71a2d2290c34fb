"""FairFace's lists after spreadsheets and other hands, and chips of the other margin."""

import re
import shutil

import numpy as np
import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.data.sources.formats.chips import framed
from facedebias.data.sources.formats.fairface_labels import AGES, ATTRIBUTES, RACES, code_of
from facedebias.errors import InputError

CSV = """file,age,gender,race,service_test
val/1.jpg,20-29,Female,East Asian,True
val/2.jpg,3-9,Male,Black,False
val/3.jpg,10-19,Female,White,True
"""


def fairface(root, text=CSV, sides=(224, 224, 224), encoding="utf-8"):
    (root / "val").mkdir(exist_ok=True)
    for number, side in enumerate(sides, start=1):
        Image.new("L", (side, side)).save(root / f"val/{number}.jpg")
    (root / "fairface_label_val.csv").write_bytes(text.encode(encoding))
    source = open_source(f"fairface:{root}", ImportOptions(split="val"))
    return source, list(source.records())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CSV, "utf-8-sig"),
        (CSV, "utf-16"),
        (CSV.replace("\n", "\r\n"), "utf-8"),
        (CSV.replace("\n", "\r"), "utf-8"),
        (CSV.replace(",", ";"), "utf-8"),
        (CSV.replace("file,age,gender", "File, Age ,GENDER"), "utf-8"),
        (re.sub(r"(?m)^([^,]*),(.*),(\w+)$", r"\3,\2,\1", CSV), "utf-8"),
        (CSV.replace("val/", "val\\"), "utf-8"),
        (CSV + ",,,,\n\n", "utf-8"),
    ],
)
def test_lists_of_every_form(tmp_path, text, encoding):
    source, found = fairface(tmp_path, text, encoding=encoding)
    assert [AGES[record.attributes["age"]] for record in found] == ["20-29", "3-9", "10-19"]
    assert [RACES[record.attributes["race"]] for record in found] == ["East Asian", "Black", "White"]
    assert source.notes == () and found[0].load().shape == (64, 64, 3)


CHILD = [
    "3-Sep",
    "03-Sep",
    "9-Mar",
    "09-Mar",
    "Mar-09",
    "Sep-03",
    "09-Mar-2025",
    "2025-03-09",
    "2025-09-03 00:00:00",
    "9/3/25 0:00",
    "2025-09-03T00:00:00",
]
CHILD += [
    "3/9/2025",
    "03.09.",
    "9. Mrz",
    "9 mars",
    "03.Sep",
    "9. März",
    "3月9日",
    "45725",
    "3 - 9",
    "3–9",
    "March 9, 2025",
]  # noqa: RUF001
TEEN = [
    "19-Oct",
    "Oct-19",
    "19-Okt",
    "19-oct.",
    "2025-10-19",
    "Oct-2019",
    "2019-10-01",
    "10/19/2025",
    "1-Oct-19",
    "10 to 19",
]


OLD = ["70+", ">70", "70 and above"]


@pytest.mark.parametrize(("texts", "age"), [(CHILD, "3-9"), (TEEN, "10-19"), (OLD, "more than 70")])
def test_ages_that_became_dates(texts, age):
    for text in texts:
        assert code_of("age", text) == (AGES.index(age), True), text


@pytest.mark.parametrize(
    "text", ["", "25", "10-20", "03-Apr", "1-Oct", "Sep-19", "9", "3-9-10-19", "nan", "12345"]
)
def test_ages_that_nobody_can_know(text):
    assert code_of("age", text) is None


def test_spreadsheet_damage_is_counted(tmp_path):
    source, found = fairface(tmp_path, CSV.replace("3-9", "9-Mar").replace("10-19", "19-Oct"))
    assert [AGES[record.attributes["age"]] for record in found] == ["20-29", "3-9", "10-19"]
    assert source.notes == (
        "2 values of age in fairface_label_val.csv read though not written as FairFace does (a "
        "spreadsheet?): 9-Mar for 3-9, 19-Oct for 10-19.",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CSV.replace("3-9", "7"),
            r"line 3: age '7' is none of FairFace's \(0-2, 3-9, .*more than 70\). Mend or",
        ),
        (CSV.replace("Black", "Blue\x07"), r"line 3: race 'Blue\\x07' is none of FairFace's"),
        (
            CSV + "val/1.jpg,0-2,Male,White,True\n",
            "line 5: val/1.jpg was named on line 2 of fairface_label_v",
        ),
        (CSV + "./val/1.jpg,0-2,Male,White,True\n", "line 5: val/1.jpg was named on line 2"),
        (CSV + ",0-2,Male,White,True\n", "line 5: no file name"),
        (CSV + "val/4.jpg\n", "line 5: race '' is none of"),
    ],
)
def test_lines_that_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        fairface(tmp_path, text)
    assert "{" not in str(error.value)


def test_the_wide_margin_is_cut_to_the_narrow_one(tmp_path):
    # A face of side 1 in a chip of side 3.5 is 128 of 448 pixels; with a margin of 0.25 on each
    # side it is 192: from 128 to 320.
    assert framed(448, 448) == (128, 128, 320, 320) and framed(224, 224) == (0, 0, 224, 224)
    source, _ = fairface(tmp_path, sides=(448, 448, 448))
    image = Image.new("L", (448, 448))
    image.paste(255, (128, 128, 320, 320))
    image.save(tmp_path / "val/1.jpg", quality=95)
    assert next(source.records()).load()[2:-2, 2:-2].min() > 240
    assert source.notes[0].startswith(
        "3 pictures of 448x448 taken for chips with a margin of 1.25; their middle 192"
    )


def test_chips_of_two_sizes_are_refused(tmp_path):
    with pytest.raises(InputError, match="val/1.jpg is 448x448 but val/2.jpg is 224x224; expected one size"):
        fairface(tmp_path, sides=(448, 224, 224))
    source, found = fairface(tmp_path)
    Image.new("L", (448, 448)).save(tmp_path / "val/3.jpg")  # after the sizes were looked at
    with pytest.raises(ValueError, match="is 448x448 among pictures of 224x224"):
        found[2].load()
    Image.new("L", (300, 200)).save(tmp_path / "val/1.jpg")
    with pytest.raises(InputError, match="val/1.jpg is 300x200; expected square pictures of faces"):
        open_source(f"fairface:{tmp_path}", ImportOptions(split="val"))


def test_missing_and_unlisted_pictures(tmp_path):
    fairface(tmp_path)
    (tmp_path / "val/2.jpg").rename(tmp_path / "val/9.jpg")
    source = open_source(f"fairface:{tmp_path}", ImportOptions(split="val"))
    with pytest.raises(ValueError, match="no such file"):
        list(source.records())[1].load()
    assert source.notes == ("1 picture that the list does not name left out: val/9.jpg.",)
    with pytest.raises(InputError, match="label_train.csv: no such file. .* or take only --split val"):
        open_source(f"fairface:{tmp_path}", ImportOptions())
    assert np.array([r.split for r in source.records()]).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("race", "Latino/Hispanic", "Latino_Hispanic"),
        ("race", "hispanic", "Latino_Hispanic"),
        ("race", "EastAsian", "East Asian"),
        ("race", "South-East Asian", "Southeast Asian"),
        ("gender", "F", "Female"),
    ],
)
def test_other_spellings_are_read_and_said(name, text, value):
    code, is_respelled = code_of(name, text)
    assert ATTRIBUTES[name][code] == value and is_respelled


def test_names_with_a_dot_folder(tmp_path):
    source, found = fairface(tmp_path, CSV.replace("val/", "./val/"))
    assert [record.path for record in found] == ["val/1.jpg", "val/2.jpg", "val/3.jpg"]
    assert source.notes == ()


def test_a_picture_in_both_lists_is_refused(tmp_path):
    fairface(tmp_path)
    (tmp_path / "fairface_label_train.csv").write_text(CSV)
    with pytest.raises(InputError, match="val.csv, line 2: val/1.jpg was named on line 2 of fairface_label"):
        open_source(f"fairface:{tmp_path}", ImportOptions())


def test_pictures_in_a_folder_beside_the_lists(tmp_path):
    fairface(tmp_path)
    home = tmp_path / "fairface-img-margin025-trainval"
    home.mkdir()
    (tmp_path / "val").rename(home / "val")
    source = open_source(f"fairface:{tmp_path}", ImportOptions(split="val"))
    assert next(source.records()).load().shape == (64, 64, 3)
    assert source.notes == ("pictures are read from the folder fairface-img-margin025-trainval.",)
    shutil.copytree(home, tmp_path / "fairface-img-margin125-trainval")
    with pytest.raises(InputError, match="lie in fairface-img-margin025-trainval, fairface-img-margin125"):
        open_source(f"fairface:{tmp_path}", ImportOptions(split="val"))


def test_lists_that_name_nothing_that_is_there(tmp_path):
    with pytest.raises(InputError, match="names fairface/val/1.jpg, but neither this nor any other picture"):
        fairface(tmp_path, CSV.replace("val/", "fairface/val/"))


def test_chips_of_an_unknown_margin_are_noted(tmp_path):
    source, _ = fairface(tmp_path, sides=(300, 300, 300))
    assert source.notes == (
        "3 pictures of 300x300 taken whole, as with a margin of 0.25. FairFace publishes 224x224 (margin "
        "0.25) and 448x448 (margin 1.25): with another margin the framing is another.",
    )
