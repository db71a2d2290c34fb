"""Whom a trained run's sampler draws: what its weights follow."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from scipy import stats

from facedebias.data.face_file import FaceDataset
from facedebias.training.settings import saved_config
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer
from studies.debiasing import skin_tone
from studies.debiasing.inside.face_properties import rarer_ends

_LEAST_FACES = 50  # with an attribute, for a mean of theirs to be shown


def restored(folder: Path, dataset: FaceDataset) -> Trainer:
    """Model and sampler of a run as its last checkpoint has them.

    Args:
        folder: of the run.
        dataset: the file it was trained on.
    """
    config, _ = saved_config.load(folder / "config.json")
    trainer = Trainer(config, dataset, open_task(config, dataset))
    path = tf.train.latest_checkpoint(str(folder / "checkpoints"))
    tf.train.Checkpoint(**trainer.state()).restore(path).expect_partial()
    return trainer


def followed(trainer: Trainer, dataset: FaceDataset) -> dict[str, float]:
    """Rank correlations of the draws with what is rare in CelebA, and the dark faces' share of the draws."""
    rows, probabilities = trainer.sampled_rows, trainer.probabilities()
    found = {
        name: float(stats.spearmanr(probabilities, values)[0])
        for name, values in rarer_ends(dataset, rows).items()
    }
    is_dark = skin_tone.ita(dataset.read(rows)) < skin_tone.DARK
    return {
        **found,
        "dark among the faces": float(np.mean(is_dark)),
        "dark among the draws": float(probabilities[is_dark].sum()),
    }


def raised(trainer: Trainer, dataset: FaceDataset) -> dict[str, dict[str, Any]]:
    """By how much faces with an attribute are drawn more often than evenly."""
    rows = trainer.sampled_rows
    shares = trainer.probabilities() * len(rows)
    found = {}
    for name, attribute in dataset.attributes.items():
        codes = attribute.codes[rows]
        for code, value in enumerate(attribute.values):
            if np.sum(codes == code) >= _LEAST_FACES and value not in ("no", "False", "0"):
                found[f"{name}: {value}"] = {"times": float(shares[codes == code].mean())}
    return found
