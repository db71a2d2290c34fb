"""A training run: open the data, restore, train epoch by epoch, validate, record, export."""

import contextlib
import dataclasses
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facedebias import machine, provenance
from facedebias.configuration.setting_names import are_arguments
from facedebias.configuration.setting_names import setting as named
from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import naming_damage
from facedebias.distribution import ONE, failures, strategies, strategy_check
from facedebias.distribution.replication import Replication
from facedebias.errors import InputError
from facedebias.models.exported.serving import export
from facedebias.models.face_model import FaceModel
from facedebias.models.networks import STRIDE
from facedebias.safekeeping.stopping import Stopped
from facedebias.training import limits, run_folder
from facedebias.training.checkpoints.saving import RunPlace
from facedebias.training.config import TrainConfig
from facedebias.training.epochs import Epochs
from facedebias.training.hooks import Hook
from facedebias.training.settings.saved_config import text, to_json
from facedebias.training.strata import split_of
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
        is_chief: whether this process wrote the folder; others that trained with it did not.
    """

    config: TrainConfig
    folder: Path
    model: FaceModel
    validation: Validation
    epoch: int
    metric: str
    low_rate: float | None = None
    result: str = ""
    is_chief: bool = True

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
    strategy: str = ONE,
    num_replicas: int = 0,
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
        strategy: "one" device, "mirrored" on those of this machine, or "multiworker": as one of several
            processes, which all call this with the same arguments. The result does not depend on it, up to
            the order of additions, and a run may go on with another. docs/scaling.md says more.
        num_replicas: of "mirrored", see `strategies.start`.

    Returns:
        The run, with the model of the kept epoch. The first of several processes wrote it.

    Raises:
        InputError: if the configuration, the data, the folder or the strategy does not fit, another process
            trains in the folder, training diverged, the machine ran out of disk or memory, or another
            worker does not answer.
        Stopped: a `KeyboardInterrupt`; a signal stopped it, and there is a checkpoint of the last step.
    """
    folder = Path(output)
    run_folder.check_flags(resume, overwrite)
    config.validate()
    strategy_check.check(strategy, num_replicas)
    num_shards = machine.one_shard_per_core()
    replication = strategies.start(strategy, num_replicas)
    num_shards = max(1, num_shards // len(replication.own_replicas))
    dataset = data if isinstance(data, FaceDataset) else FaceDataset(data)
    path = str(dataset.path)
    if any(side % STRIDE for side in dataset.image_shape[:2]):
        raise InputError(
            f"{path}: pictures of {dataset.image_shape[0]}x{dataset.image_shape[1]}; expected "
            f"sides that are multiples of {STRIDE}. Prepare the file again with facedebias prepare --size 64."
        )
    task = open_task(config, dataset)  # may be refused, before there is a folder
    split_of(config, replication.num_replicas)  # likewise
    data_sha256 = provenance.sha256(path)
    with failures.explained(replication, _go_on()), contextlib.ExitStack() as stack:
        lock = None
        if replication.is_chief:
            opened = stack.enter_context(
                run_folder.held(config, path, data_sha256, folder, resume, overwrite)
            )
            lock = opened.lock
            for note in opened.notes:
                print(note)
        place = RunPlace(folder, to_json(config, path), data_sha256, lock, replication.is_chief)
        stack.enter_context(limits.explained(folder, _go_on()))
        _refuse_other_runs(replication, config, data_sha256)
        epochs = Epochs(config, place, dataset, task, num_shards, hooks, replication)
        return _finish(epochs, config, place)


def _refuse_other_runs(replication: Replication, config: TrainConfig, data_sha256: str) -> None:
    """Waits for the other processes, and raises InputError if they train something else."""
    settings = zlib.crc32(text(to_json(config, "")).encode())
    if replication.num_workers > 1 and not replication.agree(settings, int(data_sha256[:12], 16)):
        raise InputError(
            "the workers were started with different settings, or with face files that differ. Start all of "
            "them with the same flags and the same file."
        )


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
            if place.is_writer:
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
    if place.is_writer:
        _record(epochs, place)
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
        place.is_writer,
    )


def _record(epochs: Epochs, place: RunPlace) -> None:
    """Writes `run.json`, and the checksums."""
    results = {
        "epoch": epochs.kept.epoch,
        "num_shards": epochs.model.num_shards,
        "num_replicas": epochs.num_replicas,
        "validation": epochs.validate.record(epochs.kept.validation),
        "num_rows": {name: len(part) for name, part in dataclasses.asdict(epochs.task.rows).items()},
    }
    provenance.write(place.folder / "run.json", dict(place.settings), place.data_sha256, results)
    run_folder.seal(place.folder)
