"""Models whose files were torn or flipped: refused with the way out, never a traceback or another answer."""

import os
import random
import shutil
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.thresholds import fitted_model
from facedebias.errors import InputError
from facedebias.safekeeping import checksums
from facedebias.scoring.loading import keras_files, keras_members, model_places
from facedebias.scoring.score_scale import LOGIT
from tests.scoring.saved_models import SIZE, answers, pictures

# Keras saves with an argument of NumPy 1.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LEVELS = pictures([0, 90, 110, 255])
NUM_FLIPS = 24


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A SavedModel with weights, in the form that this project exports, without its list of checksums."""
    path = tmp_path_factory.mktemp("model") / "export"
    holder = tf.Module()
    holder.weights = tf.Variable(np.full((SIZE * SIZE * 3, 1), 0.001, np.float32))

    def predict(images):
        flat = tf.reshape(tf.cast(images, tf.float32), [-1, SIZE * SIZE * 3])
        logits = (flat @ holder.weights)[:, 0]
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    spec = tf.TensorSpec([None, SIZE, SIZE, 3], tf.uint8, name="images")
    tf.saved_model.save(holder, str(path), signatures=tf.function(predict, input_signature=[spec]))
    return path


def damaged(data, rng):
    if rng.random() < 0.2:
        return data[: rng.randrange(len(data))]
    flipped = bytearray(data)
    flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def flipped_copies(export, folder, count):
    """Copies with one damaged file each, and the path of that file."""
    rng = random.Random(0)
    files = sorted(path.relative_to(export) for path in export.rglob("*") if path.is_file())
    for number in range(count):
        copy, name = folder / "copy", files[number % len(files)]
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(export, copy)
        (copy / name).write_bytes(damaged((export / name).read_bytes(), rng))
        yield copy, copy / name


def test_without_a_list_a_damaged_export_answers_the_same_or_is_refused(export, tmp_path, caplog):
    right = answers(str(export), LEVELS).scores
    refused = 0
    for copy, _ in flipped_copies(export, tmp_path, NUM_FLIPS):
        try:
            assert np.array_equal(answers(str(copy), LEVELS).scores, right)
        except InputError as error:
            refused += 1
            assert str(error).startswith(f"{copy}: ") and "xport it again" in str(error)
    assert refused > NUM_FLIPS / 3
    assert "Traceback" not in caplog.text


def test_with_its_list_all_damage_is_found_before_it_is_loaded(export, tmp_path, monkeypatch):
    listed = tmp_path / "listed"
    shutil.copytree(export, listed)
    checksums.write(listed)
    assert answers(str(listed), LEVELS).kind == LOGIT
    monkeypatch.setattr(tf.saved_model, "load", None)
    for copy, file in flipped_copies(listed, tmp_path, NUM_FLIPS):
        if file.name == checksums.NAME and file.read_bytes().endswith(b"\n"):
            continue  # torn at the end of a line, it lists fewer files
        with pytest.raises(InputError, match=rf"{copy}: is damaged: .*Export it again"):
            answers(str(copy), LEVELS)


def test_what_a_file_of_thresholds_copies_stays_in_the_folder(export, tmp_path):
    run = tmp_path / "run" / "export"
    shutil.copytree(export, run)
    (tmp_path / "secret").write_text("of the machine")
    (run / "assets.extra").mkdir()
    (run / "assets.extra" / "notes").symlink_to(tmp_path / "secret")
    config = AuditConfig(models=(str(run),), data="missing.h5", target="Male", groups=("Young",), split="val")
    with pytest.raises(InputError, match=r"notes: is a link that leads out of the model's folder.*cp -rL"):
        fitted_model.make(config, "equalized_odds", "accuracy", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.layers.Input((SIZE, SIZE, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")]
    )
    path = tmp_path_factory.mktemp("keras") / "model.keras"
    model.save(path)
    return path


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_damaged_keras_files_are_refused_or_read(keras_file, tmp_path, suffix):
    path, rng = tmp_path / f"model{suffix}", random.Random(0)
    model = keras.models.load_model(keras_file)
    keras.saving.save_model(model, path)
    whole = path.read_bytes()
    middle = whole.find(b"class_name")  # of .h5; .keras has a sum of each member
    for number in range(16):
        data = damaged(whole, rng)
        if number % 2 and middle > 0:
            place = middle + rng.randrange(600)
            data = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
        path.write_bytes(data)
        try:
            answers(str(path), LEVELS, input_range=(0.0, 1.0))
        except InputError as error:
            assert "model" in str(error)


def repacked(keras_file, path, members):
    with zipfile.ZipFile(keras_file) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        for name, data in members.items():
            target.writestr(name, data)
    return str(path)


def test_archives_that_unpack_to_far_more_or_elsewhere_are_refused(keras_file, tmp_path):
    bomb = repacked(keras_file, tmp_path / "bomb.keras", {"assets/x": bytes(101_000_000)})
    with pytest.raises(InputError, match=r"its member 'assets/x' unpacks to 101,000,000 bytes"):
        answers(bomb, LEVELS)
    for name in ("../x", "/etc/x", "a/../../x"):
        outside = repacked(keras_file, tmp_path / "out.keras", {name: b""})
        with pytest.raises(InputError, match="leads out of the file"):
            answers(outside, LEVELS)


def test_a_class_of_another_package_is_not_imported(keras_file, tmp_path):
    with zipfile.ZipFile(keras_file) as source:
        config = source.read("config.json").replace(b'"module": "keras.layers"', b'"module": "kerasx.layers"')
    path = tmp_path / "other.keras"
    with zipfile.ZipFile(keras_file) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, config if name == "config.json" else source.read(name))
    with pytest.raises(InputError, match="needs code that the file does not hold"):
        answers(str(path), LEVELS)


def test_archives_say_how_large_they_are(keras_file, tmp_path, monkeypatch):
    # Zip files do not hold what they say: a reader that is told no number unpacks all there is.
    for name in ("config.json", "model.weights.h5", "assets/x"):
        path = tmp_path / "liar.keras"
        repacked(keras_file, path, {} if name != "assets/x" else {name: bytes(5000)})
        data = bytearray(path.read_bytes())
        entry = data.index(name.encode(), data.index(b"PK\x01\x02")) - 46
        data[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"liar\.keras: (is no Keras file, or a damaged one|its member)"):
            keras_files._read_config(path)
    repacked(keras_file, path, {f"assets/{number}": bytes(100_000) for number in range(20)})
    monkeypatch.setattr(keras_members, "_SMALL", 1_000_000)
    with pytest.raises(InputError, match=r"bytes unpack to 2,0\d\d,\d{3}, which none do that Keras saves"):
        answers(str(path), LEVELS)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_are_packed_as_keras_packs_them(keras_file, tmp_path, method):
    with zipfile.ZipFile(keras_file) as source, zipfile.ZipFile(tmp_path / "a.keras", "w", method) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(InputError, match="is not packed as Keras does it"):
        answers(str(tmp_path / "a.keras"), LEVELS)


@pytest.mark.parametrize("name", ["fingerprint.pb", "variables/variables.index", "assets.extra/x"])
def test_a_pipe_in_a_model_is_not_waited_for(export, tmp_path, name):
    copy = tmp_path / "export"
    shutil.copytree(export, copy)
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).unlink(missing_ok=True)
    os.mkfifo(copy / name)
    with pytest.raises(InputError, match=f"{name}: is a pipe; expected files and folders alone. Remove it"):
        answers(str(copy), LEVELS)
    config = AuditConfig(
        models=(str(copy),), data="missing.h5", target="Male", groups=("Young",), split="val"
    )
    with pytest.raises(InputError, match=f"{name}: is a pipe"):
        fitted_model.make(config, "equalized_odds", "accuracy", tmp_path / "out")


def test_what_cannot_be_copied_is_said_in_a_sentence(export, tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    shutil.copytree(export, tmp_path / "run" / "export")
    (tmp_path / "run" / "export" / "loop").symlink_to("variables")
    with pytest.raises(InputError, match="loop: is a link to a folder, which no exported model has"):
        model_places.refuse_links_out(tmp_path / "run" / "export")

    def refused(source, target):
        raise shutil.Error([(str(source / "a"), str(target / "a"), "Permission denied")])

    monkeypatch.setattr(shutil, "copytree", refused)
    with pytest.raises(InputError, match=r"export/a: cannot be copied \(Permission denied\). Check"):
        fitted_model._copy(export, tmp_path / "out")
