"""A training run: open the data, restore, train epoch by epoch, validate, record, export."""

import contextlib
import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facedebias import machine, provenance
from facedebias.configuration.setting_names import are_arguments
from facedebias.configuration.setting_names import setting as named
from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import naming_damage
from facedebias.errors import InputError
from facedebias.models.face_model import FaceModel
from facedebias.models.networks import STRIDE
from facedebias.models.serving import export
from facedebias.safekeeping.stopping import Stopped
from facedebias.training import limits, run_folder
from facedebias.training.checkpoints.saving import RunPlace
from facedebias.training.config import TrainConfig
from facedebias.training.epochs import Epochs
from facedebias.training.hooks import Hook
from facedebias.training.settings.saved_config import to_json
from facedebias.training.tasks import open_task
from facedebias.training.validation import Validation


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
    best), and at the end `export/` (the SavedModel of that epoch), `run.json`, for a model with
    latents `inside/` (for a report), and `SHA256SUMS` (checksums of all that). docs/training.md
    describes the method and its sources.

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
        InputError: if the configuration, the data or the folder does not fit, another process trains in
            the folder, training diverged, or the machine ran out of disk or memory.
        Stopped: a `KeyboardInterrupt`; a signal stopped it, and there is a checkpoint of the last step.
    """
    folder = Path(output)
    run_folder.check_flags(resume, overwrite)
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
    with run_folder.held(config, path, data_sha256, folder, resume, overwrite) as opened:
        for note in opened.notes:
            print(note)
        place = RunPlace(folder, to_json(config, path), data_sha256, opened.lock)
        with limits.explained(folder, _go_on()):
            epochs = Epochs(config, place, dataset, task, num_shards, hooks)
            return _finish(epochs, config, place)


def _go_on() -> str:
    """How a run that was stopped goes on, as a sentence."""
    resume = named("resume", True)
    if are_arguments():
        return f"To go on, call train with the same arguments and {resume}."
    # Two commands train: one is told to go on, the other always does.
    return (
        f"To go on, give facedebias train the same flags with {resume} and without {named('overwrite')}, or "
        "facedebias compare the same command."
    )


def _finish(epochs: Epochs, config: TrainConfig, place: RunPlace) -> TrainingRun:
    """Trains the epochs that are left, exports the one that is kept and writes `run.json`."""
    folder = place.folder
    try:
        with naming_damage(epochs.dataset):
            epochs.train()
            export(epochs.model, epochs.dataset.image_shape, folder / "export")
            epochs.end()
    except KeyboardInterrupt as stop:
        with contextlib.suppress(OSError, ValueError):  # that nobody hears it is no reason to fail
            print(f"stopped. {epochs.saver.where()} {_go_on()}", flush=True)
            if isinstance(stop, Stopped):
                stop.told = True
        raise
    except InputError as error:
        if error is not epochs.dataset.failure:
            raise
        # The file can be put back, and the run goes on.
        raise InputError(f"{error} {epochs.saver.where()} {_go_on()}") from error
    results = {
        "epoch": epochs.kept.epoch,
        "num_shards": epochs.model.num_shards,
        "validation": epochs.validate.record(epochs.kept.validation),
        "num_rows": {name: len(part) for name, part in dataclasses.asdict(epochs.task.rows).items()},
    }
    provenance.write(folder / "run.json", dict(place.settings), place.data_sha256, results)
    run_folder.seal(folder)
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
