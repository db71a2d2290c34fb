"""Where CelebA's pictures and lists lie on people's disks: zip files, folders, PNG, damaged copies."""

import zipfile

import pytest
from PIL import Image

from facedebias.errors import InputError
from tests.data.sources.formats.celeba_copies import (
    CSV,
    NAMES,
    PARTS_CSV,
    TXT,
    check,
    encoded,
    opened,
    pictures,
    zipped,
)


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
