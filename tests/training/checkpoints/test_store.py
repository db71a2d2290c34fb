"""Checkpoints that are damaged in every way: the newest that is whole is found, used and said."""

import errno
import os
import random
import re

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.training.checkpoints import manifest, store
from facedebias.training.checkpoints.manifest import Manifest
from facedebias.training.checkpoints.store import CheckpointStore

INDEX, DATA, MANIFEST = "ckpt-3.index", "ckpt-3.data-00000-of-00001", "ckpt-3.json"


def opened(run):
    """A store, and the variable that it saves."""
    weights = tf.Variable(tf.zeros([200]))
    return CheckpointStore({"weights": weights}, run), weights


def about(step):
    return Manifest(step, {}, {"data": "a.h5"}, "0" * 64, {"metrics.csv": f"step\n{step}\n"})


@pytest.fixture
def folder(tmp_path):
    """`checkpoints/` of a run that was saved at steps 10, 20 and 30, with that number as weights."""
    own, weights = opened(tmp_path)
    for step in (10, 20, 30):
        weights.assign(tf.fill([200], float(step)))
        own.save(about(step))
    return own.folder


def restored(folder):
    own, weights = opened(folder.parent)
    found = own.restore()
    values = set(weights.numpy().tolist())
    assert len(values) == 1
    return found, values.pop()


def test_the_newest_comes_back_and_says_what_it_is_of(folder):
    found, value = restored(folder)
    assert (value, found.path, found.notes) == (30.0, folder / "ckpt-3", ())
    assert (found.manifest.step, found.manifest.tables) == (30, {"metrics.csv": "step\n30\n"})


def test_two_are_kept_and_tensorflow_finds_the_newest(folder):
    assert list(manifest.numbers(folder)) == [3, 2]
    assert tf.train.latest_checkpoint(str(folder)) == str(folder / "ckpt-3")


def test_nothing_was_saved(tmp_path):
    assert opened(tmp_path)[0].restore() is None


def flip(path, seed):
    data, number = bytearray(path.read_bytes()), random.Random(seed)
    data[number.randrange(len(data))] ^= 1 << number.randrange(8)
    path.write_bytes(data)


def cut(path, seed):
    os.truncate(path, random.Random(seed).randrange(path.stat().st_size))


def lose(path, seed):
    path.unlink()


def overwrite(path, seed):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip, cut, lose, overwrite])
@pytest.mark.parametrize("name", [INDEX, DATA])
@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_one_is_said_and_the_one_before_is_used(folder, name, damage, seed):
    damage(folder / name, seed)
    found, value = restored(folder)
    assert value == 20.0
    assert found.notes[0].startswith(f"{folder / 'ckpt-3'}: is damaged (") and name in found.notes[0]
    assert found.notes[1].startswith("Going on from ckpt-2")
    # The damaged one would otherwise count as one of the two newest.
    assert list(manifest.numbers(folder)) == [2]


@pytest.mark.parametrize("damage", [flip, cut, overwrite])
@pytest.mark.parametrize("name", [INDEX, DATA])
def test_those_of_earlier_versions_have_checksums_of_tensorflow(folder, name, damage):
    for path in folder.glob("*.json"):
        path.unlink()
    assert restored(folder)[1] == 30.0
    damage(folder / name, 0)
    found, value = restored(folder)
    assert (value, found.manifest) == (20.0, None)
    assert len(found.notes) == 2


@pytest.mark.parametrize("damage", [flip, cut, lose, overwrite])
def test_a_manifest_may_be_damaged_where_the_rest_is_whole(folder, damage):
    damage(folder / MANIFEST, 0)
    found, value = restored(folder)
    assert (value, found.manifest, found.notes) == (30.0, None, ())


def test_the_list_that_tensorflow_keeps_is_not_needed(folder):
    (folder / "checkpoint").unlink()
    assert restored(folder)[1] == 30.0


def test_none_that_is_whole_is_refused_and_nothing_removed(folder):
    for name in (INDEX, "ckpt-2.index"):
        flip(folder / name, 0)
    before = sorted(os.listdir(folder))
    with pytest.raises(
        InputError, match=r"2 checkpoints, and none is whole \(ckpt-3: SHA-256 .*ckpt-2: .*anew"
    ):
        restored(folder)
    assert sorted(os.listdir(folder)) == before


def test_one_of_another_model_is_refused(tmp_path):
    own, _ = opened(tmp_path)
    own.save(about(10))
    other = CheckpointStore({"weights": tf.Variable(tf.zeros([3]))}, tmp_path)
    with pytest.raises(InputError, match="none is whole"):
        other.restore()


def failing(monkeypatch, part, error):
    """Has files of a name fail to be read."""
    digest = manifest.file_sha256

    def read(path):
        if part in path.name:
            raise error
        return digest(path)

    monkeypatch.setattr(manifest, "file_sha256", read)


def test_one_that_cannot_be_read_is_passed_over_and_kept(folder, monkeypatch):
    failing(monkeypatch, DATA, OSError(errno.EIO, os.strerror(errno.EIO)))
    own, weights = opened(folder.parent)
    found = own.restore()
    assert weights.numpy()[0] == 20.0
    assert f"ckpt-3: cannot be used, and is left as it is ({DATA} cannot be read (Inp" in found.notes[0]
    assert list(manifest.numbers(folder)) == [3, 2]
    own.save(about(30))
    assert list(manifest.numbers(folder)) == [4, 3, 2]  # two that can be read
    own.save(about(40))
    assert list(manifest.numbers(folder)) == [5, 4]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES])
def test_what_the_process_lacks_is_no_fault_of_a_checkpoint(folder, monkeypatch, number):
    failing(monkeypatch, "ckpt-3", OSError(number, os.strerror(number)))
    with pytest.raises(OSError, match=re.escape(os.strerror(number))):
        restored(folder)
    assert list(manifest.numbers(folder)) == [3, 2]


def unreadable(error):
    def read(self, path, options=None):
        raise error

    return read


OF_MACHINE = [tf.errors.ResourceExhaustedError, tf.errors.PermissionDeniedError, tf.errors.UnavailableError]


@pytest.mark.parametrize("kind", OF_MACHINE)
@pytest.mark.parametrize("has_manifests", [True, False])
def test_nor_is_what_tensorflow_lacks(folder, monkeypatch, kind, has_manifests):
    for path in () if has_manifests else folder.glob("*.json"):
        path.unlink()
    monkeypatch.setattr(tf.train.Checkpoint, "read", unreadable(kind(None, None, "no more")))
    with pytest.raises(kind):
        restored(folder)
    assert list(manifest.numbers(folder)) == [3, 2]


@pytest.mark.parametrize("error", [tf.errors.DataLossError(None, None, "x"), ValueError("of another model")])
def test_one_whose_checksums_agree_is_never_removed(folder, monkeypatch, error):
    read, is_first = tf.train.Checkpoint.read, iter([True])

    def fail_once(self, path, options=None):
        if next(is_first, False):
            raise error
        return read(self, path, options)

    monkeypatch.setattr(tf.train.Checkpoint, "read", fail_once)
    found, value = restored(folder)
    assert value == 20.0 and "is left as it is" in found.notes[0]
    assert list(manifest.numbers(folder)) == [3, 2]


def test_a_pipe_in_place_of_a_manifest_is_not_waited_for(folder):
    (folder / MANIFEST).unlink()
    os.mkfifo(folder / MANIFEST)
    assert restored(folder)[1] == 30.0


def test_numbers_go_on_after_a_damaged_one(folder):
    flip(folder / DATA, 0)
    own, weights = opened(folder.parent)
    own.restore()
    weights.assign(tf.fill([200], 30.0))
    own.save(about(30))
    assert list(manifest.numbers(folder)) == [3, 2]
    assert restored(folder)[1] == 30.0


def test_what_fails_while_it_is_written_leaves_the_others(folder, monkeypatch):
    own, _ = opened(folder.parent)

    def fail(path):
        raise OSError("No space left on device")

    monkeypatch.setattr(store, "file_sha256", fail)
    with pytest.raises(OSError, match="No space"):
        own.save(about(40))
    assert list(manifest.numbers(folder)) == [3, 2]
    assert restored(folder)[1] == 30.0


def test_what_a_killed_writer_left_is_removed(folder):
    (folder / "ckpt-4_temp").mkdir()
    (folder / "ckpt-4_temp" / "part-00000-of-00001.data-00000-of-00001").write_bytes(b"half")
    (folder / "ckpt-4.data-00000-of-00001").write_bytes(b"whole")
    own, _ = opened(folder.parent)
    own.remove_leftovers()
    assert not list(folder.glob("ckpt-4*"))
    assert list(manifest.numbers(folder)) == [3, 2]


def test_flipped_bits_anywhere_are_found(folder):
    """All that is restored is what was saved: of ten flips in any files, the newest whole one comes back."""
    weights = []
    for seed in range(10):
        path = sorted(folder.glob("ckpt-3.*"))[seed % 3]
        whole = path.read_bytes()
        flip(path, seed)
        about_newest = manifest.load(folder / MANIFEST)
        fault = "" if about_newest is None else manifest.fault_of(about_newest, folder)
        weights.append((path.suffix == ".json", bool(fault)))
        path.write_bytes(whole)
    assert all(is_manifest != is_found for is_manifest, is_found in weights)
    np.testing.assert_equal(restored(folder)[1], 30.0)
