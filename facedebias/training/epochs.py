"""The epochs of a run: trained, validated, shown, kept and saved, one after the other."""

import math
import sys
import time
from collections.abc import Mapping, Sequence

from tqdm import tqdm

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.models.face_model import FaceModel
from facedebias.safekeeping import stopping
from facedebias.text import counted
from facedebias.training import divergence
from facedebias.training.checkpoints.saving import RunPlace, Saver
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
        place: its folder.
        dataset: the face file.
        task: what is learned, and on which rows.
        num_shards: see `sharding`.
        hooks: watch the run, after its own.
    """

    def __init__(
        self,
        config: TrainConfig,
        place: RunPlace,
        dataset: FaceDataset,
        task: Task,
        num_shards: int,
        hooks: Sequence[Hook] = (),
    ):
        self._config, self._place, self.dataset, self.task = config, place, dataset, task
        self._trainer = Trainer(config, dataset, task, num_shards)
        self.validate = Validator(self.model, dataset, task)
        self.kept = KeptEpoch(self.model, place.folder, config.keep)
        self.saver = Saver(self._trainer, self.kept, place, config.checkpoint_minutes)
        self._request = stopping.StopRequest()
        self._restore()
        own = [ProgressLog(), *([LatentReport()] if self.model.latent_dim else [])]
        self._hooks = [*own, *hooks]
        for hook in self._hooks:
            hook.on_start(RunContext(self._trainer, dataset, task, place.folder))

    @property
    def model(self) -> FaceModel:
        """The model that is trained."""
        return self._trainer.model

    def train(self) -> None:
        """Trains the epochs that are left, and puts the weights of the kept one into the model.

        Raises:
            Stopped: if a signal asked for it; there is a checkpoint of the last step then.
            InputError: if training diverged.
        """
        self._say_what()
        with stopping.deferred(self._hear) as self._request:
            while self._trainer.epoch < self._config.epochs:
                self._train_epoch()
        self.kept.restore_weights()

    def end(self) -> None:
        """Tells the hooks that the model is exported."""
        for hook in self._hooks:
            hook.on_end()

    def _hear(self, number: int) -> None:
        self._trainer.ask_to_stop()  # first: nobody may hear what is said
        print(f"{stopping.name_of(number)}: saving after this step; once more stops at once", file=sys.stderr)

    def _restore(self) -> None:
        notes = self.saver.restore()
        if notes is None:
            return
        for note in notes:
            print(note)
        epoch, num_epochs = self._trainer.epoch, self._config.epochs
        if done := self._trainer.sums.steps_of_epoch:
            steps = f"{done} of {counted(self._trainer.steps_per_epoch, 'step')}"
            print(f"resuming in epoch {epoch + 1} of {num_epochs}, after {steps}")
        else:
            print(f"resuming after epoch {epoch} of {num_epochs}")

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
        epoch, sums = self._trainer.epoch + 1, self._trainer.sums
        self._run_steps(epoch)
        means = sums.epoch_means() | {"effective_sample_size": self._trainer.effective_sample_size()}
        seconds = float(sums.seconds)
        validation = self.validate(self._pause)
        self._refuse_divergence(epoch, means["loss"], validation)
        is_kept = self.kept.offer(epoch, validation)
        sums.end_epoch()
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
        self.saver.save()
        self._say_how(row, validation, is_kept)
        self._stop_if_asked()

    def _run_steps(self, epoch: int) -> None:
        """Takes the steps that are left of an epoch, and saves whenever it is time."""
        sums, total = self._trainer.sums, self._trainer.steps_per_epoch
        start = time.perf_counter() - float(sums.seconds)
        with self._bar(epoch) as bar:
            while (before := sums.steps_of_epoch) < total:
                # The same stretches whatever was stopped in between: hooks see no stop.
                self._take(epoch, min(total, before + _STEPS_PER_CALL - before % _STEPS_PER_CALL) - before)
                sums.seconds.assign(time.perf_counter() - start)
                done = sums.steps_of_epoch
                if done == total or (done > before and done % _STEPS_PER_CALL == 0):
                    self._refuse_broken_weights(epoch, done)
                    means = self._trainer.means()
                    for hook in self._hooks:
                        hook.on_steps(self._trainer.step, means)
                    bar.set_postfix_str(self._postfix(means))
                bar.update((done - before) * self._config.batch_size)
                self._pause()

    def _bar(self, epoch: int) -> tqdm:
        # Without a terminal the line that each epoch prints says enough.
        return tqdm(
            total=self._trainer.steps_per_epoch * self._config.batch_size,
            initial=self._trainer.sums.steps_of_epoch * self._config.batch_size,
            desc=f"epoch {epoch}/{self._config.epochs}",
            unit="img",
            leave=False,
            disable=not sys.stderr.isatty(),
        )

    def _take(self, epoch: int, num_steps: int) -> None:
        try:
            self._trainer.take(num_steps)
        except divergence.NotFinite as found:
            step = self._trainer.sums.steps_of_epoch
            told = divergence.explained(self._config, self.dataset, found, self._place.folder)
            where = f"epoch {epoch}, step {step} of {self._trainer.steps_per_epoch}"
            raise InputError(f"{where}: {told} {self.saver.where()}") from found

    def _refuse_broken_weights(self, epoch: int, step: int) -> None:
        # ReLU makes 0 of NaN, so that a loss may look well beside a broken filter.
        if not self._trainer.is_finite():
            raise InputError(
                f"epoch {epoch}, up to step {step}: weights are not finite. "
                f"{divergence.advice(self._config)} {self.saver.where()}"
            )

    def _pause(self) -> None:
        """Stops if that was asked for, and saves if it is time; also while an epoch is validated."""
        self._stop_if_asked()
        if self.saver.is_due:
            self.saver.save()

    def _stop_if_asked(self) -> None:
        if self._request.number:
            self.saver.save()
            self._request.obey()

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

    def _refuse_divergence(self, epoch: int, loss: float, validation: Validation) -> None:
        if not math.isfinite(loss + validation.loss):
            raise InputError(
                f"epoch {epoch}: loss {loss:g}, validation loss {validation.loss:g}. "
                f"{divergence.advice(self._config)} {self.saver.where()}"
            )
