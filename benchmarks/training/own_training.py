"""This project's training as a contestant: end to end, and its parts."""

import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from benchmarks.training.keras_reference import LEARNING_RATE
from facedebias import machine
from facedebias.data.face_file import FaceDataset
from facedebias.sampling.latent import LatentSampler
from facedebias.sampling.tables.binning import DeviationBinning
from facedebias.training.checkpoints.manifest import Manifest
from facedebias.training.checkpoints.store import CheckpointStore
from facedebias.training.settings.flat_config import compose
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer

# What the lab and the other references do: pictures as they are, non-faces drawn evenly.
PLAIN: Mapping[str, Any] = {
    **dict.fromkeys(("zoom", "stretch", "rotate", "shift", "brightness", "gamma", "saturation", "tint"), 0.0),
    **dict.fromkeys(("flip", "standardize", "average_mirrored"), False),
    "nonface_sampler": "uniform",
}
# Steps in one call into the graph, as train.py takes them.
_STEPS_PER_CALL = 20


class OwnTraining:
    """The trainer of train.py, and its step on one batch that never changes.

    Args:
        data: path of the face file.
        model: "classifier" or "dbvae".
        batch_size: pictures in a batch.
        augment: whether pictures and draws are those of train.py's defaults, or `PLAIN`.
        fill_bins: whether the sampler starts with every face in some bin, as after an epoch, or all
            in the same; filling them takes memory for a moment that the process keeps.
    """

    def __init__(self, data: str, model: str, batch_size: int, augment: bool, fill_bins: bool = True):
        recipe: Mapping[str, Any] = {} if augment else PLAIN
        if model == "classifier" and not augment:
            recipe = {"sampler": "uniform", **recipe}
        own = {"model": model, "batch_size": batch_size, "learning_rate": LEARNING_RATE}
        config = compose({**own, **recipe})
        dataset = FaceDataset(data)
        task = open_task(config, dataset)
        self._num_faces = batch_size // 2
        self.trainer = Trainer(config, dataset, task, machine.one_shard_per_core())
        sampler = self.trainer.face_sampler
        if isinstance(sampler, LatentSampler):
            if fill_bins:
                see_all_faces(sampler)
            sampler.num_seen.assign(sampler.num_rows)  # draws go by weight
        # Its weights drift apart from the trainer's, its cost does not.
        rows = task.rows
        batch = [*rows.train_positives[: self._num_faces], *rows.train_negatives[: self._num_faces]]
        # A variable: what is done to a constant is done once, before the loop.
        self._images = tf.Variable(dataset.read(batch), trainable=False)
        self._labels = tf.constant(dataset.labels[batch, 0], tf.float32)

    def run(self, num_steps: int) -> None:
        """Trains, with everything that train.py does between two log lines."""
        for start in range(0, num_steps, _STEPS_PER_CALL):
            self.trainer.run(min(_STEPS_PER_CALL, num_steps - start))

    def bare(self, num_steps: int) -> None:
        """The model's step alone."""
        for start in range(0, num_steps, _STEPS_PER_CALL):
            self._bare(tf.constant(min(_STEPS_PER_CALL, num_steps - start)))

    def save_plain(self, num_times: int) -> None:
        """Writes checkpoints as TensorFlow's manager does, and keeps two."""
        with tempfile.TemporaryDirectory() as folder:
            manager = tf.train.CheckpointManager(tf.train.Checkpoint(**self.trainer.state()), folder, 2)
            for _ in range(num_times):
                manager.save()

    def save_whole(self, num_times: int) -> None:
        """Writes checkpoints as train.py does: looks at the weights, adds checksums, keeps two."""
        with tempfile.TemporaryDirectory() as folder:
            store = CheckpointStore(self.trainer.state(), Path(folder))
            for _ in range(num_times):
                if self.trainer.is_finite():
                    store.save(Manifest(self.trainer.step, {}, {}, "", {}))

    def steps_per_epoch(self, _: int) -> dict[str, int]:
        """Steps of an epoch on the file."""
        return {"steps": self.trainer.steps_per_epoch}

    def profile(self, num_steps: int) -> dict[str, dict[str, float]]:
        """Milliseconds of processor time that each kind of operation takes in a bare step."""
        with tempfile.TemporaryDirectory() as folder:
            tf.profiler.experimental.start(folder)
            self.bare(num_steps)
            tf.profiler.experimental.stop()
            (path,) = Path(folder).rglob("*.xplane.pb")
            space = xplane_pb2.XSpace.FromString(path.read_bytes())
        total: Counter[str] = Counter()
        for plane in space.planes:
            names = {number: event.name for number, event in plane.event_metadata.items()}
            for line in plane.lines:
                for event in line.events:
                    # Operations of the graph are called "path/in/graph:Kind".
                    path_in_graph, _, kind = names[event.metadata_id].rpartition(":")
                    if "/" in path_in_graph and "::" not in names[event.metadata_id]:
                        total[kind] += event.duration_ps / 1e9 / num_steps
        return {"milliseconds": dict(total.most_common())}

    def multiply(self, num_steps: int) -> dict[str, float]:
        """The machine's rate of float32 matrix products, 2048 x 2048, one a core, in GFLOP/s."""
        self._multiply(tf.constant(1)).numpy()
        start = time.perf_counter()
        self._multiply(tf.constant(num_steps)).numpy()
        products = num_steps * machine.num_cores()
        return {"gflops": products * 2 * 2048**3 / (time.perf_counter() - start) / 1e9}

    @tf.function
    def _multiply(self, num_steps: tf.Tensor) -> tf.Tensor:
        matrices = [tf.random.stateless_normal([2048, 2048], [1, n]) for n in range(machine.num_cores())]
        for _ in tf.range(num_steps):
            matrices = [tf.tanh(tf.matmul(matrix, matrix)) for matrix in matrices]
        return tf.add_n([matrix[0, 0] for matrix in matrices])

    @tf.function
    def _bare(self, num_steps: tf.Tensor) -> None:
        for _ in tf.range(num_steps):
            self.trainer.model.update_weights(self._images, self._labels, self._num_faces)


def see_all_faces(sampler: LatentSampler, seed: int = 0) -> None:
    """Puts a sampler in the state it has after a pass: every face in a bin, drawn by weight."""
    # As latents from N(0, 1) would fall into bins that cover 4 standard deviations.
    latents = np.random.default_rng(seed).normal(size=(4096, sampler.latent_dim))
    bins = np.clip((latents / 4 + 1) / 2 * sampler.num_bins, 0, sampler.num_bins - 1).astype(np.uint8)
    counts = np.zeros(sampler.counts.shape, np.int32)
    for start in range(0, sampler.num_rows, len(bins)):
        part = bins[: sampler.num_rows - start]
        # Assigning all at once would leave the table in memory twice.
        sampler.bin_of_face[start : start + len(part)].assign(part)
        counts += [np.bincount(column, minlength=sampler.num_bins) for column in part.T]
    sampler.counts.assign(counts)
    sampler.is_seen.assign(np.ones(sampler.is_seen.shape, bool))
    sampler.num_seen.assign(sampler.num_rows)
    sampler.num_updates.assign(1)
    if isinstance(sampler.binning, DeviationBinning):
        moments = np.stack([np.zeros(sampler.latent_dim), np.ones(sampler.latent_dim)])
        sampler.binning.moments.assign(0.01 * moments)
