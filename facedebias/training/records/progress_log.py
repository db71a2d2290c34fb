"""What a run leaves behind while it trains: a table, TensorBoard curves, pictures."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from PIL import Image

from facedebias.safekeeping import atomic
from facedebias.training.hooks import Hook, RunContext
from facedebias.training.records.metrics_table import METRICS, MetricsTable
from facedebias.training.records.picture_sheets import faces_sheet


class ProgressLog(Hook):
    """`metrics.csv`, a row an epoch, and TensorBoard curves; of a model with latents, pictures as well."""

    _OF_EPOCH = (
        "validation_recall",
        "validation_recall_at_low_fpr",
        "validation_accuracy",
        "validation_loss",
        "images_per_second",
    )

    def on_start(self, context: RunContext) -> None:
        """Goes on with the table and the curves of the run."""
        self._context = context
        self._table = MetricsTable(context.output / METRICS, context.trainer.step)
        self._writer = tf.summary.create_file_writer(str(context.output / "tensorboard"))

    def on_steps(self, step: int, means: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        self._write_scalars(step, means)

    def on_epoch_end(self, epoch: int, row: Mapping[str, float]) -> None:
        """Adds a row, the curves of validation, and a sheet of faces."""
        self._table.write(row)
        step = self._context.trainer.step
        self._write_scalars(step, {name: row[name] for name in self._OF_EPOCH if name in row})
        if self._context.trainer.model.latent_dim:
            self._write_sheet(step, epoch)

    def _write_sheet(self, step: int, epoch: int) -> None:
        trainer = self._context.trainer
        picture = faces_sheet(
            trainer.model,
            self._context.dataset,
            self._context.task.validation_faces,
            trainer.sampled_rows,
            trainer.probabilities(),
        )
        self._write_picture(step, "faces", picture)
        path = self._context.output / "pictures" / f"epoch-{epoch:03d}.png"
        path.parent.mkdir(exist_ok=True)
        with atomic.replacing(path) as partial:
            picture.save(partial, "PNG")

    def _write_scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        with self._writer.as_default(step):
            for name, value in scalars.items():
                tf.summary.scalar(name, value)

    def _write_picture(self, step: int, name: str, picture: Image.Image) -> None:
        """Adds a picture."""
        with self._writer.as_default(step):
            tf.summary.image(name, np.asarray(picture)[None])
        self._writer.flush()
