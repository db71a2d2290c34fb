"""From a task and a configuration to what fills a batch: which rows, by which sampler, how many."""

import numpy as np

from facedebias.distribution.batch_split import BatchSplit
from facedebias.sampling.part import Part
from facedebias.sampling.sampler_settings import SamplerSettings, UniformSampling
from facedebias.sampling.stratified import Stratum
from facedebias.training.config import AMONG, TrainConfig
from facedebias.training.tasks import Task


def build_strata(config: TrainConfig, task: Task) -> list[Stratum]:
    """The parts of a batch, in their order; those that `config.sampler` fills come first.

    Faces against non-faces: half of each. For an attribute, each class has its share in the
    training rows, or one sampler draws from both.
    """
    rows, size = task.rows, config.batch_size
    if task.is_detection:
        num_faces = size // 2
        return [
            _stratum(config.sampler, config, task, rows.train_positives, num_faces, "faces"),
            _stratum(
                config.nonface_sampler, config, task, rows.train_negatives, size - num_faces, "non-faces"
            ),
        ]
    among = config.among if config.sampler.takes_among else "all"
    if config.sampler.draws_across_classes and among == "all":
        return [_stratum(config.sampler, config, task, task.sampled_rows, size, "pictures")]
    share = len(rows.train_positives) / len(task.sampled_rows)
    num_positives = min(max(1, round(share * size)), size - 1)
    positive, negative = (
        config.sampler if among in ("all", label) else UniformSampling() for label in AMONG[1:]
    )
    return [
        _stratum(positive, config, task, rows.train_positives, num_positives, "positives"),
        _stratum(negative, config, task, rows.train_negatives, size - num_positives, "negatives"),
    ]


def split_of(config: TrainConfig, num_replicas: int) -> BatchSplit:
    """How replicas share a batch: of faces and non-faces, each gets as many of both.

    Args:
        config: of the run.
        num_replicas: replicas that share it.

    Raises:
        InputError: if it cannot be shared out evenly.
    """
    return BatchSplit(
        config.batch_size, config.batch_size // 2 if config.is_detection else None, num_replicas
    )


def _stratum(
    sampler: SamplerSettings, config: TrainConfig, task: Task, rows: np.ndarray, count: int, purpose: str
) -> Stratum:
    kept = sampler.rows(_part(config, task, rows, purpose))
    rows = rows if kept is None else rows[kept]
    return Stratum(rows, sampler.build(_part(config, task, rows, purpose)), count)


def _part(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Part:
    sizes = None
    if not task.is_detection and task.num_groups:
        sizes = np.bincount(task.groups[task.sampled_rows], minlength=task.num_groups)
    return Part(
        purpose=purpose,
        seed=config.seed,
        labels=task.labels[rows],
        groups=task.groups[rows],
        latent_dim=config.model.latent_dim,
        group_sizes=sizes,
    )
