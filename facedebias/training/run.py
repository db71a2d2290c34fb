"""A training run: open the data, restore, train epoch by epoch, validate, record, export."""

import dataclasses
import math
import sys
import time
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from facedebias import machine, provenance
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.models.dbvae import DBVAE
from facedebias.models.export import export
from facedebias.models.networks import STRIDE
from facedebias.training.config import TrainConfig
from facedebias.training.latent_report import Inside
from facedebias.training.picture_sheets import faces_sheet
from facedebias.training.progress_log import CurveWriter, MetricsTable
from facedebias.training.run_folder import check_flags, open_folder
from facedebias.training.tasks import Task, open_task
from facedebias.training.trainer import Trainer
from facedebias.training.validation import WORST, Validation, Validator

# Two commands train: one is told to go on, the other always does.
_GO_ON = "train.py with --resume, or facedebias.compare with the same command,"
# Steps taken by one call into the graph: entering it costs as much as a small step.
_STEPS_PER_CALL = 20


def train_and_evaluate(
    config: TrainConfig, workdir: Path, resume: bool = False, overwrite: bool = False
) -> Validation:
    """Trains a model and writes everything about it.

    The folder gets `config.json`, `metrics.csv` (a row an epoch), `tensorboard/`, `pictures/`,
    `checkpoints/` (to resume from), `kept/` (weights of the epoch that is kept: the last, or the
    best), and at the end `export/` (the SavedModel of that epoch), `run.json` and, of a DB-VAE,
    `inside/` (for a report).

    Args:
        config: of the run.
        workdir: the folder; made if need be.
        resume: continue the run in that folder where its last checkpoint is.
        overwrite: delete what is in the folder first.

    Returns:
        The kept epoch's figures on the validation rows.

    Raises:
        InputError: if the configuration, the data or the folder does not fit.
    """
    check_flags(resume, overwrite)
    config.validate()
    num_shards = machine.one_shard_per_core()
    dataset = FaceDataset(config.data)
    if any(side % STRIDE for side in dataset.image_shape[:2]):
        raise InputError(
            f"{config.data}: pictures of {dataset.image_shape[0]}x{dataset.image_shape[1]}; expected "
            f"sides that are multiples of {STRIDE}. Prepare the file again with facedebias.prepare --size 64."
        )
    task = open_task(config, dataset)  # may be refused, before there is a folder
    data_sha256 = provenance.sha256(config.data)
    if moved := open_folder(config, data_sha256, workdir, resume, overwrite):
        print(moved)
    if resume and tf.train.latest_checkpoint(str(workdir / "checkpoints")) is None:
        print(f"{workdir}: no checkpoint to go on from; starting from the beginning")
    run = _Run(config, workdir, dataset, task, num_shards)
    try:
        return run.finish(data_sha256)
    except KeyboardInterrupt:
        print(f"stopped; {_GO_ON} goes on after the last complete epoch")
        raise
    except tf.errors.OpError as error:
        if "No space left" not in error.message:
            raise
        raise InputError(f"{workdir}: the disk is full. Free some space; {_GO_ON} goes on.") from error


class _Run:
    """One run in its folder."""

    def __init__(
        self,
        config: TrainConfig,
        workdir: Path,
        dataset: FaceDataset,
        task: Task,
        num_shards: int,
    ):
        self._config, self._workdir, self._dataset, self._task = config, workdir, dataset, task
        self._trainer = Trainer(config, dataset, task, num_shards)
        self._validate = Validator(self._trainer.model, dataset, task)
        self._kept = WORST
        # Of the epoch kept so far: its number, figure and loss; in the checkpoint with the rest.
        self._kept_figures = tf.Variable(tf.zeros([3], tf.float64), trainable=False)
        self._checkpoints = tf.train.CheckpointManager(
            tf.train.Checkpoint(**self._trainer.state(), kept_figures=self._kept_figures),
            str(workdir / "checkpoints"),
            max_to_keep=2,
        )
        self._kept_weights = tf.train.Checkpoint(model=self._trainer.model)
        self._restore()
        self._table = MetricsTable(workdir / "metrics.csv", self._trainer.step)
        model = self._trainer.model
        self._inside = (
            Inside(
                workdir / "inside",
                model,
                dataset,
                self._trainer.sampled_rows,
                task.validation_faces,
                self._trainer.step,
            )
            if isinstance(model, DBVAE)
            else None
        )
        self._curves = CurveWriter(workdir / "tensorboard")

    def _restore(self) -> None:
        try:
            path = self._checkpoints.restore_or_initialize()
        except tf.errors.OpError as error:
            raise InputError(
                f"{self._checkpoints.latest_checkpoint}: is damaged ({error.message.splitlines()[0]}). "
                "Delete the folder of the run to start anew."
            ) from error
        if path:
            number, figure, loss = self._kept_figures.numpy()
            self._kept = Validation(figure, loss) if number else WORST
            print(f"resuming after epoch {self._trainer.epoch} of {self._config.epochs}")

    def finish(self, data_sha256: str) -> Validation:
        """Trains the epochs that are left and exports the one that is kept."""
        self._say_what()
        while self._trainer.epoch < self._config.epochs:
            self._train_epoch()
        self._kept_weights.read(str(self._workdir / "kept" / "weights")).expect_partial()
        export(self._trainer.model, self._dataset.image_shape, self._workdir / "export")
        if self._inside:
            self._inside.write(self._trainer.probabilities())
        results = {
            "epoch": int(self._kept_figures[0]),
            "num_shards": self._trainer.model.num_shards,
            "validation": self._validate.record(self._kept),
            "num_rows": {name: len(part) for name, part in dataclasses.asdict(self._task.rows).items()},
        }
        provenance.write(self._workdir / "run.json", self._config.to_json(), data_sha256, results)
        return self._kept

    def _say_what(self) -> None:
        rows, config = self._task.rows, self._config
        classes = ("faces", "non-faces") if self._task.is_detection else ("with", "without")
        what = f" of {config.target}" if config.target else ""
        counts = self._trainer.sampler.counts
        batch = f", {counts[0]} and {counts[1]} in a batch" if len(counts) > 1 else ""
        print(
            f"{config.model}{what} with {config.sampler} sampling on {len(rows.train_positives):,} "
            f"{classes[0]} and {len(rows.train_negatives):,} {classes[1]} of {config.data}{batch}; "
            f"validation on {len(rows.validation_positives):,} and {len(rows.validation_negatives):,}; "
            f"{config.epochs} epochs of {self._trainer.steps_per_epoch:,} steps"
        )
        if warning := self._validate.warning():
            print(warning)

    def _train_epoch(self) -> None:
        epoch = self._trainer.epoch + 1
        start = time.perf_counter()
        means = self._run_steps(epoch)
        seconds = time.perf_counter() - start
        validation = self._validate()
        row = {
            "epoch": epoch,
            "step": self._trainer.step,
            **means,
            f"validation_{self._validate.name}": validation.figure,
            "validation_loss": validation.loss,
            "images_per_second": self._trainer.steps_per_epoch * self._config.batch_size / seconds,
            "seconds": seconds,
        }
        if not math.isfinite(means["loss"] + validation.loss):
            raise InputError(
                f"epoch {epoch}: loss {means['loss']:g}, validation loss {validation.loss:g}: training "
                "diverged. Start anew with a lower learning_rate or kl_weight."
            )
        is_kept = self._config.keep == "last" or validation.is_better_than(self._kept)
        if is_kept:
            self._kept = validation
            self._kept_figures.assign([epoch, validation.figure, validation.loss])
            self._kept_weights.write(str(self._workdir / "kept" / "weights"))
        self._record(epoch, row, is_kept)
        self._checkpoints.save(checkpoint_number=epoch)

    def _run_steps(self, epoch: int) -> dict[str, float]:
        """Trains one epoch; returns the means of its terms and the last effective sample size."""
        config, left = self._config, self._trainer.steps_per_epoch
        total: dict[str, float] = {}
        # Without a terminal the line that each epoch prints says enough.
        bar = tqdm(
            total=left * config.batch_size,
            desc=f"epoch {epoch}/{config.epochs}",
            unit="img",
            leave=False,
            disable=not sys.stderr.isatty(),
        )
        with bar:
            while left:
                num_steps = min(left, _STEPS_PER_CALL)
                means = self._trainer.run(num_steps)
                left -= num_steps
                for name, value in means.items():
                    total[name] = total.get(name, 0.0) + value * num_steps
                self._curves.write_scalars(self._trainer.step, means)
                if self._inside:
                    self._inside.record(self._trainer.step, means["effective_sample_size"])
                bar.set_postfix_str(self._postfix(means))
                bar.update(num_steps * config.batch_size)
        averages = {name: value / self._trainer.steps_per_epoch for name, value in total.items()}
        return averages | {"effective_sample_size": means["effective_sample_size"]}

    def _postfix(self, means: dict[str, float]) -> str:
        figure = f"{self._validate.title} {self._kept.figure:.1%} so far, " if self._kept is not WORST else ""
        return f"loss {means['loss']:.4f}, {figure}ESS {means['effective_sample_size']:,.0f}"

    def _mark(self, is_kept: bool) -> str:
        """A star at the best epoch so far, where that is what will be kept."""
        return "*" if is_kept and self._config.keep == "best" else " "

    def _record(self, epoch: int, row: dict[str, float], is_kept: bool) -> None:
        self._table.write(row)
        names = (f"validation_{self._validate.name}", "validation_loss", "images_per_second")
        self._curves.write_scalars(self._trainer.step, {name: row[name] for name in names})
        if isinstance(self._trainer.model, DBVAE):
            picture = faces_sheet(
                self._trainer.model,
                self._dataset,
                self._task.validation_faces,
                self._trainer.sampled_rows,
                self._trainer.probabilities(),
            )
            self._curves.write_picture(self._trainer.step, "faces", picture)
            path = self._workdir / "pictures" / f"epoch-{epoch:03d}.png"
            path.parent.mkdir(exist_ok=True)
            picture.save(path)
        validation_figure = row[f"validation_{self._validate.name}"]
        print(
            f"epoch {epoch}/{self._config.epochs}  loss {row['loss']:.4f}  "
            f"validation loss {row['validation_loss']:.4f}  "
            f"{self._validate.title} {validation_figure:.1%}{self._mark(is_kept)}  "
            f"ESS {row['effective_sample_size']:,.0f} of {len(self._trainer.sampled_rows):,}  "
            f"{row['images_per_second']:,.0f} images/s",
            flush=True,
        )
