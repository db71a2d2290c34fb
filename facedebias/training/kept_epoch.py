"""The epoch of a run that is exported: the last, or the best so far."""

import math
from pathlib import Path

import keras
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.training.checkpoints.store import OF_MACHINE
from facedebias.training.validation import WORST, Validation

_WEIGHTS = "kept_weights"


class KeptEpoch:
    """Weights and figures of the epoch that is kept so far.

    Args:
        model: whose weights are kept.
        folder: of the run.
        keep: "last" or "best".
        is_writer: whether the weights are written to a file.
    """

    def __init__(self, model: keras.Model, folder: Path, keep: str, is_writer: bool = True):
        self.keeps_best = keep == "best"
        self.validation = WORST
        # Its number, figure and loss; in the checkpoint with the rest.
        self.figures = tf.Variable(tf.zeros([3], tf.float64), trainable=False)
        # A variable of its own, NaN for none, so that checkpoints without it can be gone on from.
        self.low_figure = tf.Variable(math.nan, dtype=tf.float64, trainable=False)
        self._variables = [variable.value for variable in model.variables]
        # In the checkpoint as well: of the file there is one only. The last epoch's are the model's.
        self._copies = tf.Module()
        self._copies.weights = [
            tf.Variable(own, trainable=False) for own in self._variables if self.keeps_best
        ]
        self._file = tf.train.Checkpoint(model=model)
        self._path, self._is_writer = str(folder / "kept" / "weights"), is_writer

    def state(self) -> dict[str, tf.Variable | tf.Module]:
        """What a checkpoint must hold."""
        state = {"kept_figures": self.figures, "kept_low_figure": self.low_figure}
        return state | {_WEIGHTS: self._copies} if self.keeps_best else state

    @property
    def epoch(self) -> int:
        """Its number, from 1; 0 before the first."""
        return int(self.figures[0])

    def on_restored(self, has_weights: bool = True) -> None:
        """Takes the figures from a checkpoint that was read.

        Args:
            has_weights: see `are_in`.

        Raises:
            InputError: if the weights are in their file only, and that is damaged.
        """
        number, figure, loss = self.figures.numpy()
        low = float(self.low_figure)
        known = Validation(float(figure), float(loss), None if math.isnan(low) else low)
        self.validation = known if number else WORST
        if number and self.keeps_best and not has_weights:
            self._read_file()

    @staticmethod
    def are_in(name: str) -> bool:
        """Whether a tensor of a checkpoint is of the kept weights; those of earlier versions have none."""
        return name.startswith(f"{_WEIGHTS}/")

    def offer(self, epoch: int, validation: Validation) -> bool:
        """Keeps an epoch if it is to be kept; returns whether it was."""
        if self.keeps_best and not validation.is_better_than(self.validation):
            return False
        self.validation = validation
        self.figures.assign([epoch, validation.figure, validation.loss])
        self.low_figure.assign(math.nan if validation.low_figure is None else validation.low_figure)
        self._keep()
        self._write()
        return True

    def restore_weights(self) -> None:
        """Puts the kept weights into the model, and writes their file anew."""
        for variable, copy in zip(self._variables, self._copies.weights, strict=self.keeps_best):
            variable.assign(copy)
        self._write()

    def _write(self) -> None:
        if self._is_writer:
            self._file.write(self._path)

    def _keep(self) -> None:
        for variable, copy in zip(self._variables, self._copies.weights, strict=self.keeps_best):
            copy.assign(variable)

    def _read_file(self) -> None:
        own = [variable.numpy() for variable in self._variables]
        try:
            self._file.read(self._path).expect_partial()
        except OF_MACHINE:
            raise
        except (tf.errors.OpError, ValueError) as error:
            raise InputError(
                f"{self._path}: is damaged, and the checkpoint, of an earlier version, does not hold these "
                "weights. Delete the folder of the run to start anew."
            ) from error
        self._keep()
        for variable, value in zip(self._variables, own, strict=True):
            variable.assign(value)
