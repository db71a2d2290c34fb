"""The epoch of a run that is exported: the last, or the best so far."""

import math
from pathlib import Path

import keras
import tensorflow as tf

from facedebias.training.validation import WORST, Validation


class KeptEpoch:
    """Weights and figures of the epoch that is kept so far.

    Args:
        model: whose weights are kept.
        folder: of the run.
        keep: "last" or "best".
    """

    def __init__(self, model: keras.Model, folder: Path, keep: str):
        self.keeps_best = keep == "best"
        self.validation = WORST
        # Its number, figure and loss; in the checkpoint with the rest.
        self.figures = tf.Variable(tf.zeros([3], tf.float64), trainable=False)
        # A variable of its own, NaN for none, so that checkpoints without it can be gone on from.
        self.low_figure = tf.Variable(math.nan, dtype=tf.float64, trainable=False)
        self._weights = tf.train.Checkpoint(model=model)
        self._path = str(folder / "kept" / "weights")

    def state(self) -> dict[str, tf.Variable]:
        """What a checkpoint must hold."""
        return {"kept_figures": self.figures, "kept_low_figure": self.low_figure}

    @property
    def epoch(self) -> int:
        """Its number, from 1; 0 before the first."""
        return int(self.figures[0])

    def on_restored(self) -> None:
        """Takes the figures from a checkpoint that was read."""
        number, figure, loss = self.figures.numpy()
        low = float(self.low_figure)
        known = Validation(float(figure), float(loss), None if math.isnan(low) else low)
        self.validation = known if number else WORST

    def offer(self, epoch: int, validation: Validation) -> bool:
        """Keeps an epoch if it is to be kept; returns whether it was."""
        if self.keeps_best and not validation.is_better_than(self.validation):
            return False
        self.validation = validation
        self.figures.assign([epoch, validation.figure, validation.loss])
        self.low_figure.assign(math.nan if validation.low_figure is None else validation.low_figure)
        self._weights.write(self._path)
        return True

    def restore_weights(self) -> None:
        """Puts the kept weights into the model."""
        self._weights.read(self._path).expect_partial()
