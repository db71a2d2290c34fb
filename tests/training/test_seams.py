"""Samplers and models from outside the package, and hooks that watch a run."""

import os
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.registry import Registry
from facedebias.sampling import SAMPLERS
from facedebias.sampling.sampler import Sampler
from facedebias.sampling.sampler_settings import SamplerSettings
from facedebias.training.config import TrainConfig
from facedebias.training.hooks import Hook
from facedebias.training.run import train
from facedebias.training.settings.flat_config import compose
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer

FIRST_ROWS = """
from dataclasses import dataclass
import numpy as np
import tensorflow as tf
from facedebias.fields import setting
from facedebias.sampling.sampler import Sampler
from facedebias.sampling.sampler_settings import SamplerSettings

@dataclass(frozen=True)
class FirstRows(SamplerSettings):
    name = "first_rows"
    num_first: int = setting(5, "Rows that are drawn by turns.", 1, 100)
    def build(self, part):
        return FirstRowsSampler(part.num_rows, self.num_first)

class FirstRowsSampler(Sampler):
    def __init__(self, num_rows, num_first):
        super().__init__()
        self.num_rows, self.num_first = num_rows, num_first
    def draw(self, step, count):
        return (step * count + tf.range(count, dtype=tf.int64)) % self.num_first
    def effective_sample_size(self):
        return tf.constant(float(self.num_first))
    def probabilities(self):
        return np.where(np.arange(self.num_rows) < self.num_first, 1.0 / self.num_first, 0.0)
"""


def test_a_sampler_is_one_file_and_one_line(tiny_file, tmp_path):
    """With its flags, its record and its draws, in a process of its own as registries are global."""
    (tmp_path / "first_rows.py").write_text(FIRST_ROWS)
    script = (
        "import json, sys\n"
        "from facedebias.sampling import SAMPLERS\n"
        "SAMPLERS.register('first_rows', 'first_rows:FirstRows')\n"
        "from facedebias.cli import running, train\n"
        "running.run(train.main)\n"
    )
    flags = ["--sampler=first_rows", "--num_first=3", "--epochs=1", "--batch_size=8", "--width=2"]
    command = [sys.executable, "-c", script, f"--data={tiny_file}", f"--output={tmp_path / 'run'}", *flags]
    found = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )
    assert found.returncode == 0, found.stderr
    assert "with first_rows sampling" in found.stdout and "ESS 3 of" in found.stdout
    config = (tmp_path / "run" / "config.json").read_text()
    assert '"sampler": "first_rows"' in config and '"num_first": 3' in config
    shown = subprocess.run(
        [*command[:3], "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert "Rows that are drawn by turns. (default: 5)" in " ".join(shown.stdout.split())


class Watching(Sampler):
    """Notes what it is told."""

    needs_latents = True

    def __init__(self, num_rows):
        super().__init__()
        self.num_rows = num_rows
        self.starts, self.seen = [], tf.Variable(tf.zeros([4]), trainable=False)

    def draw(self, step, count):
        return (step * count + tf.range(count, dtype=tf.int64)) % self.num_rows

    def update(self, indices, latents, margins=None):
        self.seen.assign(latents[0])

    def on_epoch_start(self, encode):
        self.starts.append(encode())

    def effective_sample_size(self):
        return tf.constant(float(self.num_rows))

    def probabilities(self):
        return np.full(self.num_rows, 1.0 / self.num_rows)


@dataclass(frozen=True)
class WatchingSampling(SamplerSettings):
    name = "watching"
    needs_encoder = True

    def build(self, part):
        return Watching(part.num_rows)


@pytest.fixture
def watched(tiny_file):
    dataset = FaceDataset(tiny_file)
    config = compose(
        {"model": "dbvae", "batch_size": 8, "width": 2, "latent_dim": 4, "validation_fraction": 0.2}
    )
    config = TrainConfig(**{**vars(config), "sampler": WatchingSampling()})
    config.validate()
    return dataset, Trainer(config, dataset, open_task(config, dataset))


def test_samplers_get_what_they_declare(watched):
    dataset, trainer = watched
    rows = trainer.sampled_rows
    # As they are in the file, not as augmentation made them; by the weights before the epoch.
    trainer.run(trainer.steps_per_epoch)
    expected = trainer.model.encode(tf.constant(dataset.read(rows)))[0].numpy()
    assert trainer.face_sampler.starts == []
    trainer.run(1)
    (found,) = trainer.face_sampler.starts
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.any(trainer.face_sampler.seen.numpy() != 0)


def test_a_sampler_that_needs_an_encoder_is_refused_where_there_is_none():
    with pytest.raises(InputError, match="--sampler=watching: --model=classifier has no latents"):
        TrainConfig(sampler=WatchingSampling()).validate()


class Recorder(Hook):
    def __init__(self):
        self.calls = []

    def on_start(self, context):
        self.calls.append(("start", context.trainer.step))

    def on_steps(self, step, means):
        self.calls.append(("steps", step))

    def on_epoch_end(self, epoch, row):
        self.calls.append(("epoch", epoch, row["step"]))

    def on_end(self):
        self.calls.append(("end",))


def test_hooks_are_called_in_order_and_change_nothing(tiny_file, tmp_path):
    config = compose({"epochs": 2, "batch_size": 8, "width": 2, "validation_fraction": 0.2})
    recorder = Recorder()
    watched = train(config, tiny_file, tmp_path / "watched", hooks=[recorder])
    plain = train(config, tiny_file, tmp_path / "plain")
    assert recorder.calls == [
        ("start", 0), ("steps", 4), ("epoch", 1, 4), ("steps", 8), ("epoch", 2, 8), ("end",)
    ]  # fmt: skip
    assert watched.validation == plain.validation
    for one, other in zip(watched.model.weights, plain.model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_gives_its_model_and_where_it_lies(tiny_file, tmp_path):
    run = train(TrainConfig(epochs=1, batch_size=8), FaceDataset(tiny_file), tmp_path)
    images = FaceDataset(tiny_file).read(np.arange(4))
    exported = tf.saved_model.load(run.export).signatures["serving_default"](images=images)
    np.testing.assert_allclose(run.model.answer(images), exported["logits"], atol=1e-5)
    assert (run.epoch, run.folder) == (1, tmp_path)


class TestRegistry:
    def test_names_are_taken_once(self):
        registry = Registry("kind", {"one": int})
        registry.register("two", "math:sqrt")
        assert (list(registry), registry.get("one"), registry.get("two")(9)) == (["one", "two"], int, 3.0)
        with pytest.raises(ValueError, match="--kind=one: is registered already"):
            registry.register("one", float)
        with pytest.raises(InputError, match="--kind=three: unknown; choose one of one, two"):
            registry.get("three")

    def test_names_need_no_tensorflow(self):
        script = (
            "import sys; from facedebias.training.config import TrainConfig\n"
            "TrainConfig(model='dbvae').validate(); print('tensorflow' in sys.modules)"
        )
        found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert found.stdout == "False\n"
        assert "latent" in SAMPLERS
