"""The state of a run and its tables, which go together."""

import os
from types import SimpleNamespace

import pytest
import tensorflow as tf

from facedebias.training.checkpoints.running_sums import RunningSums
from facedebias.training.checkpoints.saving import RunPlace, Saver
from facedebias.training.records.metrics_table import METRICS, MetricsTable


class Trainer:
    """A step, and sums of its epoch."""

    def __init__(self):
        self._steps = tf.Variable(0, dtype=tf.int64)
        self.sums = RunningSums(["loss"])

    @property
    def step(self):
        return int(self._steps)

    def take(self, num_steps):
        self._steps.assign_add(num_steps)
        self.sums.add(tf.ones([2, 1], tf.float64), tf.constant(num_steps))

    def state(self):
        return {"steps": self._steps, "sums": self.sums}

    def is_finite(self):
        return True


def saver(folder):
    data = folder / "a.h5"
    data.touch()
    kept = SimpleNamespace(state=dict, on_restored=lambda has_weights: None)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
    trainer = Trainer()
    return trainer, Saver(trainer, kept, RunPlace(folder, {"data": str(data)}, empty), minutes=10.0)


def test_the_row_of_an_epoch_that_is_validated_again_comes_once(tmp_path):
    """A run is stopped while it validates its first epoch, goes on, and is killed before it is saved."""
    trainer, own = saver(tmp_path)
    trainer.take(4)
    own.save()
    MetricsTable(tmp_path / METRICS, 4).write({"epoch": 1, "step": 4})

    trainer, own = saver(tmp_path)
    assert own.restore() == [] and trainer.step == 4
    assert not (tmp_path / METRICS).exists()
    MetricsTable(tmp_path / METRICS, 4).write({"epoch": 1, "step": 4})
    trainer.sums.end_epoch()
    own.save()

    trainer, own = saver(tmp_path)
    assert own.restore() == []
    assert (tmp_path / METRICS).read_text() == "epoch,step\n1,4\n"


def test_without_a_manifest_the_table_is_left(tmp_path):
    trainer, own = saver(tmp_path)
    MetricsTable(tmp_path / METRICS, 4).write({"epoch": 1, "step": 4})
    trainer.take(4)
    own.save()
    (tmp_path / "checkpoints" / "ckpt-1.json").unlink()
    assert saver(tmp_path)[1].restore() == []
    assert (tmp_path / METRICS).exists()


@pytest.mark.parametrize("step", [0, 4])
def test_a_pipe_in_place_of_a_table_is_not_waited_for(tmp_path, step):
    os.mkfifo(tmp_path / METRICS)
    MetricsTable(tmp_path / METRICS, step).write({"epoch": 1, "step": 4})
    assert (tmp_path / METRICS).read_text() == "epoch,step\n1,4\n"
