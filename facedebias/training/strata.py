"""From a task and a configuration to what fills a batch: which rows, by which sampler, how many."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from facedebias.sampling import (
    EpochLatentSampler,
    GroupDROSampler,
    GroupSampler,
    LatentSampler,
    LossSampler,
    Sampler,
    Stratum,
    UniformSampler,
)
from facedebias.training.config import AMONG, NEED_AMONG, TrainConfig
from facedebias.training.tasks import Task

# Samplers that decide how often each class is drawn, too; the others leave classes as common as they are.
_ACROSS_CLASSES = ("loss", "balanced", "subsample", "group_dro")


def build_strata(config: TrainConfig, task: Task) -> list[Stratum]:
    """The parts of a batch, in their order; those that `config.sampler` fills come first.

    Faces against non-faces: half of each. Of an attribute, each class has its share in the
    training rows, or one sampler draws from both.
    """
    rows, size = task.rows, config.batch_size
    if task.is_detection:
        faces = _stratum(config, task, rows.train_positives, size // 2, "faces")
        num_negatives = len(rows.train_negatives)
        nonfaces = Stratum(rows.train_negatives, _nonface_sampler(config, num_negatives), size - size // 2)
        return [faces, nonfaces]
    among = config.among if config.sampler in NEED_AMONG else "all"
    if config.sampler in _ACROSS_CLASSES and among == "all":
        return [_stratum(config, task, task.sampled_rows, size, "pictures")]
    share = len(rows.train_positives) / len(task.sampled_rows)
    num_positives = min(max(1, round(share * size)), size - 1)
    as_they_come = replace(config, sampler="uniform")
    positive, negative = (config if among in ("all", label) else as_they_come for label in AMONG[1:])
    return [
        _stratum(positive, task, rows.train_positives, num_positives, "positives"),
        _stratum(negative, task, rows.train_negatives, size - num_positives, "negatives"),
    ]


def _nonface_sampler(config: TrainConfig, num_nonfaces: int) -> Sampler:
    if config.nonface_sampler == "loss":
        return LossSampler(num_nonfaces, config.strength, config.seed, "non-faces")
    return UniformSampler(num_nonfaces, config.seed, "non-faces")


def _stratum(config: TrainConfig, task: Task, rows: np.ndarray, count: int, purpose: str) -> Stratum:
    if config.sampler == "subsample":
        rows = rows[_subsample(task.cells_of(rows), config.seed)]
    return Stratum(rows, SAMPLERS[config.sampler](config, task, rows, purpose), count)


def _subsample(cells: np.ndarray, seed: int) -> np.ndarray:
    """Which rows stay if each cell loses all beyond the size of the smallest: int `(n,)`, ascending."""
    order = np.random.default_rng(seed).permutation(len(cells))
    _, sizes = np.unique(cells, return_counts=True)
    kept = [order[cells[order] == cell][: sizes.min()] for cell in np.unique(cells)]
    return np.sort(np.concatenate(kept))


_Maker = Callable[[TrainConfig, Task, np.ndarray, str], Sampler]


def _uniform(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    del task
    return UniformSampler(len(rows), config.seed, purpose)


def _latent(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    del task
    rule = (config.rule, config.alpha, config.bins, config.temperature)
    return LatentSampler(len(rows), config.latent_dim, *rule, config.seed, purpose, binning=config.binning)


def _latent_epoch(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    del task
    rule = (config.rule, config.alpha, config.bins, config.temperature)
    return EpochLatentSampler(len(rows), *rule, config.seed, purpose, config.binning)


def _loss(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    del task
    return LossSampler(len(rows), config.strength, config.seed, purpose)


def _group(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    """Each group as often as any other; of an attribute, in each class as often as it is in both.

    The latter makes the attribute independent of the group, and leaves both as common as they
    are: the weights P(g) P(y) / P(g, y) of Kamiran and Calders 2012, as probabilities.
    """
    shares = None
    if not task.is_detection:
        shares = np.bincount(task.groups[task.sampled_rows], minlength=task.num_groups)
    return GroupSampler(task.groups[rows], config.seed, purpose, shares)


def _balanced(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    return GroupSampler(task.cells_of(rows), config.seed, purpose)


def _group_dro(config: TrainConfig, task: Task, rows: np.ndarray, purpose: str) -> Sampler:
    return GroupDROSampler(
        task.cells_of(rows), config.group_step, config.group_adjustment, config.seed, purpose
    )


# By the names that `config.SAMPLERS` offers.
SAMPLERS: dict[str, _Maker] = {
    "uniform": _uniform,
    "latent": _latent,
    "latent_epoch": _latent_epoch,
    "loss": _loss,
    "group": _group,
    "balanced": _balanced,
    "subsample": _uniform,
    "group_dro": _group_dro,
}
