"""Pictures of an audit: everything is open before one is decoded."""

import pytest
from PIL import Image

from facedebias.auditing.inputs import picture_sources
from facedebias.auditing.inputs.picture_sources import open_pictures
from facedebias.data.face_columns import FACE, NONFACE
from facedebias.errors import InputError

SHAPE = (8, 8, 3)


def folder_of_groups(root):
    for number, name in enumerate(("a/1.png", "a/2.png", "b/1.png")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 10 * number).save(root / name)
    return root


def test_nothing_is_decoded_before_a_picture_is_read(tmp_path, monkeypatch):
    table = open_pictures(str(folder_of_groups(tmp_path)), SHAPE)
    monkeypatch.setattr(picture_sources, "decode", None)
    assert table.image_shape == SHAPE
    assert table.paths([2, 0]) == ["b/1.png", "a/1.png"]
    assert (len(table.rows(FACE)), len(table.rows(NONFACE))) == (3, 0)
    assert table.attribute("group").codes.tolist() == [0, 0, 1]
    monkeypatch.undo()
    assert table.read([2, 0])[:, 0, 0, 0].tolist() == [20, 0]


def test_a_damaged_picture_is_refused_when_pictures_are_read(tmp_path):
    table = open_pictures(str(folder_of_groups(tmp_path)), SHAPE)
    (tmp_path / "b/1.png").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(InputError, match=r"cannot decode b/1.png: .* Replace or remove the picture"):
            table.read([0])
