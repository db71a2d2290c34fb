"""LiteRT files of this and other makers: asked, or refused with the way out."""

import importlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.machine import quiet_libraries
from facedebias.scoring.exported_model import ExportedModel
from facedebias.scoring.loading import litert_trial
from tests.scoring.saved_models import SIZE, answers, level, pictures, save, save_own

LEVELS = [0, 51, 102, 255]
UNIT = {"input_range": (0.0, 1.0)}
# Of TensorFlow's, about its own interpreter, which calibrates.
pytestmark = pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated.*:UserWarning")


def converted(model, path, **settings):
    """A LiteRT file of a SavedModel."""
    converter = tf.lite.TFLiteConverter.from_saved_model(str(model))
    for name, value in settings.items():
        setattr(converter, name, value)
    with quiet_libraries():
        path.write_bytes(converter.convert())
    return path


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """A file that gives the grey level of floats."""
    folder = tmp_path_factory.mktemp("foreign")
    model = save(folder / "m", lambda pixels: {"y": level(pixels)}, dtype=tf.float32, name="pixels")
    return converted(model, folder / "m.tflite")


@pytest.fixture(scope="module")
def quantized(tmp_path_factory):
    """The same with inputs and outputs of 8 bits, as for a microcontroller."""
    folder = tmp_path_factory.mktemp("quantized")

    def predict(pixels):
        return {"y": tf.reduce_mean(tf.nn.relu(pixels), [1, 2, 3])}

    model = save(folder / "m", predict, dtype=tf.float32, name="pixels")
    shown = np.linspace(0, 1, 8, dtype=np.float32)
    return converted(
        model,
        folder / "m.tflite",
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=lambda: ([np.full((1, SIZE, SIZE, 3), v, np.float32)] for v in shown),
        inference_input_type=tf.int8,
        inference_output_type=tf.int8,
    )


def test_a_model_of_another_maker(foreign):
    with pytest.raises(InputError, match="is float32, and nothing says which numbers it wants"):
        ExportedModel("m", foreign)
    found = answers(foreign, pictures([*LEVELS, 51]), **UNIT)
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1, 0.2], abs=1e-6)
    assert (found.path, found.note) == (str(foreign), "")


def test_numbers_of_8_bits_are_asked_as_those_that_they_stand_for(quantized):
    found = answers(quantized, pictures(LEVELS), **UNIT)
    # Steps of 1/255 in and out.
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=0.005)
    assert "was rounded to steps of 0.0039" in found.note


def test_one_of_our_own_says_everything(tmp_path):
    path = converted(save_own(tmp_path / "m"), tmp_path / "m.tflite")
    model = ExportedModel("m", path)
    assert model.is_own and model.image_shape == (SIZE, SIZE, 3)
    assert answers(path, pictures([100, 110])).scores == pytest.approx([0, 1], abs=1e-5)


def test_a_file_is_known_by_its_content(foreign, tmp_path):
    path = shutil.copy(foreign, tmp_path / "best")
    assert answers(path, pictures(LEVELS), **UNIT).scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)


def test_signatures(foreign):
    assert answers(foreign, pictures([51]), signature="serving_default", **UNIT).scores == pytest.approx(
        [0.2]
    )
    with pytest.raises(InputError, match="has no --signature=train; its signatures are 'serving_default'"):
        answers(foreign, pictures([51]), signature="train", **UNIT)


def test_a_file_without_signatures(tmp_path):
    # As converters of concrete functions write them.
    spec = tf.TensorSpec([1, SIZE, SIZE, 3], tf.float32, name="pixels")
    function = tf.function(level, input_signature=[spec]).get_concrete_function()
    content = tf.lite.TFLiteConverter.from_concrete_functions([function]).convert()
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    found = answers(path, pictures(LEVELS), batch_size=3, **UNIT)
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "is empty"), (b"no model", "is no LiteRT model"), (b"\0\0\0\0TFL3", "cannot be loaded")],
)
def test_other_files(tmp_path, content, what):
    (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises(InputError, match=rf"m\.tflite: {what}"):
        ExportedModel("m", tmp_path / "m.tflite")


def test_torn_files(foreign, tmp_path):
    whole, path = foreign.read_bytes(), tmp_path / "m.tflite"
    for length in range(8, len(whole), max(1, len(whole) // 20)):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"m\.tflite: cannot be loaded by LiteRT") as refused:
            ExportedModel("m", path)
        assert "\n" not in str(refused.value)


def test_no_flipped_byte_of_what_describes_a_model_is_a_traceback(foreign, tmp_path):
    whole, path = foreign.read_bytes(), tmp_path / "m.tflite"
    refused = 0
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x84]) + whole[place + 1 :])
        try:
            answers(path, pictures([51]), **UNIT)
        except InputError as error:
            refused += str(error).startswith(f"{path}: ")
    assert refused > 5


def test_a_tensor_far_larger_than_the_file_is_refused_before_there_is_memory_for_it(foreign, tmp_path):
    whole, path = foreign.read_bytes(), tmp_path / "m.tflite"
    shape = np.array([1, SIZE, SIZE, 3], "<i4").tobytes()
    assert shape in whole
    path.write_bytes(whole.replace(shape, np.array([1, SIZE, SIZE, 1 << 26], "<i4").tobytes()))
    with pytest.raises(
        InputError, match=r"m\.tflite: needs [\d,]+ bytes of memory for a picture, most of it for"
    ):
        ExportedModel("m", path)


def test_a_file_that_ends_the_process_is_refused(foreign, tmp_path, monkeypatch):
    # A stand-in for what some damaged files do, which differ from one version of LiteRT to another.
    probe = tmp_path / "probe.py"
    monkeypatch.setattr(litert_trial, "_PROBE", probe)
    probe.write_text("import os; os.abort()")
    with pytest.raises(InputError, match=r"m\.tflite: ends the process that opens it, so it is damaged"):
        ExportedModel("m", foreign)
    probe.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(litert_trial, "_SECONDS", 0.5)
    with pytest.raises(InputError, match=r"m\.tflite: gave no answer about an empty picture in 0\.5 s"):
        ExportedModel("m", foreign)


def test_the_probe_asks_a_whole_model_and_finds_nothing(foreign):
    command = [sys.executable, "-P", str(litert_trial._PROBE), str(1 << 30)]
    ended = subprocess.run(command, input=foreign.read_bytes(), capture_output=True)
    assert ended.returncode == 0, ended.stderr


def test_without_the_runtime(foreign, monkeypatch):
    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(InputError, match=r"needs the package ai-edge-litert.*'facedebias\[litert\]'"):
        ExportedModel("m", foreign)
