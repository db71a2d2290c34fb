"""FairFace from a fake tree of a few pictures, down to one known red pixel."""

import pytest

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError
from tests.data.sources.fake_pictures import is_red, picture, records, save


def fake_fairface(root):
    rows = {
        "train": [("20-29", "Female", "East Asian"), ("more than 70", "Male", "Black")] * 2,
        "val": [("0-2", "Female", "Middle Eastern"), ("3-9", "Male", "White")],
    }
    for part, labels in rows.items():
        lines = ["file,age,gender,race,service_test"]
        for number, (age, gender, race) in enumerate(labels, start=1):
            lines.append(f"{part}/{number}.jpg,{age},{gender},{race},True")
            save(
                root / part / f"{number}.jpg", picture(224, 224, (112, 56, 140, 84) if number == 1 else None)
            )
        (root / f"fairface_label_{part}.csv").write_text("\n".join(lines) + "\n")
    return root


def test_fairface(tmp_path):
    root = fake_fairface(tmp_path)
    source, found = records(f"fairface:{root}")
    assert [len(source.attributes[name]) for name in ("race", "gender", "age")] == [7, 2, 9]
    assert [record.path for record in found] == [f"train/{i}.jpg" for i in range(1, 5)] + [
        "val/1.jpg",
        "val/2.jpg",
    ]
    assert [record.split for record in found] == [0, 0, 0, 0, 1, 1]
    named = {name: source.attributes[name][code] for name, code in found[1].attributes.items()}
    assert named == {"race": "Black", "gender": "Male", "age": "more than 70"}
    # (112..140, 56..84) of 224 pixels are (32..40, 16..24) of 64.
    image = found[0].load()
    assert is_red(image[20, 36]) and not is_red(image[20, 44]) and not is_red(image[28, 36])
    assert [record.path for record in records(f"fairface:{root}", split="val")[1]] == [
        "val/1.jpg",
        "val/2.jpg",
    ]


def test_fairface_damage(tmp_path):
    with pytest.raises(InputError, match="fairface_label_val.csv: no such file. Get it from"):
        open_source(f"fairface:{tmp_path}", ImportOptions(split="val"))
    root = fake_fairface(tmp_path)
    with pytest.raises(InputError, match="FairFace has no labelled test part. Use --split val"):
        open_source(f"fairface:{root}", ImportOptions(split="test"))
    path = root / "fairface_label_val.csv"
    path.write_text("file,age,gender\nval/1.jpg,0-2,Male\n")
    with pytest.raises(InputError, match="fairface_label_val.csv: no column race; expected"):
        open_source(f"fairface:{root}", ImportOptions())
    path.write_text("file,age,gender,race\nval/1.jpg,0-2,Male,Martian\n")
    with pytest.raises(InputError, match="fairface_label_val.csv, line 2: .*Martian"):
        open_source(f"fairface:{root}", ImportOptions())
