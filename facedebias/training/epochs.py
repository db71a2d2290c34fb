"""The epochs of a run: trained, validated, shown, kept and saved, one after the other."""

import math
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.models.face_model import FaceModel
from facedebias.text import counted
from facedebias.training.config import TrainConfig
from facedebias.training.hooks import Hook, RunContext
from facedebias.training.kept_epoch import KeptEpoch
from facedebias.training.records.latent_report import LatentReport
from facedebias.training.records.progress_log import ProgressLog
from facedebias.training.tasks import Task
from facedebias.training.trainer import Trainer
from facedebias.training.validation import WORST, Validation, Validator

# Steps taken by one call into the graph: entering it costs as much as a small step.
_STEPS_PER_CALL = 20


class Epochs:
    """The epochs of one run in its folder; goes on after the last checkpoint there.

    Args:
        config: of the run.
        folder: of the run.
        dataset: the face file.
        task: what is learned, and on which rows.
        num_shards: see `sharding`.
        hooks: watch the run, after its own.
    """

    def __init__(
        self,
        config: TrainConfig,
        folder: Path,
        dataset: FaceDataset,
        task: Task,
        num_shards: int,
        hooks: Sequence[Hook] = (),
    ):
        self._config, self.dataset, self.task = config, dataset, task
        self._trainer = Trainer(config, dataset, task, num_shards)
        self.validate = Validator(self.model, dataset, task)
        self.kept = KeptEpoch(self.model, folder, config.keep)
        self._checkpoints = tf.train.CheckpointManager(
            tf.train.Checkpoint(**self._trainer.state(), **self.kept.state()),
            str(folder / "checkpoints"),
            max_to_keep=2,
        )
        self._restore()
        own = [ProgressLog(), *([LatentReport()] if self.model.latent_dim else [])]
        self._hooks = [*own, *hooks]
        for hook in self._hooks:
            hook.on_start(RunContext(self._trainer, dataset, task, folder))

    @property
    def model(self) -> FaceModel:
        """The model that is trained."""
        return self._trainer.model

    def train(self) -> None:
        """Trains the epochs that are left, and puts the weights of the kept one into the model."""
        self._say_what()
        while self._trainer.epoch < self._config.epochs:
            self._train_epoch()
        self.kept.restore_weights()

    def end(self) -> None:
        """Tells the hooks that the model is exported."""
        for hook in self._hooks:
            hook.on_end()

    def _restore(self) -> None:
        try:
            path = self._checkpoints.restore_or_initialize()
        except tf.errors.OpError as error:
            raise InputError(
                f"{self._checkpoints.latest_checkpoint}: is damaged ({error.message.splitlines()[0]}). "
                "Delete the folder of the run to start anew."
            ) from error
        if path:
            self.kept.on_restored()
            print(f"resuming after epoch {self._trainer.epoch} of {self._config.epochs}")

    def _say_what(self) -> None:
        rows, config = self.task.rows, self._config
        classes = ("faces", "non-faces") if self.task.is_detection else ("with", "without")
        what = f" of {config.target}" if config.target else ""
        counts = self._trainer.sampler.counts
        batch = f", {counts[0]} and {counts[1]} in a batch" if len(counts) > 1 else ""
        print(
            f"{config.model.name}{what} with {config.sampler.name} sampling on {len(rows.train_positives):,} "
            f"{classes[0]} and {len(rows.train_negatives):,} {classes[1]} of {self.dataset.path}{batch}; "
            f"validation on {len(rows.validation_positives):,} and {len(rows.validation_negatives):,}; "
            f"{counted(config.epochs, 'epoch')} of {counted(self._trainer.steps_per_epoch, 'step')}"
        )
        if warning := self.validate.warning():
            print(warning)

    def _train_epoch(self) -> None:
        epoch = self._trainer.epoch + 1
        start = time.perf_counter()
        means = self._run_steps(epoch)
        seconds = time.perf_counter() - start
        validation = self.validate()
        _refuse_divergence(epoch, means["loss"], validation)
        is_kept = self.kept.offer(epoch, validation)
        row = {
            "epoch": epoch,
            "step": self._trainer.step,
            **means,
            **self.validate.row(validation),
            "images_per_second": self._trainer.steps_per_epoch * self._config.batch_size / seconds,
            "seconds": seconds,
        }
        for hook in self._hooks:
            hook.on_epoch_end(epoch, row)
        self._say_how(row, validation, is_kept)
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
                for hook in self._hooks:
                    hook.on_steps(self._trainer.step, means)
                bar.set_postfix_str(self._postfix(means))
                bar.update(num_steps * config.batch_size)
        averages = {name: value / self._trainer.steps_per_epoch for name, value in total.items()}
        return averages | {"effective_sample_size": means["effective_sample_size"]}

    def _postfix(self, means: Mapping[str, float]) -> str:
        kept = self.kept.validation
        figure = f"{self.validate.title} {kept.figure:.1%} so far, " if kept is not WORST else ""
        return f"loss {means['loss']:.4f}, {figure}ESS {means['effective_sample_size']:,.0f}"

    def _say_how(self, row: Mapping[str, float], validation: Validation, is_kept: bool) -> None:
        # A star at the best epoch so far, where that is what will be kept.
        mark = "*" if is_kept and self.kept.keeps_best else " "
        print(
            f"epoch {row['epoch']}/{self._config.epochs}  loss {row['loss']:.4f}  "
            f"validation loss {validation.loss:.4f}  {self.validate.text(validation)}{mark}  "
            f"ESS {row['effective_sample_size']:,.0f} of {len(self._trainer.sampled_rows):,}  "
            f"{row['images_per_second']:,.0f} images/s",
            flush=True,
        )


def _refuse_divergence(epoch: int, loss: float, validation: Validation) -> None:
    if not math.isfinite(loss + validation.loss):
        raise InputError(
            f"epoch {epoch}: loss {loss:g}, validation loss {validation.loss:g}: training diverged. Start "
            "anew with a lower learning_rate or kl_weight."
        )
