"""A training run: open the data, restore, train epoch by epoch, validate, record, export."""

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from facedebias import machine, provenance
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.models.export import export
from facedebias.models.face_model import FaceModel
from facedebias.models.networks import STRIDE
from facedebias.training.config import TrainConfig
from facedebias.training.epochs import Epochs
from facedebias.training.hooks import Hook
from facedebias.training.run_folder import check_flags, open_folder
from facedebias.training.settings.saved_config import to_json
from facedebias.training.tasks import open_task
from facedebias.training.validation import Validation

# Two commands train: one is told to go on, the other always does.
_GO_ON = "facedebias train with --resume, or facedebias compare with the same command,"


@dataclass(frozen=True)
class TrainingRun:
    """A finished run.

    Attributes:
        config: what it was told.
        folder: what it wrote, see `train`.
        model: with the weights that were exported.
        validation: figures of the exported epoch on the validation rows.
        epoch: which that was, from 1.
        metric: what `validation.figure` is, e.g. "recall at 1% FPR".
        low_rate: the false positive rate of `validation.low_figure`; None without it.
        result: the figures in words, e.g. "recall at 1% FPR 98.1%, at 0.1% FPR 91.4%".
    """

    config: TrainConfig
    folder: Path
    model: FaceModel
    validation: Validation
    epoch: int
    metric: str
    low_rate: float | None = None
    result: str = ""

    @property
    def export(self) -> Path:
        """The SavedModel."""
        return self.folder / "export"


def train(
    config: TrainConfig,
    data: FaceDataset | str | os.PathLike[str],
    output: str | os.PathLike[str],
    resume: bool = False,
    overwrite: bool = False,
    hooks: Sequence[Hook] = (),
) -> TrainingRun:
    """Trains a model and writes everything about it.

    The folder gets `config.json`, `metrics.csv` (a row an epoch), `tensorboard/`, `pictures/`,
    `checkpoints/` (to resume from), `kept/` (weights of the epoch that is kept: the last, or the
    best), and at the end `export/` (the SavedModel of that epoch), `run.json` and, for a model with
    latents, `inside/` (for a report). docs/training.md describes the method and its sources.

    Args:
        config: of the run.
        data: a face file with pictures uint8 `(num_rows, height, width, 3)`, or its path.
        output: the folder; made if need be.
        resume: continue the run in that folder where its last checkpoint is.
        overwrite: delete what is in the folder first.
        hooks: watch the run.

    Returns:
        The run, with the model of the kept epoch.

    Raises:
        InputError: if the configuration, the data or the folder does not fit.
    """
    folder = Path(output)
    check_flags(resume, overwrite)
    config.validate()
    num_shards = machine.one_shard_per_core()
    dataset = data if isinstance(data, FaceDataset) else FaceDataset(data)
    path = str(dataset.path)
    if any(side % STRIDE for side in dataset.image_shape[:2]):
        raise InputError(
            f"{path}: pictures of {dataset.image_shape[0]}x{dataset.image_shape[1]}; expected "
            f"sides that are multiples of {STRIDE}. Prepare the file again with facedebias prepare --size 64."
        )
    task = open_task(config, dataset)  # may be refused, before there is a folder
    data_sha256 = provenance.sha256(path)
    if moved := open_folder(config, path, data_sha256, folder, resume, overwrite):
        print(moved)
    if resume and tf.train.latest_checkpoint(str(folder / "checkpoints")) is None:
        print(f"{folder}: no checkpoint to go on from; starting from the beginning")
    epochs = Epochs(config, folder, dataset, task, num_shards, hooks)
    try:
        return _finish(epochs, config, folder, data_sha256)
    except KeyboardInterrupt:
        print(f"stopped; {_GO_ON} goes on after the last complete epoch")
        raise
    except tf.errors.OpError as error:
        if "No space left" not in error.message:
            raise
        raise InputError(f"{folder}: the disk is full. Free some space; {_GO_ON} goes on.") from error


def _finish(epochs: Epochs, config: TrainConfig, folder: Path, data_sha256: str) -> TrainingRun:
    """Trains the epochs that are left, exports the one that is kept and writes `run.json`."""
    epochs.train()
    export(epochs.model, epochs.dataset.image_shape, folder / "export")
    epochs.end()
    results = {
        "epoch": epochs.kept.epoch,
        "num_shards": epochs.model.num_shards,
        "validation": epochs.validate.record(epochs.kept.validation),
        "num_rows": {name: len(part) for name, part in dataclasses.asdict(epochs.task.rows).items()},
    }
    settings = to_json(config, str(epochs.dataset.path))
    provenance.write(folder / "run.json", settings, data_sha256, results)
    validation, validator = epochs.kept.validation, epochs.validate
    return TrainingRun(
        config,
        folder,
        epochs.model,
        validation,
        epochs.kept.epoch,
        validator.title,
        validator.low_rate,
        validator.text(validation),
    )
