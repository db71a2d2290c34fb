"""python -m facedebias.detect from its flags to its files, with a model that measures brightness."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facedebias.detection.detect_config import DetectConfig
from facedebias.detection.geometry import WindowOptions
from facedebias.detection.output import DetectionWriter, check_place, label, threshold_fields
from facedebias.detection.overlay import draw
from facedebias.detection.search import Face, Search, Searched
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from tests.portraits import draw_face, write_backgrounds
from tests.scoring.saved_models import level, save, save_own

ROOT = Path(__file__).parents[2]
FACE = (60, 30, 140, 110)  # half of the shorter side
OPTIONS = WindowOptions((0.5,), 0.2)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    # The logit is the level minus 100, over 10: 0.999 is 6.9, so a window fires from 169 on.
    return save_own(tmp_path_factory.mktemp("models") / "run" / "export").removesuffix("/export")


@pytest.fixture
def photo(tmp_path):
    draw_face((200, 160), FACE, 255).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


def iou(first, second):
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    shared = np.prod(np.maximum(high - low, 0))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


def config(model, *pictures, **fields):
    return DetectConfig(pictures, model, **{"output": "unused", "windows": OPTIONS, **fields})


def search(*arguments, **fields):
    found = Search(config(*arguments, **fields))
    return found, list(found.results(found.find_threshold()))


def start(*flags, cwd=ROOT):
    command = [sys.executable, "-m", "facedebias.detect", *map(str, flags)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_from_flags_to_files(tmp_path, model, photo):
    before = hashlib.sha256(Path(photo).read_bytes()).digest()
    flags = (photo, "--model", model, "--output", tmp_path / "out", "--sizes", "0.5", "--threshold", 0.99)
    done = start(*flags)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{photo}: 1 face, {tmp_path}/out/photo.jpg"
    assert lines[1] == "threshold: fixed, probability at least 0.99"
    document = json.loads((tmp_path / "out" / "detections.json").read_text())
    assert (document["schema_version"], document["sizes"]) == (1, [0.5])
    assert document["threshold"] == pytest.approx(0.99)
    assert document["threshold_logit"] == pytest.approx(np.log(99))
    (picture,) = document["pictures"]
    assert (picture["path"], picture["width"], picture["height"]) == (photo, 200, 160)
    (face,) = picture["faces"]
    assert iou(np.array(face["box"]), np.array(FACE)) > 0.5
    assert face["window"] == pytest.approx(0.5, abs=0.01)
    assert face["score"] == pytest.approx(1 / (1 + np.exp(-face["logit"])), rel=1e-4)
    described = (ROOT / "docs" / "detection.md").read_text()
    assert all(f"`{name}`" in described for name in {*document, *picture, *face})
    # The copy has the size of the photograph, and a box on it where the JSON says.
    copy = np.asarray(Image.open(tmp_path / "out" / picture["drawn"]), int)
    assert copy.shape == (160, 200, 3)
    left, top, _, bottom = face["box"]
    assert np.abs(copy[(top + bottom) // 2, left] - (255, 220, 0)).max() < 90
    assert hashlib.sha256(Path(photo).read_bytes()).digest() == before
    # Once more only where that is wanted.
    again = start(*flags)
    assert again.returncode == 1
    assert again.stderr == (
        f"error: {tmp_path}/out: holds detections already; choose another --output or add --overwrite.\n"
    )


def test_help_needs_no_tensorflow():
    code = (
        "import sys, runpy; sys.argv = ['detect', '--help']\n"
        "try: runpy.run_module('facedebias.detect', run_name='__main__')\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--nonfaces" in done.stdout


def test_damaged_pictures_are_named_and_the_others_searched(tmp_path, model, photo):
    (tmp_path / "broken.png").write_bytes(Path(photo).read_bytes()[:200])
    Image.new("RGB", (20, 20)).save(tmp_path / "tiny.png")
    done = start(
        tmp_path,
        "--model",
        model,
        "--output",
        tmp_path / "out",
        "--nodraw",
        "--sizes",
        0.8,
        "--threshold",
        0.01,
    )
    assert done.returncode == 1
    assert f"{photo}: 1 face\n" in done.stdout
    errors = done.stderr.splitlines()
    assert errors[0].startswith(f"error: {tmp_path}/broken.png: cannot be decoded")
    document = json.loads((tmp_path / "out" / "detections.json").read_text())
    assert [Path(p["path"]).name for p in document["failed"]] == ["broken.png"]
    assert [Path(p["path"]).name for p in document["pictures"]] == ["photo.png", "tiny.png"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["detections.json"]


def test_nothing_is_left_if_nothing_can_be_searched(tmp_path, model):
    Image.new("RGB", (9, 9)).save(tmp_path / "tiny.png")
    done = start(tmp_path / "tiny.png", "--model", model, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "tiny.png: 9x9 pixels, so that its largest window has 8; expected windows of at" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.png"]


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


# Output


def searched(path, *boxes):
    return Searched(Path(path), (200, 160), 9, tuple(Face(box, 0.9999, 9.2, 0.5) for box in boxes))


def test_names_that_meet_are_numbered(tmp_path, photo):
    with DetectionWriter(tmp_path / "out", False, True) as writer:
        places = [writer.add(searched(photo, FACE)) for _ in range(7)]
        writer.finish({}, {})
    assert [place.name for place in places[:3]] == ["photo.jpg", "photo-2.jpg", "photo-3.jpg"]
    assert all(place.is_file() for place in places)


def test_overwriting_removes_only_what_was_written(tmp_path, photo):
    for count in (2, 1):
        with DetectionWriter(tmp_path / "out", True, True) as writer:
            for _ in range(count):
                writer.add(searched(photo))
            writer.finish({}, {})
        (tmp_path / "out" / "mine.txt").write_text("stays")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "mine.txt",
        "photo.jpg",
        "detections.json",
    }


def test_a_picture_of_the_same_name_is_not_replaced(tmp_path, photo):
    mine = tmp_path / "out" / "photo.jpg"
    for _ in range(2):
        with DetectionWriter(tmp_path / "out", True, True) as writer:
            place = writer.add(searched(photo))
            writer.finish({}, {})
        if not mine.read_bytes().startswith(b"mine"):
            mine.write_bytes(b"mine")
            (tmp_path / "out" / "detections.json").write_text('{"pictures": []}')
    assert place.name == "photo-2.jpg" and place.is_file()
    assert mine.read_bytes() == b"mine"


def test_an_interrupted_search_leaves_nothing(tmp_path, photo):
    with pytest.raises(KeyboardInterrupt), DetectionWriter(tmp_path / "out", False, True) as writer:
        writer.add(searched(photo))
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_other_folders_are_left_alone(tmp_path, photo):
    with pytest.raises(InputError, match="holds something else than detections; choose another --output"):
        check_place(tmp_path, overwrite=True)
    with pytest.raises(InputError, match="photo.png/x: is not a folder, or lies in none"):
        check_place(Path(photo) / "x", overwrite=False)


@pytest.mark.parametrize("shade", [0, 255, 128])
def test_boxes_and_labels_stand_out_on_every_ground(shade):
    ground = Image.new("RGB", (200, 160), (shade,) * 3)
    drawn = np.asarray(draw(ground, [FACE], ["0.9999"]), int)
    assert np.asarray(ground).min() == np.asarray(ground).max() == shade  # a copy
    line = drawn[70, 50:70]
    lightness = line @ [0.299, 0.587, 0.114]
    assert np.ptp(lightness) > 200  # black beside yellow, whatever the ground
    plate = drawn[10:30, 60:110].reshape(-1, 3) @ [0.299, 0.587, 0.114]
    assert np.ptp(plate) > 200
    assert np.all(drawn[120:, 150:] == shade)


def test_labels_stay_in_the_picture():
    ground = Image.new("RGB", (60, 60))
    drawn = np.asarray(draw(ground, [(40, 0, 60, 20), (0, 0, 3, 3)], ["0.9999", "1.0000"]))
    assert (drawn[:, :, 0] > 200).sum() > 100


def test_thresholds_and_labels_in_words_of_json():
    assert threshold_fields(0.0, True) == {"threshold": 0.5, "threshold_logit": 0.0}
    assert threshold_fields(float("inf"), True) == {"threshold": 1.0, "threshold_logit": None}
    assert threshold_fields(float("-inf"), True) == {"threshold": 0.0, "threshold_logit": None}
    assert threshold_fields(12.5, False) == {"threshold": 12.5, "threshold_logit": None}
    assert label(Face(FACE, 0.99991, 9.3, 0.5)) == "0.9999"
    assert label(Face(FACE, 123.456, None, 0.5)) == "123.5"
