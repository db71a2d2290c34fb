"""fd.detect on drawn pictures, with a model that measures brightness."""

import os
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import facedebias as fd
from tests.portraits import draw_face
from tests.scoring.saved_models import level, save, save_own

FACE = (60, 30, 140, 110)  # half of the shorter side
SETTINGS = {"sizes": (0.5,), "stride": 0.2, "threshold": 0.99}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_own(tmp_path_factory.mktemp("models") / "run" / "export").removesuffix("/export")


@pytest.fixture(scope="module")
def photo():
    return draw_face((200, 160), FACE, 255)


def iou(first, second):
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    shared = np.prod(np.maximum(high - low, 0))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


def test_a_face_has_a_box(model, photo):
    found = fd.detect(photo, model, **SETTINGS)
    assert list(found.columns) == ["left", "top", "right", "bottom", "score"]
    assert [str(dtype) for dtype in found.dtypes] == ["int64"] * 4 + ["float64"]
    (box,) = found[["left", "top", "right", "bottom"]].to_numpy()
    assert iou(box, np.array(FACE)) > 0.5
    # The model's own rule: the logit is the mean level less 100, over 10.
    assert found["score"][0] >= 0.99


def test_arrays_images_and_paths_are_one(model, photo, tmp_path):
    expected = fd.detect(photo, model, **SETTINGS)
    photo.save(tmp_path / "photo.png")
    turned = photo.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    for image in (
        np.asarray(photo),
        str(tmp_path / "photo.png"),
        tmp_path / "photo.png",
        tmp_path / "turned.png",
    ):
        assert fd.detect(image, os.fspath(model), **SETTINGS).equals(expected)


def test_a_finished_run_stands_for_its_folder(model, photo):
    run = types.SimpleNamespace(folder=Path(model))
    assert fd.detect(photo, run, **SETTINGS).equals(fd.detect(photo, model, **SETTINGS))


def test_nothing_is_an_empty_frame(model):
    found = fd.detect(np.zeros((120, 120, 3), np.uint8), model, **SETTINGS)
    assert found.empty
    assert list(found.columns) == ["left", "top", "right", "bottom", "score"]
    assert [str(dtype) for dtype in found.dtypes] == ["int64"] * 4 + ["float64"]


def test_a_model_that_changed_is_loaded_anew(tmp_path, photo):
    place = tmp_path / "export"
    save_own(place)
    assert len(fd.detect(photo, place, **SETTINGS)) == 1
    save_own(place, shift=500.0)
    stamp = (place / "saved_model.pb").stat().st_mtime_ns + 10**9
    os.utime(place / "saved_model.pb", ns=(stamp, stamp))
    assert fd.detect(photo, place, **SETTINGS).empty


def test_a_model_made_elsewhere_is_told_about(tmp_path, photo):
    import tensorflow as tf

    place = save(tmp_path / "m", lambda x: {"p": level(x)}, (8, 8, 3), tf.float32)
    with pytest.raises(fd.InputError, match=r"nothing says which numbers .*Give input_scale=\(0, 1\)"):
        fd.detect(photo, place, score_kind="probability", **SETTINGS)
    with pytest.raises(fd.InputError, match=r"does not say what its answers are.*give score_kind, e\.g\."):
        fd.detect(photo, place, input_scale=(0, 1), **SETTINGS)
    found = fd.detect(
        photo, place, input_scale=(0, 1), score_kind="probability", threshold=0.7, sizes=(0.5,), stride=0.2
    )
    assert len(found) == 1 and 0.7 <= found["score"][0] <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": np.zeros((9, 9), np.uint8)}, r"image: is uint8 9 x 9; expected uint8 RGB"),
        ({"image": np.zeros((90, 90, 3))}, r"image: is float64 90 x 90 x 3; expected uint8"),
        ({"image": "no.png"}, r"no\.png: no such file"),
        ({"image": np.zeros((20, 20, 3), np.uint8)}, r"image: 20x20 pixels, .* larger sizes\."),
        ({"model": "nowhere"}, r"nowhere: no such folder; expected an exported model"),
        ({"model": object()}, r"model: expected the folder .* Save a model in memory first"),
        ({"threshold": 2}, r'threshold=2: expected a probability .* score_kind="percent"'),
        ({"iou": 2}, r"iou=2: expected a share"),
        ({"stride": 0}, r"stride=0: expected a share"),
        ({"sizes": (2,)}, r"sizes=\(2,\): expected shares"),
        ({"batch_size": 0}, r"batch_size=0: expected at least 1"),
        ({"score_kind": "odds"}, r'score_kind="odds": expected one of'),
        ({"colour": 1}, r"colour: no such argument; beside its own, detect takes input_size"),
        ({"input_mean": (1, 2)}, r"input_mean: has 2 numbers; expected 1 or 3"),
        ({"input_channels": "GRB"}, r"input_channels: is GRB; expected RGB or BGR"),
        ({"input_scale": "0,1"}, r"input_scale: is 0,1; expected numbers"),
    ],
)
def test_what_is_refused(model, photo, arguments, message):
    with pytest.raises(fd.InputError, match=message) as found:
        fd.detect(**{"image": photo, "model": model} | SETTINGS | arguments)
    assert "--" not in str(found.value)


def test_pictures_that_cannot_be_decoded_are_refused(model, tmp_path):
    Image.linear_gradient("L").save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:200])
    with Image.open(tmp_path / "b.png") as cut_off:
        for picture, message in (
            (cut_off, "image: cannot be decoded"),
            (tmp_path / "b.png", "b.png: cannot be decoded"),
            (Image.new("1", (10_000, 10_000)), "image: .*is 10000x10000, over 89,478,485 pixels"),
        ):
            with pytest.raises(fd.InputError, match=message):
                fd.detect(picture, model, **SETTINGS)
