"""What may watch a run from outside: called as it goes, and changes nothing of it by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from facedebias.data.face_file import FaceDataset
from facedebias.training.tasks import Task
from facedebias.training.trainer import Trainer


@dataclass(frozen=True)
class RunContext:
    """A run that is about to take steps.

    Attributes:
        trainer: its model, samplers and step.
        dataset: the face file.
        task: what is learned of it, and on which rows.
        output: its folder.
    """

    trainer: Trainer
    dataset: FaceDataset
    task: Task
    output: Path


class Hook:
    """Watches a run; a subclass gives the calls that it needs."""

    def on_start(self, context: RunContext) -> None:
        """Before the first step, or the first one after a restart."""

    def on_steps(self, step: int, means: Mapping[str, float]) -> None:
        """After some steps.

        Args:
            step: taken so far.
            means: of the terms of the loss over these steps; `effective_sample_size` after them.
        """

    def on_epoch_end(self, epoch: int, row: Mapping[str, float]) -> None:
        """After an epoch and its validation.

        Args:
            epoch: from 1.
            row: what `metrics.csv` has of it.
        """

    def on_end(self) -> None:
        """After the export; the model has the weights that were exported."""
