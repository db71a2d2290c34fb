"""Which sources there are, and which may be faces, non-faces or both."""

import pytest

from facedebias.data.records import ImportOptions
from facedebias.data.sources import check_kinds, open_source
from facedebias.errors import InputError


def test_unknown_source_lists_the_known():
    with pytest.raises(InputError, match=r"ppb:x: unknown source 'ppb'; .* celeba, fairface, .*, utkface\."):
        open_source("ppb:x", ImportOptions())
    with pytest.raises(InputError, match="celeba: no location; expected celeba:LOCATION"):
        open_source("celeba", ImportOptions())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("utkface", "no pictures. Give the folder of age_gender_race_date.jpg files"),
        ("imagenet", "no pictures in class folders; expected .*/<class>/[*].JPEG"),
        ("folder", "no group folders"),
    ],
)
def test_empty_folders(tmp_path, spec, message):
    with pytest.raises(InputError, match=message):
        open_source(f"{spec}:{tmp_path}", ImportOptions())


@pytest.mark.parametrize("spec", ["celeba:x", "fairface:x", "utkface:x", "tfds:celeb_a"])
def test_collections_of_faces_are_no_nonfaces(spec):
    with pytest.raises(InputError, match=f"--nonfaces {spec}: holds faces only"):
        open_source(spec, ImportOptions(kind="nonface"))


def test_pictures_cannot_be_both(tmp_path):
    with pytest.raises(InputError, match="given as non-faces, but as faces too"):
        check_kinds([f"folder:{tmp_path}"], [f"imagenet:{tmp_path}/"])
    with pytest.raises(InputError, match="given as non-faces, but as faces too"):
        check_kinds([str(tmp_path)], [f"folder:{tmp_path}"])
    check_kinds(["lab:a.h5", f"folder:{tmp_path}"], ["lab:a.h5", f"folder:{tmp_path / 'other'}"])


@pytest.mark.parametrize(
    ("faces", "nonfaces", "is_fine"),
    [
        ("folder:{}", "folder:{}/non", False),
        ("{}", "imagenet:{}/non", False),
        ("utkface:{}/faces", "folder:{}", False),
        ("folder:{}/faces", "folder:{}/non", True),
        ("folder:{}/non", "folder:{}/nonfaces", True),
        ("celeba:{}", "imagenet:{}/non", True),
        ("utkface:{}", "imagenet:{}/non", True),
    ],
)
def test_no_folder_of_the_one_kind_lies_in_that_of_the_other(tmp_path, faces, nonfaces, is_fine):
    for name in ("faces", "non", "nonfaces"):
        (tmp_path / name).mkdir()
    specs = [faces.format(tmp_path)], [nonfaces.format(tmp_path)]
    if is_fine:
        check_kinds(*specs)
    else:
        with pytest.raises(InputError, match="one folder lies in the other: its pictures would be both"):
            check_kinds(*specs)


@pytest.mark.parametrize("name", ["celeba", "fairface", "folder", "imagenet", "lab", "table", "utkface"])
def test_names_that_no_file_has_are_refused(name):
    for location, message in (("x" * 5000, "a name of 5,000 letters"), ("a\0b", "holds a zero byte")):
        check_kinds([f"{name}:{location}"], [f"folder:{location}/b"])
        with pytest.raises(InputError, match=message) as caught:
            open_source(f"{name}:{location}", ImportOptions())
        assert len(str(caught.value)) < 200
    with pytest.raises(InputError, match="no such"):
        open_source(f"{name}:~nobody-of-this-name/a", ImportOptions())
