"""CelebA as it lies on people's disks: Kaggle's lists, zip files, PNG, damaged copies."""

import io
import re
import zipfile

import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError

NAMES = [f"{number:06}" for number in range(1, 5)]
ATTRIBUTES = ("Male", "Young")
VALUES = {"000001": (1, -1), "000002": (-1, -1), "000003": (1, 1), "000004": (-1, 1)}
TXT = "4\nMale Young \n" + "".join(f"{name}.jpg {a:2} {b:2}\n" for name, (a, b) in VALUES.items())
CSV = "image_id,Male,Young\n" + "".join(f"{name}.jpg,{a},{b}\n" for name, (a, b) in VALUES.items())
PARTS_CSV = "image_id,partition\n" + "".join(
    f"{n}.jpg,{p}\n" for n, p in zip(NAMES, (0, 0, 1, 2), strict=True)
)


def encoded(kind="JPEG"):
    buffer = io.BytesIO()
    Image.new("RGB", (178, 218)).save(buffer, kind)
    return buffer.getvalue()


def pictures(folder, suffix=".jpg"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (folder / f"{name}{suffix}").write_bytes(encoded("PNG" if suffix == ".png" else "JPEG"))
    return folder


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def opened(location, **options):
    source = open_source(f"celeba:{location}", ImportOptions(**options))
    return source, list(source.records())


def check(location, is_split=True):
    """Everything is known, and every picture decodes."""
    source, found = opened(location)
    assert source.attributes == dict.fromkeys(ATTRIBUTES, ("no", "yes"))
    assert [tuple(r.attributes.values()) for r in found] == [(1, 0), (0, 0), (1, 1), (0, 1)]
    if is_split:
        assert [record.split for record in found] == [0, 0, 1, 2]
    assert all(record.load().shape == (64, 64, 3) for record in found)
    return source


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_kaggles_lists(tmp_path, mark, line_end):
    pictures(tmp_path / "img_align_celeba")
    for name, text in (("list_attr_celeba", CSV), ("list_eval_partition", PARTS_CSV)):
        (tmp_path / f"{name}.csv").write_bytes((mark + text).replace("\n", line_end).encode())
    source = check(tmp_path)
    assert source.notes == ("no identity_CelebA (.txt or .csv) was found: all people are unknown.",)
    assert len(opened(tmp_path, split="train")[1]) == 2


@pytest.mark.parametrize("inner", ["img_align_celeba/img_align_celeba/", "img_align_celeba/", ""])
def test_kaggles_zip_file_with_the_lists_in_it(tmp_path, inner):
    members = {f"{inner}{name}.jpg": encoded() for name in NAMES}
    lists = {
        "list_attr_celeba.csv": CSV,
        "list_eval_partition.csv": PARTS_CSV,
        "list_bbox_celeba.csv": "x,y\n",
    }
    path = zipped(tmp_path / "archive.zip", members | lists)
    check(path)
    check(tmp_path)  # the folder that holds it


def test_lists_beside_a_zip_file_of_another_name(tmp_path):
    path = zipped(tmp_path / "faces.zip", {f"{name}.jpg": encoded() for name in NAMES})
    (tmp_path / "list_attr_celeba.txt").write_text(TXT)
    check(path, is_split=False)


def test_what_macos_adds_is_no_picture(tmp_path):
    members = {f"img_align_celeba/{name}.jpg": encoded() for name in NAMES}
    members |= {f"__MACOSX/img_align_celeba/._{name}.jpg": b"Mac OS X" for name in NAMES}
    zipped(tmp_path / "img_align_celeba.zip", members)
    (tmp_path / "list_attr_celeba.txt").write_text(TXT)
    check(tmp_path, is_split=False)


def test_a_folder_in_the_folder(tmp_path):
    pictures(tmp_path / "img_align_celeba/img_align_celeba")
    (tmp_path / "list_attr_celeba.txt").write_text(TXT)
    check(tmp_path, is_split=False)


@pytest.mark.parametrize("folder", ["img_align_celeba", "img_align_celeba_png", "Img/img_align_celeba_png"])
def test_png(tmp_path, folder):
    # The lists say 000001.jpg of the PNG release too.
    pictures(tmp_path / folder, ".png")
    (tmp_path / "list_attr_celeba.txt").write_text(TXT)
    check(tmp_path, is_split=False)


def test_the_folder_of_pictures_itself_and_lists_beside_it(tmp_path):
    place = pictures(tmp_path / "celeba/Img/img_align_celeba")
    (tmp_path / "celeba/Anno").mkdir()
    (tmp_path / "celeba/Anno/list_attr_celeba.txt").write_text(TXT)
    check(tmp_path / "celeba", is_split=False)
    check(place, is_split=False)  # the lists lie two folders up, in Anno/
    (tmp_path / "celeba/Img/list_attr_celeba.txt").write_text(TXT)
    check(place, is_split=False)


def test_the_outer_of_two_folders_of_pictures(tmp_path):
    pictures(tmp_path / "img_align_celeba/img_align_celeba")
    (tmp_path / "list_attr_celeba.csv").write_text(CSV)
    check(tmp_path / "img_align_celeba", is_split=False)


def test_a_zip_file_made_on_windows(tmp_path):
    path = zipped(tmp_path / "faces.zip", {f"img_align_celeba\\{name}.jpg": encoded() for name in NAMES})
    (tmp_path / "list_attr_celeba.txt").write_text(TXT)
    check(path, is_split=False)


def test_archives_that_are_not_read_name_the_way_out(tmp_path):
    (tmp_path / "img_align_celeba_png.7z.001").write_bytes(b"7z")
    with pytest.raises(InputError, match="png.7z.001: is an archive of a kind that is not read .* Unpack it"):
        opened(tmp_path)
    with pytest.raises(InputError, match="an archive of a kind that is not read here; expected a zip file"):
        opened(tmp_path / "img_align_celeba_png.7z.001")
    path = zipped(tmp_path / "archive.zip", {"x/img_align_celeba.zip": b"PK"})
    with pytest.raises(InputError, match="holds no pictures but x/img_align_celeba.zip. Unpack it"):
        opened(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_pictures_of_one_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a/1.jpg", encoded())
        archive.writestr("a/1.jpg", encoded())
    with pytest.raises(InputError, match="a/1.jpg and a/1.jpg have one name"):
        opened(tmp_path / "twice.zip")
    members = {f"{folder}/000001.jpg": encoded() for folder in ("a", "b")}
    path = zipped(tmp_path / "archive.zip", members)
    with pytest.raises(InputError, match="a/000001.jpg and b/000001.jpg have one name"):
        opened(path)
    pictures(tmp_path / "img_align_celeba")
    (tmp_path / "img_align_celeba/1.jpg").write_bytes(encoded())
    with pytest.raises(InputError, match="000001.jpg and 1.jpg have one name"):
        opened(tmp_path)


# Lists ----------------------------------------------------------------------------------------


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


# Others -------------------------------------------------------------------------------------------


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


def test_what_else_is_in_a_zip_file_is_noted(tmp_path):
    members = {f"{name}.jpg": encoded() for name in NAMES} | {"list_attr_celeba.txt": TXT}
    source = check(
        zipped(tmp_path / "a.zip", members | {"readme.pdf": "x", "list_bbox_celeba.txt": "x"}), False
    )
    assert source.notes[0] == "1 file is no picture and was left out: readme.pdf."


def test_a_folder_beside_the_zip_file_is_noted(tmp_path):
    zipped(tmp_path / "img_align_celeba.zip", {f"{name}.jpg": encoded() for name in NAMES})
    pictures(tmp_path / "img_align_celeba")
    notes = opened(tmp_path)[0].notes
    assert "img_align_celeba.zip was read; img_align_celeba beside it was not." in notes


def test_places_of_other_names(tmp_path):
    pictures(tmp_path / "images")
    (tmp_path / "list_attr_celeba.txt").write_text(TXT)
    with pytest.raises(InputError, match="If images holds them, give celeba:.*/images. Get it"):
        opened(tmp_path)
    check(tmp_path / "images", is_split=False)
    with pytest.raises(InputError, match="000001.jpg: is neither a folder nor a zip file"):
        opened(tmp_path / "images/000001.jpg")


def test_other_sets_of_celebas_faces_are_refused_at_once(tmp_path):
    for number in range(3):
        Image.new("L", (1024, 1024)).save(tmp_path / f"{number}.jpg")
    with pytest.raises(
        InputError, match="its pictures are 1024x1024; expected CelebA's aligned ones, 178x218"
    ):
        opened(tmp_path)
