"""The epochs of a run: trained, validated, shown, kept and saved, one after the other."""

import math
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from tqdm import tqdm

from facedebias.data.face_file import FaceDataset
from facedebias.distribution.replication import Replication
from facedebias.errors import InputError
from facedebias.models.face_model import FaceModel
from facedebias.safekeeping import stopping
from facedebias.text import counted
from facedebias.training import divergence
from facedebias.training.checkpoints.saving import RunPlace, Saver
from facedebias.training.config import TrainConfig
from facedebias.training.hooks import Hook, RunContext
from facedebias.training.kept_epoch import KeptEpoch
from facedebias.training.records import run_lines
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
        replication: devices and processes that train together; None for one device. Where another process
            writes, nothing is recorded, said or watched here; the figures are the same.

    Raises:
        InputError: if the processes that train together do not see the same checkpoints.
    """

    def __init__(
        self,
        config: TrainConfig,
        place: RunPlace,
        dataset: FaceDataset,
        task: Task,
        num_shards: int,
        hooks: Sequence[Hook] = (),
        replication: Replication | None = None,
    ):
        self._config, self._place, self.dataset, self.task = config, place, dataset, task
        self._trainer = Trainer(config, dataset, task, num_shards, replication)
        self.validate = Validator(self.model, dataset, task)
        self.kept = KeptEpoch(self.model, place.folder, config.keep, place.is_writer)
        self.saver = Saver(self._trainer, self.kept, place, config.checkpoint_minutes)
        self._request = stopping.StopRequest()
        self._restore_with_others()
        own = [ProgressLog(), *([LatentReport()] if self.model.latent_dim else [])]
        self._hooks = [*own, *hooks] if place.is_writer else []
        for hook in self._hooks:
            hook.on_start(RunContext(self._trainer, dataset, task, place.folder))

    @property
    def num_replicas(self) -> int:
        """Devices that share the work."""
        return self._trainer.replication.num_replicas

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
        if self._place.is_writer:
            print(run_lines.of_start(self._config, self.dataset, self._trainer, self.task, self.validate))
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

    def _restore_with_others(self) -> None:
        """Goes on from where the run is; the process that writes does so first, as it mends what it finds."""
        replication = self._trainer.replication
        if self._place.is_writer:
            self._restore()
        if replication.num_workers == 1:
            return
        replication.agree()
        if not self._place.is_writer:
            self._restore()
        if not replication.agree(self._trainer.step):
            raise InputError(
                f"{self._place.folder}: the workers go on from different steps (this one from step "
                f"{self._trainer.step}). The folder must be one that all of them see, as on a network drive."
            )

    def _restore(self) -> None:
        notes = self.saver.restore()
        if notes is None or not self._place.is_writer:
            return
        for note in notes:
            print(note)
        epoch, num_epochs = self._trainer.epoch, self._config.epochs
        if done := self._trainer.sums.steps_of_epoch:
            steps = f"{done} of {counted(self._trainer.steps_per_epoch, 'step')}"
            print(f"resuming in epoch {epoch + 1} of {num_epochs}, after {steps}")
        else:
            print(f"resuming after epoch {epoch} of {num_epochs}")

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
        if self._place.is_writer:
            is_marked = is_kept and self.kept.keeps_best
            print(
                run_lines.of_epoch(
                    row, self._config, self._trainer, self.validate.text(validation), is_marked
                ),
                flush=True,
            )
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
            disable=not (self._place.is_writer and sys.stderr.isatty()),
        )

    def _take(self, epoch: int, num_steps: int) -> None:
        try:
            self._trainer.take(num_steps)
        except divergence.NotFinite as found:
            if not self._place.is_writer:
                raise InputError(f"epoch {epoch}: {found}. The first worker says more.") from found
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
        if self._trainer.replication.num_workers > 1:
            if not self._trainer.is_stopping:  # the others go on, and would wait for this process in vain
                return
            if not self._request.number:
                print("another worker was asked to stop", file=sys.stderr)
                self._request.note(signal.SIGTERM)
        if self._request.number:
            self.saver.save()
            self._request.obey()

    def _postfix(self, means: Mapping[str, float]) -> str:
        kept = self.kept.validation
        figure = f"{self.validate.title} {kept.figure:.1%} so far, " if kept is not WORST else ""
        return f"loss {means['loss']:.4f}, {figure}ESS {means['effective_sample_size']:,.0f}"

    def _refuse_divergence(self, epoch: int, loss: float, validation: Validation) -> None:
        if not math.isfinite(loss + validation.loss):
            raise InputError(
                f"epoch {epoch}: loss {loss:g}, validation loss {validation.loss:g}. "
                f"{divergence.advice(self._config)} {self.saver.where()}"
            )
