"""Runs that were stopped: resumed bit for bit, or refused in a line."""

import csv
import os
import shutil
import signal
import time

import h5py
import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.safekeeping import checksums
from facedebias.safekeeping.stopping import Stopped
from facedebias.training.checkpoints.saving import Saver
from facedebias.training.hooks import Hook
from facedebias.training.records.metrics_table import MetricsTable
from facedebias.training.validation import Validator
from tests.training.runs import changed, read_table, train_at


def killed_after_epoch_2(write):
    def killed(self, row):
        write(self, row)
        if row.get("epoch") == 2:
            raise KeyboardInterrupt  # after the row, before the checkpoint of this epoch

    return killed


class At(Hook):
    """Does something once a step is reached."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_steps(self, step, means):
        if step == self.step:
            self.act()


def kill():
    raise KeyboardInterrupt


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.2)  # until the thread that listens has noted it


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def assert_same_run(folder, expected):
    """Tables, what a report shows, and exported weights are equal bit for bit."""
    timings = {"seconds", "images_per_second"}
    for row, other in zip(read_table(folder), read_table(expected), strict=True):
        assert {k: row[k] for k in row.keys() - timings} == {k: other[k] for k in row.keys() - timings}
    inside = [
        {path.name: path.read_bytes() for path in (run / "inside").iterdir()} for run in (folder, expected)
    ]
    assert inside[0] == inside[1]
    ours, theirs = (tf.saved_model.load(run / "export") for run in (folder, expected))
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(a, b)


class TestResume:
    def test_killed_stopped_and_damaged_it_ends_as_if_nothing_had_been(
        self, train, run, config, tmp_path, monkeypatch, capsys
    ):
        """Epochs have 4 steps, in calls of 3 and 1."""
        folder = tmp_path / "run"
        monkeypatch.setattr(Saver, "is_due", True)
        with pytest.raises(KeyboardInterrupt):
            train(config, folder, hooks=[At(4, kill)])
        monkeypatch.undo()
        monkeypatch.setattr("facedebias.training.epochs._STEPS_PER_CALL", 3)
        said = capsys.readouterr().out
        assert f"stopped. The last checkpoint is {folder / 'checkpoints' / 'ckpt-1'}, of step 3." in said
        assert "give facedebias train the same flags with --resume" in said

        with pytest.raises(Stopped) as stop:
            train(config, folder, resume=True, hooks=[At(7, terminate)])
        assert stop.value.status == 128 + signal.SIGTERM
        said, heard = capsys.readouterr()
        assert "resuming in epoch 1 of 3, after 3 of 4 steps" in said
        assert "ckpt-3, of step 7." in said
        assert heard.startswith("SIGTERM: saving after this step")
        assert not (folder / "run.lock").exists()

        flip(folder / "checkpoints" / "ckpt-3.data-00000-of-00001")
        (folder / "checkpoints" / "checkpoint").unlink()
        os.truncate(folder / "config.json", 100)
        os.truncate(folder / "data.sha256", 0)
        (folder / "metrics.csv").write_bytes(b"\x00garbage\n,,\n")
        (folder / "inside" / "effective_sample_size.csv").unlink()
        (folder / "inside" / ".raised.png.partial-1").write_bytes(b"half")
        best = train(config, folder, resume=True)
        said = capsys.readouterr().out
        assert "ckpt-3: is damaged (SHA-256 of ckpt-3.data" in said and "Going on from ckpt-2" in said
        assert "resuming after epoch 1 of 3" in said
        for name in ("config.json", "data.sha256", "metrics.csv"):
            assert f"{folder / name}: was damaged; put back" in said
        assert best == run[1]
        assert_same_run(folder, run[0])
        checksums.check(folder)

    def test_a_run_without_a_checkpoint_says_that_it_starts_anew(
        self, train, config, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setattr(MetricsTable, "write", killed_after_epoch_2(MetricsTable.write))
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        shutil.rmtree(tmp_path / "run" / "checkpoints")
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run", resume=True)
        assert "no checkpoint to go on from; starting from the beginning" in capsys.readouterr().out

    def test_what_is_due_while_an_epoch_is_validated_is_saved(
        self, train, run, config, tmp_path, monkeypatch, capsys
    ):
        is_due, scored = [], []
        score = Validator._score_after

        def killed(self, pause, images):
            is_due.append(True)  # the minutes are over once validation has begun
            scored.append(score(self, pause, images))
            raise KeyboardInterrupt

        monkeypatch.setattr(Saver, "is_due", property(lambda self: bool(is_due)))
        monkeypatch.setattr(Validator, "_score_after", killed)
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        monkeypatch.undo()
        assert "ckpt-1, of step 4." in capsys.readouterr().out
        assert train(config, tmp_path / "run", resume=True) == run[1]
        assert "resuming in epoch 1 of 3, after 4 of 4 steps" in capsys.readouterr().out
        assert_same_run(tmp_path / "run", run[0])

    def test_data_that_changed_is_said_with_the_way_to_go_on(self, train, config, tmp_path, tiny_file):
        shutil.copy(tiny_file, tmp_path / "a.h5")

        def change():
            flip(tmp_path / "a.h5")
            with (tmp_path / "a.h5").open("ab") as file:
                file.write(b"more")

        expected = (
            r"a\.h5: was replaced or changed .*put it back as it was\. "
            "No step was saved yet. .*same flags with --resume"
        )
        with pytest.raises(InputError, match=expected):
            train_at(tmp_path / "a.h5")(config, tmp_path / "run", hooks=[At(4, change)])

    def test_moved_data_goes_on_bit_for_bit(
        self, train, run, config, tiny_file, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setattr(MetricsTable, "write", killed_after_epoch_2(MetricsTable.write))
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        monkeypatch.undo()
        (tmp_path / "moved.h5").symlink_to(tiny_file.resolve())
        capsys.readouterr()
        assert train_at(tmp_path / "moved.h5")(config, tmp_path / "run", resume=True) == run[1]
        assert capsys.readouterr().out.count(f"moved.h5 has the content of {tiny_file}") == 1
        ours, theirs = (tf.saved_model.load(folder / "export") for folder in (tmp_path / "run", run[0]))
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_other_settings_are_refused_by_name(self, train, run, config):
        with pytest.raises(InputError, match=r"other settings \(alpha 0\.01 -> 0\.5\).*another folder"):
            train(changed(config, alpha=0.5), run[0], resume=True)

    def test_other_data_is_refused(self, run, config, tiny_file, tmp_path):
        shutil.copytree(run[0], tmp_path / "run")
        shutil.copy(tiny_file, tmp_path / "other.h5")
        with h5py.File(tmp_path / "other.h5", "r+") as file:
            file["images"][0, 0, 0, 0] ^= 1
        with pytest.raises(InputError, match=r"is not the file that the run in .* was started with"):
            train_at(tmp_path / "other.h5")(config, tmp_path / "run", resume=True)

    def test_checkpoints_of_which_none_is_whole_are_said(self, train, run, config, tmp_path):
        shutil.copytree(run[0], tmp_path / "run")
        for path in (tmp_path / "run" / "checkpoints").glob("ckpt-*.index"):
            path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(
            InputError, match=r"2 checkpoints, and none is whole .*Otherwise delete the folder"
        ):
            train(config, tmp_path / "run", resume=True)

    def test_nothing_to_resume_is_said(self, train, config, tmp_path):
        with pytest.raises(InputError, match="nothing to resume. Leave out --resume"):
            train(config, tmp_path / "none", resume=True)
        assert not (tmp_path / "none").exists()


def test_a_run_that_diverges_says_where_on_what_and_why(train, config, tmp_path):
    wild = changed(config, learning_rate=10.0, kl_weight=1000.0, schedule="constant")
    expected = (
        r"epoch \d, step \d of 4: loss (nan|inf).* rows .*diverged\.csv\. Training diverged\. "
        r"learning_rate 10 is above the default 0\.001 and kl_weight 1000 is above .*lower learning_rate"
    )
    with pytest.raises(InputError, match=expected):
        train(wild, tmp_path / "run")
    with (tmp_path / "run" / "diverged.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == config.batch_size
    assert all(row["path"].endswith(".png") for row in rows)
