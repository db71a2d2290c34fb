"""UTKFace: a fake set, names as they are in the real set, and folders as they are unpacked."""

import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError
from tests.data.sources.fake_pictures import is_red, picture, records, save


def test_utkface(tmp_path):
    names = [
        f"{age}_{i % 2}_{i % 5}_2017010{i}.jpg.chip.jpg" for i, age in enumerate((0, 2, 3, 9, 69, 70, 116))
    ]
    for name in [*names, "61_3_1_20170109142408075.jpg.chip.jpg"]:
        save(tmp_path / name, picture(200, 200, (50, 100, 75, 125) if name == names[0] else None))
    source, found = records(f"utkface:{tmp_path}")
    by_path = {record.path: record for record in found}
    ages = [source.attributes["age"][by_path[name].attributes["age"]] for name in names]
    assert ages == ["0-2", "0-2", "3-9", "3-9", "60-69", "more than 70", "more than 70"]
    assert source.attributes["gender"][by_path[names[1]].attributes["gender"]] == "Female"
    assert source.attributes["race"][by_path[names[1]].attributes["race"]] == "Black"
    # (50..75, 100..125) of 200 pixels are (16..24, 32..40) of 64.
    image = by_path[names[0]].load()
    assert is_red(image[36, 20]) and not is_red(image[36, 28])
    with pytest.raises(ValueError, match="the name does not read age_gender_race_date"):
        by_path["61_3_1_20170109142408075.jpg.chip.jpg"].load()


# The odd names of the real set; all labels are in the first three.
COMPLETE = {
    "24_0_1_20170116220224657 .jpg.chip.jpg": (24, 0, 1),
    "44_1_4_20170116235150272.pg.chip.jpg": (44, 1, 4),
    "55_0_0_20170116232725357jpg.chip.jpg": (55, 0, 0),
    "116_1_0_20170112220255503.jpg.chip.jpg": (116, 1, 0),
}
LABEL_MISSING = [
    "39_1_20170116174525125.jpg.chip.jpg",
    "53__0_20170116184028385.jpg",
    "61_1_20170109142408075.jpg.chip.jpg",
    "61_1_20170109150557335.jpg.chip.jpg",
]


def pictures(folder, names, size=(200, 200)):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("L", size).save(folder / name, "JPEG")
    return folder


def opened(folder):
    source = open_source(f"utkface:{folder}", ImportOptions())
    return source, list(source.records())


def test_complete_labels_are_read_and_others_left_out_by_name(tmp_path):
    pictures(
        tmp_path, [*COMPLETE, *LABEL_MISSING, "55_0_0_20170116232725357jpg", "44_1_4_20170116235150272.pg"]
    )
    source, found = opened(tmp_path)
    labels = {record.path: (record.attributes["gender"], record.attributes["race"]) for record in found}
    assert {name: labels[name] for name in COMPLETE} == {name: (g, r) for name, (_, g, r) in COMPLETE.items()}
    assert len(found) == source.num_records == 6 and all(record.load().any() == 0 for record in found)
    assert source.notes == (
        "4 pictures left out whose names lack a label (age, gender or race): "
        "39_1_20170116174525125.jpg.chip.jpg, 53__0_20170116184028385.jpg, "
        "61_1_20170109142408075.jpg.chip.jpg and 1 more.",
        "2 pictures have labels and date of another; copies would count twice: "
        "44_1_4_20170116235150272.pg.chip.jpg, 55_0_0_20170116232725357jpg.chip.jpg.",
    )


@pytest.mark.parametrize(
    "name",
    ["25_2_1_20170116174525125.jpg", "25_1_7_20170116174525125.jpg", "999_1_0_20170116174525125.jpg"]
    + ["portrait.jpg"],
)
def test_other_names_are_bad_pictures(tmp_path, name):
    pictures(tmp_path, [*COMPLETE, name])
    _, found = opened(tmp_path)
    (bad,) = [record for record in found if record.path == name]
    with pytest.raises(ValueError, match="the name does not read age_gender_race_date, with gender 0 or 1"):
        bad.load()


def test_folders_of_parts(tmp_path):
    first, second, *_ = COMPLETE
    pictures(tmp_path / "part1", [first])
    pictures(tmp_path / "part2", [second])
    assert [record.path for record in opened(tmp_path)[1]] == [f"part1/{first}", f"part2/{second}"]
    pictures(tmp_path / "crop_part1", [first])
    with pytest.raises(InputError, match="are one picture, which would count twice. Give one of the folders"):
        opened(tmp_path)
    pictures(tmp_path, [first])
    source, found = opened(tmp_path)
    assert len(found) == 1 and source.notes[0].startswith("3 pictures lie in subfolders and were left out: ")


def test_whole_photographs_are_refused(tmp_path):
    pictures(tmp_path, COMPLETE, (300, 400))
    with pytest.raises(
        InputError, match="is 300x400; expected square pictures of faces. Give the aligned and"
    ):
        opened(tmp_path)


def test_digits_of_other_scripts_are_no_labels(tmp_path):
    save(tmp_path / "\u0663\u0660_0_0_20170116232725357.jpg", picture(200, 200))
    save(tmp_path / "30_0_0_20170116232725357.jpg", picture(200, 200))
    found = records(f"utkface:{tmp_path}")[1]
    assert found[0].attributes["age"] == 4
    with pytest.raises(ValueError, match="the name does not read age_gender_race_date"):
        found[1].load()
