"""Small trainers, and their whole state."""

import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer
from tests.training.runs import configured


def make_trainer(path, num_shards=1, replication=None, **options):
    options = {"model": "dbvae", "batch_size": 8, "width": 2, "latent_dim": 4, "epochs": 4} | options
    config = configured(validation_fraction=0.2, **options)
    dataset = FaceDataset(path)
    return Trainer(config, dataset, open_task(config, dataset), num_shards, replication)


def all_state(trainer):
    variables = [*trainer.model.variables, *trainer.model.optimizer.variables]
    return [v.numpy() for v in variables] + [
        v.numpy() for v in (*trainer.sampler.variables, trainer.queue.pending)
    ]


def assert_same_state(one, other):
    for a, b in zip(all_state(one), all_state(other), strict=True):
        np.testing.assert_array_equal(a, b)
