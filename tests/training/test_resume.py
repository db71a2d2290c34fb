"""Runs that were stopped: resumed bit for bit, or refused in a line."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.training.records.metrics_table import MetricsTable
from facedebias.training.trainer import Trainer
from tests.training.runs import changed, read_table, train_at


def killed_after_epoch_2(write):
    def killed(self, row):
        write(self, row)
        if row.get("epoch") == 2:
            raise KeyboardInterrupt  # after the row, before the checkpoint of this epoch

    return killed


class TestResume:
    def test_killed_and_resumed_equals_never_killed(self, train, run, config, tmp_path, monkeypatch):
        monkeypatch.setattr(MetricsTable, "write", killed_after_epoch_2(MetricsTable.write))
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        monkeypatch.undo()
        best = train(config, tmp_path / "run", resume=True)
        assert best == run[1]
        timings = {"seconds", "images_per_second"}
        for row, expected in zip(read_table(tmp_path / "run"), read_table(run[0]), strict=True):
            assert {k: row[k] for k in row.keys() - timings} == {k: expected[k] for k in row.keys() - timings}
        inside = [
            {path.name: path.read_bytes() for path in (folder / "inside").iterdir()}
            for folder in (tmp_path / "run", run[0])
        ]
        assert inside[0] == inside[1]
        ours, theirs = (tf.saved_model.load(folder / "export") for folder in (tmp_path / "run", run[0]))
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_array_equal(a, b)

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

    def test_other_data_is_refused(self, train, run, config, tmp_path):
        shutil.copytree(run[0], tmp_path / "run")
        (tmp_path / "run" / "data.sha256").write_text("of another file")
        with pytest.raises(InputError, match=r"is not the file that the run in .* was started with"):
            train(config, tmp_path / "run", resume=True)

    def test_a_damaged_checkpoint_is_said(self, train, run, config, tmp_path):
        shutil.copytree(run[0], tmp_path / "run")
        checkpoint = tmp_path / "run" / "checkpoints" / "ckpt-3.index"
        checkpoint.write_bytes(checkpoint.read_bytes()[:100])
        with pytest.raises(InputError, match=r"ckpt-3: is damaged .*Delete the folder of the run"):
            train(config, tmp_path / "run", resume=True)

    def test_nothing_to_resume_is_said(self, train, config, tmp_path):
        with pytest.raises(InputError, match="nothing to resume. Leave out --resume"):
            train(config, tmp_path / "none", resume=True)
        assert not (tmp_path / "none").exists()


def test_a_full_disk_is_said_and_other_faults_are_not_hidden(train, config, tmp_path, monkeypatch):
    for number, message in enumerate(["ckpt.data; No space left on device", "another fault"]):
        error = tf.errors.UnknownError(None, None, message)

        def fail(self, num_steps, error=error):
            raise error

        monkeypatch.setattr(Trainer, "run", fail)
        expected = InputError if number == 0 else tf.errors.UnknownError
        with pytest.raises(expected, match="the disk is full.*--resume" if number == 0 else message):
            train(config, tmp_path / str(number))


def test_a_run_that_diverges_says_so(train, config, tmp_path):
    wild = changed(config, learning_rate=10.0, kl_weight=1000.0, schedule="constant")
    with pytest.raises(InputError, match="diverged.*lower learning_rate"):
        train(wild, tmp_path / "run")
