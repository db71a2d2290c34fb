"""Tables of pictures with parts, people and attributes."""

import numpy as np
import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError
from tests.data.sources.formats.small_tables import CSV, grays, pictures, records, values


def test_csv(tmp_path):
    pictures(tmp_path, ["p/a.png", "p/b.png", "p/c.png"])
    (tmp_path / "t.csv").write_text(CSV)
    source, found = records(tmp_path / "t.csv")
    assert source.name == "table" and [record.path for record in found] == ["p/a.png", "p/b.png", "p/c.png"]
    assert grays(found) == [0, 10, 20]
    # Numbers in the order of numbers, truth as CelebA writes it, and blanks unknown.
    assert source.attributes == {
        "gender": ("Female", "Male"),
        "age": ("2", "3", "10"),
        "glasses": ("no", "yes"),
        "id": ("x1", "x2", "x3"),
    }
    assert values(source, found, "gender") == ["Female", "Male", None]
    assert values(source, found, "glasses") == ["yes", "no", "yes"]
    assert [record.split for record in found] == [0, 1, 2]
    assert [record.identity for record in found] == [0, 1, 0]
    assert source.notes == (
        "parts (train, val, test) are those of the column split.",
        "people are those of the column person, 2 in all.",
        "column 'score' left out: it holds fractions.",
        "true and false became yes and no in glasses.",
    )
    assert [record.path for record in records(tmp_path / "t.csv", split="val")[1]] == ["p/b.png"]


def test_the_column_of_pictures(tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    (tmp_path / "t.csv").write_text("image_id,where,image,g\n1,a.png,a.png,x\n2,b.png,b.png,y\n")
    # image_id is a name for pictures too, but it leads nowhere.
    assert [record.path for record in records(tmp_path / "t.csv")[1]] == ["a.png", "b.png"]
    (tmp_path / "t.csv").write_text("where,g\na.png,x\nb.png,y\n")
    assert grays(records(tmp_path / "t.csv")[1]) == [0, 10]
    (tmp_path / "t.csv").write_text("path,image\na.png,b.png\n")
    with pytest.raises(InputError, match="several columns could be the pictures .path, image.. Name one"):
        records(tmp_path / "t.csv")
    assert grays(records(f"{tmp_path / 't.csv'}#image")[1]) == [10]
    with pytest.raises(InputError, match="no column photo; it has path, image. Name one of these"):
        records(f"{tmp_path / 't.csv'}#photo")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "path,g\nnowhere.png,x\n",
            "its column path names 'nowhere.png', but there is no such file in",
        ),
        ("a,g\n1,x\n", "no column of pictures among a, g; expected one of paths"),
        ("path,g,g\na.png,x,y\n", "two columns are called 'g'. Rename or remove one"),
        ("path,g\na.png\n", "t.csv, line 2: 1 cell for 2 columns. Mend or remove the line"),
        ("path,split\na.png,fold1\n", "column split: 'fold1' is no part of a data set; expected train, val"),
        ("path,g\n", "t.csv: has no rows"),
    ],
)
def test_damage(tmp_path, text, message):
    pictures(tmp_path, ["a.png"])
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        records(tmp_path / "t.csv")


def test_attributes_of_nonfaces_are_not_kept(tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    (tmp_path / "t.csv").write_text("path,kind\na.png,cat\nb.png,dog\n")
    source, found = records(tmp_path / "t.csv", kind="nonface")
    assert source.attributes == {} and found[0].attributes == {}
    assert source.notes == ("attributes of non-faces are not kept: kind.",)


def test_pictures_from_outside_the_folder_are_named(tmp_path):
    for name in ("table/a.png", "private/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    inside = f"{tmp_path}/table/a.png\n../table/a.png"  # ways to name what lies in it
    (tmp_path / "table/t.csv").write_text(f"path\na.png\n{inside}\n../private/b.png\n")
    source = open_source(f"table:{tmp_path}/table/t.csv", ImportOptions(size=8))
    assert any(
        "1 picture from outside the table's folder" in note and "b.png" in note for note in source.notes
    )


def test_a_column_of_tensors_is_left_out(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    storage = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(8, dtype=np.float32)), 4)
    tensors = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [2, 2]), storage)
    parquet.write_table(pa.table({"path": ["a.png"] * 2, "embedding": tensors}), tmp_path / "t.parquet")
    source = open_source(f"table:{tmp_path}/t.parquet", ImportOptions(size=8))
    assert len(list(source.records())) == 2
    assert any("'embedding' left out" in note and "lists" in note for note in source.notes)


def test_person_minus_1_is_nobody(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "t.csv").write_text("path,identity\n" + "".join(f"a.png,{n}\n" for n in (-1, -1, 7, 8)))
    source = open_source(f"table:{tmp_path}/t.csv", ImportOptions(size=8))
    assert [record.identity for record in source.records()] == [-1, -1, 0, 1]
