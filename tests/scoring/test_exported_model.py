"""SavedModels of this project and of others, asked about pictures of known grey levels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel, common_picture_shape
from facedebias.scoring.foreign import ForeignModels, parse_range
from tests.scoring import saved_models
from tests.scoring.saved_models import level, pictures, save, save_own

LEVELS = [0, 51, 255, 102, 204]


def answers(path, images=None, kind="score", **foreign):
    """What a model says of the pictures, with a last batch of one."""
    return saved_models.answers(path, pictures(LEVELS) if images is None else images, kind, **foreign)


# This project's own


def test_own_models_answer_with_logits(tmp_path):
    path = save_own(tmp_path / "own", shift=100.0)
    expected = (np.array(LEVELS) - 100) / 10
    # How others are to be asked does not concern them.
    foreign = {"input_range": (0.0, 1.0), "output_name": "x", "input_size": (4, 4), "kind": "score"}
    for found in (answers(path), answers(path, **foreign)):
        assert found.scores == pytest.approx(expected)
        assert found.probabilities == pytest.approx(1 / (1 + np.exp(-expected)))
        assert (found.kind, found.is_declared) == ("logit", True)


def test_columns_of_answers_are_fine(tmp_path):
    flat = answers(save_own(tmp_path / "flat"))
    column = answers(save_own(tmp_path / "column", column=True))
    np.testing.assert_array_equal(flat.scores, column.scores)
    assert column.scores.shape == (len(LEVELS),)


def test_an_export_of_a_training_run_is_found(tmp_path):
    path = save_own(tmp_path / "run" / "export")
    assert str(ExportedModel("m", tmp_path / "run").path) == path


def test_answers_that_are_no_numbers_name_the_row(tmp_path):
    with pytest.raises(InputError, match="broken: gives nan for row 0; expected a finite number"):
        answers(save_own(tmp_path / "broken", shift=float("nan")))


# Somebody else's


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        # 51 is a fifth of 255, and so is a fifth of the way from LOW to HIGH.
        ("0,1", [0, 0.2, 1, 0.4, 0.8]),
        ("1/255", [0, 0.2, 1, 0.4, 0.8]),
        ("-1,1", [-1, -0.6, 1, -0.2, 0.6]),
        ("0,255", [0, 51, 255, 102, 204]),
        ("1", [0, 51, 255, 102, 204]),
    ],
)
@pytest.mark.parametrize("dtype", [tf.float32, tf.float16])
def test_floats_are_scaled(tmp_path, scale, expected, dtype):
    path = save(tmp_path / "m", lambda x: {"out": level(x)}, dtype=dtype, name="whatever")
    found = answers(path, kind="score", input_range=parse_range(scale))
    assert found.scores == pytest.approx(expected, abs=1e-6 if dtype == tf.float32 else 1e-3)


def test_each_pixel_and_channel_reaches_the_model(tmp_path):
    image = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(1, 8, 8, 3)
    # Red of row 2, column 5 is the number (2 x 8 + 5) x 3 = 63; blue is two further.
    for channel, expected in ((0, 63), (2, 65)):
        path = save(
            tmp_path / f"m{channel}", lambda x, c=channel: {"out": tf.cast(x[:, 2, 5, c], tf.float32)}
        )
        assert answers(path, image).scores.tolist() == [expected]


@pytest.mark.parametrize("dtype", [tf.uint8, tf.int32])
def test_integers_are_taken_as_they_are(tmp_path, dtype):
    path = save(tmp_path / "m", lambda x: {"out": level(x)}, dtype=dtype, name="x")
    assert answers(path).scores.tolist() == LEVELS


@pytest.mark.parametrize("column", [False, True])
def test_one_number_for_each_picture(tmp_path, column):
    def predict(x):
        found = level(x) / 255
        return {"p": found[:, None] if column else found}

    found = answers(save(tmp_path / "m", predict, name="x"))
    assert found.scores == pytest.approx([0, 0.2, 1, 0.4, 0.8])
    assert found.scores.shape == (5,)


def test_the_kind_of_an_answer_is_guessed_or_told(tmp_path):
    path = save(tmp_path / "p", lambda x: {"p": level(x) / 255})
    found = answers(path, kind=None)
    assert (found.kind, found.is_declared) == ("probability", False)
    told = answers(path, kind="logit")
    assert (told.kind, told.is_declared) == ("logit", True)
    # 1 / (1 + e^-1) for the white picture.
    assert told.probabilities[2] == pytest.approx(0.7310586)
    path = save(tmp_path / "l", lambda x: {"p": level(x) - 100})
    found = answers(path, kind=None)
    assert (found.kind, found.is_declared) == ("logit", False)
    assert found.probabilities[0] == pytest.approx(np.exp(-100))
    assert answers(path, kind="score").probabilities is None
    with pytest.raises(InputError, match="gives -100 for row 0; a probability.*--output_kind"):
        answers(path, kind="probability")


def test_several_outputs_need_a_name(tmp_path):
    path = save(tmp_path / "m", lambda x: {"a": level(x), "b": -level(x)}, name="x")
    assert answers(path, output_name="b").scores.tolist() == [-value for value in LEVELS]
    for name in (None, "c"):
        with pytest.raises(InputError, match="takes 'x' and gives 'a', 'b'; name .* with --output_name"):
            answers(path, output_name=name)


def test_a_model_of_any_size(tmp_path):
    def size(x):
        return {"n": tf.fill([tf.shape(x)[0]], tf.size(x[0]))}

    path = save(tmp_path / "m", size, (None, None, 3))
    model = ExportedModel("m", path)
    assert model.image_shape == (None, None, 3)
    assert model.needs_shape
    # Pictures come as they are, or scaled to --input_size.
    images = pictures(LEVELS, 6, 4)
    assert answers(path, images, "score").scores.tolist() == [6 * 4 * 3] * 5
    assert answers(path, images, "score", input_size=(3, 2)).scores.tolist() == [3 * 2 * 3] * 5
    assert not ExportedModel("m", path, ForeignModels(input_size=(3, 2))).needs_shape


def test_resizing_averages(tmp_path):
    # Left half black, right half white: shrunk to two columns they stay, to one they mix.
    image = np.zeros((1, 8, 8, 3), np.uint8)
    image[:, :, 4:] = 255
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, (None, None, 3), tf.float32)
    right = save(tmp_path / "r", lambda x: {"n": level(x[:, :, 1:])}, (None, None, 3), tf.float32)
    scale = {"input_range": (0.0, 1.0)}
    assert answers(path, image, input_size=(8, 1), **scale).scores == pytest.approx([0.5])
    # What smoothing takes from the white half it gives to the black one.
    assert answers(path, image, input_size=(4, 2), **scale).scores == pytest.approx([0.5])
    assert 0.8 < answers(right, image, input_size=(4, 2), **scale).scores[0] <= 1
    # Of uniform pictures nothing changes, however they are scaled; integers are rounded, not cut.
    whole = save(tmp_path / "w", lambda x: {"n": level(x)}, (5, 7, 3))
    assert answers(whole, input_size=(5, 7)).scores.tolist() == LEVELS


def test_a_size_that_the_signature_contradicts(tmp_path):
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, (8, None, 3))
    assert ExportedModel("m", path, ForeignModels(input_size=(8, 5))).image_shape == (8, 5, 3)
    with pytest.raises(InputError, match="takes pictures of 8xany, not --input_size=5x8; leave it out"):
        ExportedModel("m", path, ForeignModels(input_size=(5, 8)))


def test_floats_of_unknown_scale_are_refused(tmp_path):
    path = save(tmp_path / "m", lambda x: {"n": level(x)}, dtype=tf.float32, name="x")
    with pytest.raises(InputError, match=r"'x' is float32, .*--input_scale=0,1 or -1,1, or 0,255 if"):
        ExportedModel("m", path)


@pytest.mark.parametrize(
    ("shape", "dtype", "batch", "described"),
    [
        ((None, 8, 4), tf.uint8, None, r"uint8 \(None, None, 8, 4\)"),
        ((4, None, 8), tf.uint8, None, r"uint8 \(None, 4, None, 8\)"),
        ((8, 8, 8, 3), tf.uint8, 1, r"uint8 \(1, 8, 8, 8, 3\)"),
        ((8, 3), tf.float32, None, r"float32 \(None, 8, 3\)"),
        ((8, 8, 3), tf.bool, None, r"bool \(None, 8, 8, 3\)"),
    ],
)
def test_other_inputs_are_refused(tmp_path, shape, dtype, batch, described):
    path = save(tmp_path / "m", lambda x: {"n": tf.zeros(tf.shape(x)[0])}, shape, dtype, "x", batch)
    with pytest.raises(InputError, match=rf"'x' is {described}; expected .* --input_size, --input_scale"):
        ExportedModel("m", path, ForeignModels(input_range=(0.0, 1.0)))


@pytest.mark.parametrize("shape", [(8, 8, 4), (4, 8, 8), (8, 8, 2)])
def test_other_numbers_of_channels_are_named(tmp_path, shape):
    path = save(tmp_path / "m", lambda x: {"n": tf.zeros(tf.shape(x)[0])}, shape, tf.uint8, "x")
    numbers = " x ".join(map(str, shape))
    with pytest.raises(
        InputError, match=f"'x' takes {numbers} numbers for a picture; pictures have 3 channel"
    ):
        ExportedModel("m", path)


def test_two_inputs_are_refused(tmp_path):
    spec = tf.TensorSpec([None, 8, 8, 3], tf.uint8)
    function = tf.function(lambda x, y: {"n": level(x) + level(y)}, input_signature=[spec, spec])
    tf.saved_model.save(tf.Module(), str(tmp_path / "m"), signatures={"serving_default": function})
    with pytest.raises(InputError, match="takes 'x', 'y'; expected .* any one input"):
        ExportedModel("m", tmp_path / "m")


def test_a_keras_model_as_keras_exports_it(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1, "sigmoid", kernel_initializer="ones", bias_initializer="zeros"),
        ]
    )
    model.export(str(tmp_path / "keras"), verbose=False)
    found = answers(tmp_path / "keras", kind=None, input_range=(0.0, 1.0))
    # Three channels of v / 255 each: the sigmoid of 3 v / 255.
    assert found.scores == pytest.approx(1 / (1 + np.exp(-3 * np.array(LEVELS) / 255)))
    assert found.kind == "probability"
    with pytest.raises(InputError, match="nothing says which numbers.*--input_scale"):
        answers(tmp_path / "keras")


# Several models on the same pictures


def test_pictures_that_all_models_take(tmp_path):
    own = ExportedModel("own", save_own(tmp_path / "own", 8))
    small = ExportedModel("small", save_own(tmp_path / "small", 4))
    path = save(tmp_path / "any", lambda x: {"n": level(x)}, (None, None, 3))
    anything, scaled = ExportedModel("any", path), ExportedModel("s", path, ForeignModels((6, 6)))
    assert common_picture_shape([anything]) == (None, None, 3)
    # Whoever takes any size takes that of the others; whoever is scaled for has no say.
    for models in ([own, anything], [anything, own], [scaled, own], [anything, scaled, own]):
        assert common_picture_shape(models) == (8, 8, 3)
    assert common_picture_shape([scaled]) == (6, 6, 3)
    for models in ([own, small], [anything, own, small]):
        with pytest.raises(InputError, match="small: takes pictures of 4x4, but .*own of 8x8; audit them"):
            common_picture_shape(models)


def test_an_own_model_that_gives_fewer_answers_is_refused(tmp_path):
    def predict(images):
        logits = tf.reshape(tf.reduce_mean(level(images)), [-1])  # one for all
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    model = ExportedModel("m", save(tmp_path / "m", predict))
    with pytest.raises(
        InputError, match=r"m: gives 1 numbers for 5 pictures, so it is damaged\. Export it again"
    ):
        model.answer(pictures(LEVELS))
