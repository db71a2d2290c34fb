"""The files that a search writes, and the boxes and labels that it draws."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facedebias.detection.output import DetectionWriter, check_place, label, threshold_fields
from facedebias.detection.overlay import draw
from facedebias.detection.search import Face, Searched
from facedebias.errors import InputError
from tests.cli.detecting.face_searches import FACE


def searched(path, *boxes):
    return Searched(Path(path), (200, 160), 9, 7, tuple(Face(box, 0.9999, 9.2, 0.5) for box in boxes))


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


def killed_at(number, monkeypatch, output, photo, overwrite):
    """A search whose results are moved into place until a kill, after which nothing is cleaned up."""
    calls, move = iter(range(100)), os.replace

    def moved(*places):
        if next(calls) == number:
            raise KeyboardInterrupt
        move(*places)

    writer = DetectionWriter(output, overwrite, True).__enter__()
    for _ in range(2):
        writer.add(searched(photo))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", moved)
        writer.finish({}, {})
    return writer  # which holds its folder


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("number", range(4))
def test_a_kill_while_results_are_moved_costs_nothing(tmp_path, photo, monkeypatch, number, overwrite):
    output = tmp_path / "out"
    if overwrite:
        with DetectionWriter(output, False, True) as writer:
            places = [writer.add(searched(photo)) for _ in range(3)]
            writer.finish({}, {})
        (output / "mine.txt").write_text("stays")
    killed = killed_at(number, monkeypatch, output, photo, overwrite)
    with DetectionWriter(output, overwrite, True) as writer:
        places = [writer.add(searched(photo)) for _ in range(2)]
        writer.finish({}, {})
    assert [place.name for place in places] == ["photo.jpg", "photo-2.jpg"]
    expected = {"photo.jpg", "photo-2.jpg", "detections.json"} | ({"mine.txt"} if overwrite else set())
    assert {path.name for path in output.iterdir()} == expected
    killed.__exit__(None, None, None)


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


DRAWN = ['".."', '"/"', '"a\\u0000b"', '""', '"folder.jpg"', '"folder"', '"x.txt"', '["a"]', '{"a": 1}', "7"]


def overwritten(output, photo):
    with DetectionWriter(output, True, True) as writer:
        place = writer.add(searched(photo))
        writer.finish({}, {})
    return place


@pytest.mark.parametrize(
    "content",
    [
        *('{"pictures": [{"drawn": ' + name + "}]}" for name in DRAWN),
        '{"pictures": 3}',
        '"pictures"',
        "[" * 100_000,
        "[]",
    ],
)
def test_what_a_record_of_detections_names_is_looked_at_first(tmp_path, photo, content):
    output = tmp_path / "out"
    (output / "folder").mkdir(parents=True)
    (output / "folder.jpg").mkdir()
    (output / "x.txt").write_text("mine")
    (output / "detections.json").write_text(content)
    assert overwritten(output, photo).is_file()
    assert sorted(path.name for path in output.iterdir()) == [
        *("detections.json", "folder", "folder.jpg", "photo.jpg", "x.txt")
    ]


def test_a_pipe_for_a_record_is_refused_before_the_search(tmp_path, photo):
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "detections.json")
    with pytest.raises(InputError, match="detections.json: is a pipe; expected a file. Choose another"):
        check_place(tmp_path / "out", True)
    (tmp_path / "out" / "detections.json").rename(tmp_path / "out" / ".detections.json.partial-1")
    (tmp_path / "out" / "detections.json").write_text("{}")
    assert overwritten(tmp_path / "out", photo).is_file()


def test_long_names_are_cut_and_numbered(tmp_path, photo):
    # A name of 255 bytes, the most there may be, and two of 251 letters that differ in their suffix alone.
    names = ["é" * 125 + "x.png", "y" * 251 + ".png", "y" * 251 + ".bmp", "z" * 255]
    with DetectionWriter(tmp_path / "out", False, True) as writer:
        places = []
        for name in names:
            (tmp_path / name).write_bytes(Path(photo).read_bytes())
            places.append(writer.add(searched(tmp_path / name)))
        writer.finish({}, {})
    assert [place.name for place in places] == [
        *("é" * 120 + ".jpg", "y" * 240 + ".jpg", "y" * 240 + "-2.jpg", "z" * 240 + ".jpg")
    ]
    assert all(place.is_file() for place in places)
