"""What models made elsewhere are given for pictures, by hand values."""

import re

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from facedebias.scoring.foreign import ForeignModels, parse_channels
from tests.scoring.saved_models import answers, level, pictures, save

RED = np.array([[[[255, 0, 0]]]], np.uint8).repeat(8, 1).repeat(8, 2)
COLOUR = np.array([[[[204, 102, 51]]]], np.uint8).repeat(8, 1).repeat(8, 2)
UNIT = {"input_range": (0.0, 1.0), "kind": "score"}


def channel(number, axis=3):
    """A model that answers with one channel of the first pixel."""

    def predict(x):
        return {"c": tf.cast(tf.gather(x, number, axis=axis)[:, 0, 0], tf.float32)}

    return predict


# Mean and standard deviation


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [
        # 204, 102 and 51 over 255 are 0.8, 0.4 and 0.2; torchvision's numbers are for values of 0 to 1.
        (
            {"input_mean": (0.485, 0.456, 0.406), "input_std": (0.229, 0.224, 0.225)},
            [(0.8 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (0.2 - 0.406) / 0.225],
        ),
        ({"input_mean": (0.5,)}, [0.3, -0.1, -0.3]),
        ({"input_std": (0.5,)}, [1.6, 0.8, 0.4]),
        # As VGGFace: nothing but the mean of each channel taken off values of 0 to 255.
        (
            {"input_mean": (129.2, 104.8, 93.6), "input_range": (0.0, 255.0)},
            [204 - 129.2, 102 - 104.8, 51 - 93.6],
        ),
        # As FaceNet: (v - 127.5) / 128.
        (
            {"input_mean": (127.5,), "input_std": (128.0,), "input_range": (0.0, 255.0)},
            [76.5 / 128, -25.5 / 128, -76.5 / 128],
        ),
        # BGR as Caffe has it: the numbers are in the model's order, so 93.6 is of blue.
        (
            {"input_mean": (93.6, 104.8, 129.2), "input_range": (0.0, 255.0), "input_channels": "BGR"},
            [51 - 93.6, 102 - 104.8, 204 - 129.2],
        ),
    ],
)
def test_channels_are_normalised(tmp_path, foreign, expected):
    for number, value in enumerate(expected):
        path = save(tmp_path / f"m{number}", channel(number), dtype=tf.float32, name="x")
        assert answers(path, COLOUR, "score", **foreign).scores == pytest.approx([value], abs=1e-4)


def test_channels_are_normalised_before_they_come_first(tmp_path):
    foreign = {"input_mean": (0.485, 0.456, 0.406), "input_std": (0.229, 0.224, 0.225)}
    path = save(tmp_path / "m", channel(2, axis=1), (3, 8, 8), tf.float32, "x")
    found = answers(path, COLOUR, "score", **foreign)
    assert found.scores == pytest.approx([(0.2 - 0.406) / 0.225], abs=1e-5)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.485,0.456,0.406", (0.485, 0.456, 0.406)),
        ("[0.485, 0.456, 0.406]", (0.485, 0.456, 0.406)),
        ("127.5", (127.5,)),
        ("1/2", (0.5,)),
    ],
)
def test_numbers_of_channels(text, numbers):
    assert parse_channels("--input_mean", text) == pytest.approx(numbers)


@pytest.mark.parametrize("text", ["", "a", "1,2", "1,2,3,4", "nan", "1,2,inf"])
def test_wrong_numbers_of_channels(text):
    with pytest.raises(InputError, match=re.escape(f"--input_mean={text}: expected a number for each")):
        parse_channels("--input_mean", text)


def test_a_standard_deviation_is_above_zero():
    with pytest.raises(InputError, match="--input_std=0.2,0,0.2: .*; each is above 0"):
        parse_channels("--input_std", "0.2,0,0.2")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"input_mean": (93.6, 104.8, 129.2)}, "93.6 is no value of a pixel after --input_scale=0,1;.*0,255"),
        (
            {"input_mean": (0.485, 0.456, 0.406), "input_range": (0.0, 255.0)},
            "--input_mean=0.485,0.456,0.406: is meant for values from 0 to 1, but --input_scale=0,255 makes",
        ),
        ({"input_std": (58.4,)}, "--input_std=58.4: is more than values after --input_scale=0,1 can vary"),
        ({"positive_output": -1}, "--positive_output=-1: expected a column, counted from 0"),
    ],
)
def test_flags_that_contradict_each_other(fields, message):
    with pytest.raises(InputError, match=message):
        ForeignModels(**fields).validate()


# Layouts


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, None, None)])
def test_channels_first(tmp_path, shape):
    # A colour of each channel and a number of its own for each pixel: all must arrive where they belong.
    image = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(1, 8, 8, 3)
    path = save(tmp_path / "m", lambda x: {"n": tf.cast(x[:, 2, 3, 5], tf.float32)}, shape, tf.uint8, "x")
    model = ExportedModel("m", path)
    assert model.image_shape == (*shape[1:], 3)
    found = answers(path, image, "score")
    assert found.scores.tolist() == [(3 * 8 + 5) * 3 + 2]
    assert found.note.endswith("How m was asked: pictures were given channels first (3, height, width).")


def test_channels_first_are_scaled_too(tmp_path):
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, (3, 4, 4), tf.float32, "x")
    found = answers(path, pictures([0, 51, 255]), "score", input_range=(0.0, 1.0), input_size=(4, 4))
    assert found.scores == pytest.approx([0, 0.2, 1])
    assert "pictures of 8x8 were scaled to 4x4" in found.note


@pytest.mark.parametrize("shape", [(8, 8, 1), (1, 8, 8)])
def test_grey(tmp_path, shape):
    # 0.299 x 204 + 0.587 x 102 + 0.114 x 51 = 126.684; of whole numbers 127.
    image = COLOUR
    path = save(tmp_path / "float", lambda x: {"n": level(x)}, shape, tf.float32, "x")
    found = answers(path, image, "score", input_range=(0.0, 255.0))
    assert found.scores == pytest.approx([126.684], abs=1e-3)
    assert "turned to grey, as it takes one channel" in found.note
    path = save(tmp_path / "int", lambda x: {"n": level(x)}, shape, tf.uint8, "x")
    assert answers(path, image, "score").scores.tolist() == [127]
    with pytest.raises(InputError, match="takes 1 channel, and --input_mean has 3 numbers; give one"):
        answers(tmp_path / "float", image, input_mean=(0.5, 0.5, 0.5))
    assert answers(tmp_path / "float", image, "score", input_mean=(0.5,)).scores == pytest.approx(
        [126.684 / 255 - 0.5], abs=1e-5
    )


def test_bgr(tmp_path):
    for number, expected in enumerate([0, 0, 255]):
        path = save(tmp_path / f"m{number}", channel(number), name="x")
        assert answers(path, RED, "score", input_channels="BGR").scores.tolist() == [expected]


# Batches


def test_a_batch_that_no_memory_holds_is_refused(tmp_path):
    path = save(tmp_path / "m", lambda pixels: {"y": level(pixels)}, batch=1 << 25)
    with pytest.raises(
        InputError, match=r"'images' takes no less than \(33554432, 8, 8, 3\) numbers at once"
    ):
        answers(path, pictures([51]), input_range=(0.0, 1.0))


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_fixed_batch_is_filled_up(tmp_path, batch):
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, batch=batch, name="x")
    found = answers(path, pictures([10, 20, 30, 40, 50]), "score", batch_size=3)
    assert found.scores.tolist() == [10, 20, 30, 40, 50]
    assert f"pictures were given {batch} at a time, as it takes no other number" in found.note


def test_a_model_that_fails_says_so_in_a_line(tmp_path):
    def predict(x):
        with tf.control_dependencies([tf.debugging.assert_equal(tf.shape(x)[0], 1)]):
            return {"n": level(tf.identity(x))}

    path = save(tmp_path / "m", predict, name="x")
    assert answers(path, pictures([10, 20]), "score", batch_size=1).scores.tolist() == [10, 20]
    with pytest.raises(InputError, match=r"m: fails on 2 pictures of 8x8 \(.*\). Try --batch_size=1") as e:
        answers(path, pictures([10, 20]))
    assert "\n" not in str(e.value)


# Types


def test_whole_numbers_are_not_scaled_away(tmp_path):
    # Given 0,1 for another model in the same audit, a picture would become 0 or 1.
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, name="x")
    found = answers(path, pictures([51, 204]), **UNIT)
    assert found.scores.tolist() == [51, 204]
    assert "given as whole numbers from 0 to 255, as it takes no others" in found.note


def test_numbers_that_do_not_fit_are_refused(tmp_path):
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, dtype=tf.int8, name="x")
    with pytest.raises(InputError, match="'x' is int8, from -128 to 127, and .* --input_scale=-128,127"):
        answers(path, pictures([0]))
    assert answers(path, pictures([0, 255]), input_range=(-128.0, 127.0)).scores.tolist() == [-128, 127]


def test_encoded_pictures_are_refused(tmp_path):
    path = save(tmp_path / "m", lambda x: {"n": tf.zeros(tf.shape(x)[0])}, (), tf.string, "image_bytes")
    with pytest.raises(
        InputError, match=r"'image_bytes' takes encoded pictures \(text\); export a signature"
    ):
        ExportedModel("m", path)
