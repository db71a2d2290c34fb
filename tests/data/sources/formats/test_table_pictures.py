"""The pictures that a table names or holds."""

import io

import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from facedebias.errors import InputError
from tests.data.sources.formats.small_tables import pictures, records, table


def test_a_missing_picture_is_bad(tmp_path):
    pictures(tmp_path, ["a.png"])
    (tmp_path / "t.csv").write_text("path\na.png\ngone.png\n")
    _, found = records(tmp_path / "t.csv")
    with pytest.raises(ValueError, match="no such file"):
        found[1].load()


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


def test_one_picture_under_two_paths_is_noted(tmp_path):
    source, _ = records(table(tmp_path, "path,g\na.png,A\n./a.png,B\nb.png,B\n"))
    assert source.notes == ("1 picture in several rows, all of which count: a.png.",)


def test_web_addresses_are_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"its column url holds web addresses \(https://x.org/a.png\); expec"
    ):
        records(table(tmp_path, "url,g\nhttps://x.org/a.png,A\n"))


def test_a_folder_in_place_of_a_picture(tmp_path):
    _, found = records(table(tmp_path, "path,g\na.png,A\n.,B\n"))
    with pytest.raises(ValueError, match="is a folder, not a picture"):
        found[1].load()


def test_a_text_in_place_of_a_picture_is_no_path(tmp_path):
    # Pillow would open it: a pipe, which hangs, or a file from anywhere.
    (tmp_path / "away").mkdir()
    pictures(tmp_path / "away", ["a.png"])
    pictures(tmp_path, ["a.png"])
    for content in (str(tmp_path / "away/a.png"), 7, ["a"]):
        image = [{"bytes": content, "path": "a.png"}] * 2
        columns = pyarrow.table({"image": image, "g": ["x", "y"]})
        pyarrow.parquet.write_table(columns, tmp_path / "t.parquet")
        with pytest.raises(InputError, match=r"no column of pictures .*image holds objects"):
            records(tmp_path / "t.parquet")
