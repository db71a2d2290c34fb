"""The faces that a search finds, its threshold, and the models that it takes."""

import json

import numpy as np
import pytest
from PIL import Image

from facedebias.detection.geometry import WindowOptions
from facedebias.detection.search import Search
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from tests.cli.detecting.face_searches import FACE, config, iou, search
from tests.portraits import draw_face, write_backgrounds
from tests.scoring.saved_models import level, save, save_own


def test_a_lying_photograph_has_boxes_as_it_is_seen(tmp_path, model):
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = draw_face((160, 200), (20, 100, 100, 180), 255)
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "lying.png", exif=exif)
    _, (found,) = search(model, str(tmp_path / "lying.png"))
    assert found.size == (160, 200)
    assert iou(np.array(found.faces[0].box), np.array((20, 100, 100, 180))) > 0.5


def test_two_faces_are_two_boxes(tmp_path, model):
    both = draw_face((300, 160), (10, 40, 90, 120), 255)
    both.paste(draw_face((80, 80), (0, 0, 80, 80), 240), (200, 40))
    both.save(tmp_path / "both.png")
    _, (found,) = search(model, str(tmp_path / "both.png"), windows=WindowOptions((0.5,), 0.1))
    assert len(found.faces) == 2
    first, second = found.faces
    assert first.logit > second.logit  # the brighter one first
    assert iou(np.array(first.box), np.array((10, 40, 90, 120))) > 0.6
    assert iou(np.array(second.box), np.array((200, 40, 280, 120))) > 0.6


def test_pictures_without_faces_set_the_threshold(tmp_path, model, photo):
    # One of ten may fire, that of 200; from just above 180 on windows count: a logit of 8.
    folder = write_backgrounds(tmp_path / "none", [20, 30, 180, 200, 40, 50, 60, 70, 80, 90])
    found = Search(config(model, photo, nonfaces=str(folder), fpr=0.1))
    threshold = found.find_threshold()
    assert threshold.value == pytest.approx(8, abs=1e-4)
    assert threshold.value > 8 - 1e-4
    assert threshold.rule.startswith(f"at most 0.1 of 10 pictures of {folder} fire")
    # 90x90 must be enlarged to cover 200x160.
    assert "enlarged 2.2 times at the median" in threshold.rule
    with pytest.raises(InputError, match="10 non-faces are too few for --fpr=0.01"):
        Search(config(model, photo, nonfaces=str(folder))).find_threshold()


def test_models_of_others(tmp_path, photo):
    def bright(images):
        return {"p": level(images) / 255}

    path = save(tmp_path / "m", bright, (None, None, 3))
    size = ForeignModels(input_size=(8, 8))
    with pytest.raises(InputError, match="does not say what its answers are.*--output_kind"):
        Search(config(path, photo, foreign=size))
    with pytest.raises(InputError, match="takes pictures of any size; say how large .*--input_size"):
        Search(config(path, photo, output_kind="probability"))
    for kind in ("probability", "score"):
        _, (found,) = search(path, photo, foreign=size, output_kind=kind, threshold=0.7)
        assert iou(np.array(found.faces[0].box), np.array(FACE)) > 0.5
        assert found.faces[0].logit is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"threshold": 1.5}, "--threshold=1.5: expected a probability from 0 to 1"),
        ({"threshold": 0.5, "fpr": 0.1}, "--threshold: fixes it; leave out --fpr and --nonfaces"),
        ({"fpr": 0.1}, "--fpr=0.1: needs pictures without faces to set it on: --nonfaces=FOLDER"),
        ({"fpr": 0.0, "nonfaces": "x"}, "--fpr=0: expected a share between 0 and 1"),
        ({"iou": 1.5}, "--iou=1.5: expected a share from 0 to 1"),
        ({"batch_size": 0}, "--batch_size=0: expected at least 1"),
        ({"seed": -1}, "--seed=-1: expected 0 or more"),
        ({"windows": WindowOptions((3.0,))}, "--sizes=3: expected shares"),
        ({"output_kind": "score"}, "--output_kind=score: such scores have no usual threshold"),
        ({"output_kind": "rank"}, "--output_kind=rank: expected one of logit"),
        ({"nonfaces": "nowhere"}, "--nonfaces=nowhere: no such folder"),
    ],
)
def test_wrong_settings_are_named(model, photo, fields, message):
    with pytest.raises(InputError, match=message):
        search(model, photo, **fields)


def test_what_is_not_there_is_named(model, photo, tmp_path):
    with pytest.raises(InputError, match="no picture named; expected"):
        Search(config(model))
    with pytest.raises(InputError, match="nowhere.jpg: no such file or folder; expected a picture"):
        Search(config(model, "nowhere.jpg"))
    with pytest.raises(InputError, match="nowhere: no such folder; expected an exported model"):
        Search(config("nowhere", photo))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: no pictures in it or its subfolders; expected JPEG"):
        Search(config(model, str(tmp_path / "empty")))


def test_a_model_of_an_attribute_does_not_search_for_faces(tmp_path, photo):
    run = save_own(tmp_path / "run" / "export").removesuffix("/export")
    record = tmp_path / "run" / "run.json"
    record.write_text(json.dumps({"config": {"target": ""}}))
    search(run, photo)
    record.write_text(json.dumps({"config": {"target": "Male"}}))
    with pytest.raises(InputError, match=r"export: was trained to tell Male .*without --target"):
        Search(config(run, photo))
