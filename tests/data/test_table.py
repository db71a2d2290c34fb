"""Tables of pictures: paths or encoded, with parts, people and attributes."""

import gzip
import io
import json

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError


def png(gray, size=(8, 8)):
    buffer = io.BytesIO()
    Image.new("L", size, gray).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(folder, names):
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(10 * number))


def records(spec, **options):
    source = open_source(f"table:{spec}", ImportOptions(size=8, **options))
    found = list(source.records())
    assert len(found) == source.num_records
    return source, found


def grays(found):
    return [int(record.load()[0, 0, 0]) for record in found]


def values(source, found, name):
    return [None if (c := r.attributes[name]) < 0 else source.attributes[name][c] for r in found]


CSV = """path,gender,age,glasses,split,person,score,id
p/a.png,Female,3,True,train,ann,0.5,x1
p/b.png,Male,10,False,val,bob,0.25,x2
p/c.png,,2,True,test,ann,1,x3
"""


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


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.with_suffix(".csv").write_bytes(("\ufeff" + CSV).replace("\n", "\r\n").encode()),
        lambda path: path.with_suffix(".csv").write_bytes(CSV.replace(",", ";").encode("utf-16")),
        lambda path: path.with_suffix(".tsv").write_text(CSV.replace(",", "\t")),
        lambda path: path.with_suffix(".csv.gz").write_bytes(gzip.compress(CSV.encode())),
    ],
)
def test_encodings_separators_and_compression(tmp_path, write):
    pictures(tmp_path, ["p/a.png", "p/b.png", "p/c.png"])
    write(tmp_path / "t")
    (path,) = tmp_path.glob("t*")
    source, found = records(path)
    assert grays(found) == [0, 10, 20] and values(source, found, "age") == ["3", "10", "2"]


def test_json_lines(tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    lines = [
        {"image": "a.png", "n": 1, "ok": True, "box": [1, 2]},
        {"image": "b.png", "n": None, "ok": False},
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    source, found = records(tmp_path / "t.jsonl")
    assert values(source, found, "n") == ["1", None] and values(source, found, "ok") == ["yes", "no"]
    assert "column 'box' left out: it holds lists or objects." in source.notes
    (tmp_path / "t.jsonl").write_text("[1]\n")
    with pytest.raises(InputError, match="t.jsonl, line 1: is no JSON object; expected one on each line"):
        records(tmp_path / "t.jsonl")


def hugging_face(path, first, size=(8, 8), **columns):
    """A parquet file as the library `datasets` writes it, with pictures of gray `first` and on."""
    number = len(next(iter(columns.values())))
    image = [{"bytes": png(first + i, size), "path": f"{first + i}.jpg"} for i in range(number)]
    features = {"gender": {"names": ["Male", "Female"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    table = pyarrow.table({"image": image, **columns})
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)


def test_hugging_faces_parquet_files(tmp_path):
    hugging_face(tmp_path / "data/train-00000-of-00002.parquet", 10, gender=[0, 1], Smiling=[True, False])
    hugging_face(tmp_path / "data/train-00001-of-00002.parquet", 20, gender=[1, -1], Smiling=[True, True])
    hugging_face(tmp_path / "data/validation-00000-of-00001.parquet", 30, gender=[1], Smiling=[False])
    source, found = records(tmp_path)
    assert grays(found) == [10, 11, 20, 21, 30] and found[3].path == "21.jpg"
    assert values(source, found, "gender") == ["Male", "Female", "Female", None, "Female"]
    assert values(source, found, "Smiling") == ["yes", "no", "yes", "yes", "no"]
    assert [record.split for record in found] == [0, 0, 0, 0, 1]
    assert source.notes[0] == "parts are taken from the files' names: train, validation."
    assert grays(records(tmp_path / "data/train-*.parquet")[1]) == [10, 11, 20, 21]
    assert grays(records(tmp_path, split="val")[1]) == [30]
    # Again, in the same order: what is written twice must not differ.
    assert grays(source.records()) == [10, 11, 20, 21, 30]


def test_plain_binary_column(tmp_path):
    table = pyarrow.table({"img": [png(1), png(2)], "celeb_id": [7, 7], "when": [None, None]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    source, found = records(tmp_path / "t.parquet")
    assert grays(found) == [1, 2] and [record.identity for record in found] == [0, 0]
    assert found[0].path == "row 1" and source.attributes == {}
    assert "column 'when' left out: it has no values." in source.notes


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


def test_files_that_are_no_tables(tmp_path):
    with pytest.raises(InputError, match="none.csv: no such file; expected CSV, TSV, JSON lines"):
        records(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no table in this folder"):
        records(tmp_path)
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="t.xlsx: is not a table that is read here; .* Save it as CSV"):
        records(tmp_path / "t.xlsx")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(InputError, match="t.parquet: is no parquet file that can be read"):
        records(tmp_path / "t.parquet")
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").touch()
    (tmp_path / "t.parquet").unlink()
    with pytest.raises(InputError, match="several tables .a.csv, b.csv.. Give one"):
        records(tmp_path)
    hugging_face(tmp_path / "x/1.parquet", 1, gender=[0])
    hugging_face(tmp_path / "x/2.parquet", 1, gender=[0], other=[1])
    with pytest.raises(InputError, match="2.parquet: has other columns than 1.parquet"):
        records(tmp_path / "x")


def test_a_missing_picture_is_bad(tmp_path):
    pictures(tmp_path, ["a.png"])
    (tmp_path / "t.csv").write_text("path\na.png\ngone.png\n")
    _, found = records(tmp_path / "t.csv")
    with pytest.raises(ValueError, match="no such file"):
        found[1].load()


def test_attributes_of_nonfaces_are_not_kept(tmp_path):
    pictures(tmp_path, ["a.png", "b.png"])
    (tmp_path / "t.csv").write_text("path,kind\na.png,cat\nb.png,dog\n")
    source, found = records(tmp_path / "t.csv", kind="nonface")
    assert source.attributes == {} and found[0].attributes == {}
    assert source.notes == ("attributes of non-faces are not kept: kind.",)


def framed(size, box):
    """A picture that is white in a box and black outside."""
    image = Image.new("L", size)
    image.paste(255, tuple(map(round, box)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_known_data_sets_are_cut_as_by_their_own_sources(tmp_path):
    celeba = {"5_o_Clock_Shadow": [True], "Attractive": [True], "Male": [False], "Young": [True]}
    image = framed((178, 218), (37, 80, 143, 186))
    pyarrow.parquet.write_table(pyarrow.table({"image": [image], **celeba}), tmp_path / "celeba.parquet")
    source, found = records(tmp_path / "celeba.parquet")
    assert found[0].load()[1:-1, 1:-1].min() == 255
    assert "taken for CelebA's aligned pictures: --crop face is cut out." in source.notes
    fairface = {"race": ["Black"], "gender": ["Male"], "age": ["3-9"]}
    image = framed((448, 448), (128, 128, 320, 320))
    pyarrow.parquet.write_table(pyarrow.table({"image": [image], **fairface}), tmp_path / "fairface.parquet")
    source, found = records(tmp_path / "fairface.parquet")
    assert found[0].load()[1:-1, 1:-1].min() == 255
    assert any("margin of 1.25" in note for note in source.notes)


def test_many_rows_are_read_in_order(tmp_path):
    rows = np.arange(200)
    table = pyarrow.table({"image": [png(int(row)) for row in rows], "split": ["train", "test"] * 100})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=64)
    assert grays(records(tmp_path / "t.parquet", split="test")[1]) == rows[1::2].tolist()


def table(folder, text, names=("a.png", "b.png"), file="t.csv"):
    pictures(folder, names)
    (folder / file).write_text(text)
    return folder / file


@pytest.mark.parametrize("text", ["a.png,A\nb.png,B\n", "A;a.png\nB;b.png\n"])
def test_a_table_without_names_of_columns_is_refused(tmp_path, text):
    # Its first picture would be taken for a name.
    with pytest.raises(InputError, match="its first line names a picture, a.png; expected names of columns"):
        records(table(tmp_path, text))


def test_bars_and_arrays(tmp_path):
    rows = '[{"path": "a.png", "g": "A"},\n {"path": "b.png", "g": "B"}]'
    for file, text in (("t.csv", "path|g\na.png|A\nb.png|B\n"), ("t.json", rows)):
        source, found = records(table(tmp_path, text, file=file))
        assert values(source, found, "g") == ["A", "B"] and source.notes == ()


def test_row_numbers_are_no_attribute(tmp_path):
    source, _ = records(table(tmp_path, "Unnamed: 0,path,g,\n0,a.png,A,\n1,b.png,B,\n"))
    assert list(source.attributes) == ["g"]
    assert source.notes == ("column 'Unnamed: 0' left out: it has no name.",)


def test_people_by_a_title_with_spaces(tmp_path):
    _, found = records(table(tmp_path, "path,Subject ID\na.png,x\nb.png,y\n"))
    assert [record.identity for record in found] == [0, 1]


def test_one_picture_under_two_paths_is_noted(tmp_path):
    source, _ = records(table(tmp_path, "path,g\na.png,A\n./a.png,B\nb.png,B\n"))
    assert source.notes == ("1 picture in several rows, all of which count: a.png.",)


def test_columns_that_tell_faces_from_others_are_refused(tmp_path):
    with pytest.raises(InputError, match="column is_face: tells faces from non-faces, but here a flag does"):
        records(table(tmp_path, "path,is_face\na.png,1\nb.png,0\n"))


def test_web_addresses_are_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"its column url holds web addresses \(https://x.org/a.png\); expec"
    ):
        records(table(tmp_path, "url,g\nhttps://x.org/a.png,A\n"))


def test_files_that_the_others_count_are_missed(tmp_path):
    rows = pyarrow.table({"image": [png(0)], "g": ["A"]})
    pyarrow.parquet.write_table(rows, tmp_path / "train-00001-of-00003.parquet")
    source, _ = records(tmp_path)
    assert source.notes[0] == (
        "2 files of the table not read: train-00000-of-00003.parquet, train-00002-of-00003.parquet."
    )


def test_a_folder_in_place_of_a_picture(tmp_path):
    _, found = records(table(tmp_path, "path,g\na.png,A\n.,B\n"))
    with pytest.raises(ValueError, match="is a folder, not a picture"):
        found[1].load()
