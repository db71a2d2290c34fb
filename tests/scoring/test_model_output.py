"""Which number of a model's answer is the score, and what it is, by hand values."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from tests.scoring.saved_models import answers, level, pictures, save

LEVELS = [0, 51, 102, 204, 255]
SHARES = [0, 0.2, 0.4, 0.8, 1]
IMAGES = pictures(LEVELS)


def saved(tmp_path, predict, **more):
    return save(tmp_path / "m", predict, name="x", **more)


def shares(x):
    """The grey level from 0 to 1, and what is left to 1: probabilities of two classes."""
    share = level(x) / 255
    return tf.stack([1 - share, share], 1)


def test_columns_of_a_softmax_must_be_chosen(tmp_path):
    path = saved(tmp_path, lambda x: {"p": shares(x)})
    with pytest.raises(InputError, match=r"'p' gives 2 numbers .* --positive_output=0 or 1"):
        ExportedModel("m", path)
    found = answers(path, IMAGES, positive_output=1)
    assert found.scores == pytest.approx(SHARES)
    assert (found.kind, found.is_declared) == ("probability", False)
    assert "column 1 of 2 (counted from 0) of 'p', a probability; the columns sum to 1" in found.note
    assert answers(path, IMAGES, positive_output=0).scores == pytest.approx([1, 0.8, 0.6, 0.2, 0])
    told = answers(path, IMAGES, "probability", positive_output=1)
    assert (told.kind, told.is_declared) == ("probability", True)


def test_columns_that_do_not_exist(tmp_path):
    path = saved(tmp_path, lambda x: {"p": shares(x)})
    with pytest.raises(InputError, match="--positive_output=2: .* gives 2 numbers .*; expected 0 to 1"):
        answers(path, IMAGES, positive_output=2)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1), (-1, 1, 1)])
def test_one_number_for_each_picture_needs_no_column(tmp_path, shape):
    path = saved(tmp_path, lambda x: {"p": tf.reshape(level(x) / 255, shape)})
    assert answers(path, IMAGES).scores == pytest.approx(SHARES)
    assert answers(path, IMAGES, positive_output=0).scores == pytest.approx(SHARES)
    with pytest.raises(InputError, match="--positive_output=1: .* gives one number for each picture"):
        answers(path, IMAGES, positive_output=1)


def test_a_probability_just_above_one_is_still_one(tmp_path):
    path = saved(tmp_path, lambda x: {"p": shares(x) * 1.000001})
    found = answers(path, IMAGES, positive_output=1)
    assert found.kind == "probability"
    assert found.scores.max() == 1


def test_two_logits_become_their_difference(tmp_path):
    # Logits 1 and v / 51: the softmax of the second is 1 / (1 + exp(1 - v / 51)).
    path = saved(tmp_path, lambda x: {"z": tf.stack([tf.ones_like(level(x)), level(x) / 51], 1)})
    found = answers(path, IMAGES, positive_output=1)
    assert (found.kind, found.is_declared) == ("logit", False)
    assert found.scores == pytest.approx([-1, 0, 1, 3, 4])
    assert found.probabilities == pytest.approx(1 / (1 + np.exp([1, 0, -1, -3, -4])))
    assert "difference of two logits, column 1 less column 0 of 'z', whose sigmoid is" in found.note
    assert "--output_columns=sigmoid" in found.note
    assert answers(path, IMAGES, "logit", positive_output=0).scores == pytest.approx([1, 0, -1, -3, -4])
    # Two questions of their own rather than one choice.
    own = answers(path, IMAGES, "logit", positive_output=1, output_columns="sigmoid")
    assert own.scores == pytest.approx([0, 1, 2, 4, 5])
    assert answers(path, IMAGES, "score", positive_output=1).scores == pytest.approx([0, 1, 2, 4, 5])


def test_more_logits_must_be_told(tmp_path):
    path = saved(tmp_path, lambda x: {"z": tf.stack([level(x), 0 * level(x), 0 * level(x)], 1)})
    images = pictures([0, 2])
    with pytest.raises(InputError, match="gives 3 logits .*--output_columns=softmax.*=sigmoid"):
        answers(path, images, positive_output=0)
    # Softmax of (0, 0, 0) is a third, of (2, 0, 0) e^2 / (e^2 + 2).
    found = answers(path, images, positive_output=0, output_columns="softmax")
    assert found.probabilities == pytest.approx([1 / 3, np.exp(2) / (np.exp(2) + 2)])
    assert found.scores == pytest.approx([-np.log(2), 2 - np.log(2)])
    found = answers(path, images, positive_output=0, output_columns="sigmoid")
    assert found.probabilities == pytest.approx([0.5, 1 / (1 + np.exp(-2))])


def test_huge_logits_do_not_overflow(tmp_path):
    path = saved(tmp_path, lambda x: {"z": tf.stack([1000 * level(x), -1000 * level(x)], 1)})
    assert answers(path, pictures([1, 2]), positive_output=0).scores == pytest.approx([2000, 4000])


def test_columns_that_each_answer_for_themselves(tmp_path):
    # As of forty attributes: probabilities that sum to anything.
    path = saved(tmp_path, lambda x: {"p": tf.stack([level(x) / 255, level(x) / 255, level(x) / 255], 1)})
    found = answers(path, IMAGES, positive_output=2)
    assert found.scores == pytest.approx(SHARES)
    assert "a probability of its own, as the columns do not sum to 1" in found.note


def test_probabilities_are_no_logits(tmp_path):
    path = saved(tmp_path, lambda x: {"p": shares(x)})
    with pytest.raises(InputError, match="sum to 1: probabilities and no logits. Leave --output_kind out"):
        answers(path, IMAGES, "logit", positive_output=1)


def test_a_number_that_is_none_is_named(tmp_path):
    path = saved(tmp_path, lambda x: {"p": shares(x) / tf.where(level(x) > 200, 0.0, 1.0)[:, None] * 0})
    with pytest.raises(InputError, match="gives nan for row 3; expected a finite number"):
        answers(path, IMAGES, positive_output=1)


# Several outputs


def test_other_outputs_are_remembered(tmp_path):
    path = saved(tmp_path, lambda x: {"p": shares(x), "classes": tf.argmax(shares(x), 1)})
    with pytest.raises(InputError, match="gives 'classes', 'p'; name the one .* --output_name"):
        ExportedModel("m", path)
    found = answers(path, IMAGES, output_name="classes")
    assert found.scores.tolist() == [0, 0, 0, 1, 1]
    assert found.other_outputs == ("p",)


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        (lambda x: tf.fill([tf.shape(x)[0]], "cat"), "'a' gives text, not numbers; name another .*: 'b'"),
        (lambda x: tf.complex(level(x), level(x)), "'a' gives complex64, not numbers"),
        (lambda x: x[:, :, :, 0] * 1.0, "'a' gives 8 x 8 numbers for each picture, such as a map"),
        (lambda x: tf.reduce_mean(x), "'a' gives one number for 2 pictures together; expected one for each"),
        (lambda x: level(x)[:1], "'a' gives 1 for 2 pictures together"),
        (lambda x: tf.cast(level(x), tf.int64), "whole numbers from 0 to 255, as numbers of classes are"),
    ],
)
def test_outputs_that_are_no_scores(tmp_path, predict, message):
    path = saved(tmp_path, lambda x: {"a": predict(x), "b": level(x)}, dtype=tf.float32)
    with pytest.raises(InputError, match=message):
        answers(path, IMAGES, output_name="a", input_range=(0.0, 255.0))


def test_whole_numbers_may_be_scores(tmp_path):
    path = saved(tmp_path, lambda x: {"a": tf.cast(level(x), tf.int64)})
    assert answers(path, IMAGES, "score").scores.tolist() == LEVELS


def test_truths_are_decisions(tmp_path):
    path = saved(tmp_path, lambda x: {"a": level(x) > 100})
    assert answers(path, IMAGES).scores.tolist() == [0, 0, 1, 1, 1]
