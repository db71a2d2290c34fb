"""How what a model gives becomes one score for each picture: the output, its column, and its kind."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.scoring.foreign import SIGMOID, SOFTMAX, ForeignModels
from facedebias.scoring.loading.loaded_model import LoadedModel, listed
from facedebias.scoring.model_scores import ModelScores, as_scores
from facedebias.scoring.score_scale import LOGIT, PROBABILITY, RANKED, SCORE
from facedebias.text import counted

# How far float16 probabilities of many classes may be off a sum of 1.
_SUM_TOLERANCE = 0.01
_RANGE_TOLERANCE = 1e-5


class ModelOutput:
    """The output of a foreign model that is the answer.

    Args:
        loaded: the model.
        foreign: what was told of it.
        kind: what its scores are; None decides by their values.

    Raises:
        InputError: if several outputs or columns could be the answer, or none.
    """

    def __init__(self, loaded: LoadedModel, foreign: ForeignModels, kind: str | None):
        self._path, self._wanted = loaded.path, kind
        self._kind = None if kind == RANKED else kind
        self.name = self._choose(loaded, foreign.output_name)
        self.others = tuple(sorted(set(loaded.outputs) - {self.name}))
        self._spec = loaded.outputs[self.name]
        self._asked, self._columns = foreign.positive_output, foreign.output_columns
        self._column = self._asked or 0
        self._num_columns = 1
        if not (self._spec.dtype.is_floating or self._spec.dtype.is_integer or self._spec.dtype.is_bool):
            what = "text" if self._spec.dtype == tf.string else self._spec.dtype.name
            raise InputError(f"{self._path}: {self.name!r} gives {what}, not numbers; {self._other_way()}.")
        if self._spec.shape.rank is not None and self._spec.shape.rank > 0:
            self._check_columns(list(self._spec.shape[1:]))

    def columns(self, values: np.ndarray, size: int) -> list[np.ndarray]:
        """What is kept of an answer.

        Args:
            values: the answer to `size` pictures.
            size: how many.

        Returns:
            Float32 `(size,)`: the positive class's number. If there are others, also: its logit if
            the numbers are logits of a softmax, log-odds z_c - log sum_k!=c exp(z_k); how far the
            numbers of the picture reach out of [0, 1]; how far their sum is off 1.
        """
        if values.ndim == 0 or len(values) != size:
            what = " x ".join(map(str, values.shape)) or "one number"
            raise InputError(
                f"{self._path}: {self.name!r} gives {what} for {counted(size, 'picture')} together; expected "
                f"one for each. {_capital(self._other_way())}."
            )
        table = values.reshape(size, -1)
        self._check_columns(list(values.shape[1:]))
        if table.shape[1] == 1:
            return [table[:, 0].astype(np.float32)]
        table = table.astype(np.float64)
        chosen = table[:, self._column]
        outside = np.maximum(table.max(1) - 1, -table.min(1))
        off = np.abs(table.sum(1) - 1)
        found = (chosen, chosen - _log_sum_exp(np.delete(table, self._column, 1)), outside, off)
        return [column.astype(np.float32) for column in found]

    def as_scores(
        self, name: str, columns: Sequence[np.ndarray], locate: Callable[[int], str]
    ) -> tuple[ModelScores, str]:
        """Checks answers and says what they are.

        Args:
            name: of the model.
            columns: what `columns` returned, of all pictures.
            locate: names a row, for messages.

        Returns:
            The scores, and what was done to get them; empty for nothing.

        Raises:
            InputError: if one is no number, or what they are cannot be told.
        """
        path = str(self._path)
        if len(columns) == 1:
            self._check_classes(columns[0])
            return as_scores(name, path, columns[0], self._wanted, locate), ""
        value, log_odds, outside, off = columns
        as_scores(name, path, value + log_odds, SCORE, locate)  # any that is no number
        is_inside = bool(np.all(outside <= _RANGE_TOLERANCE))
        is_shared_out = is_inside and bool(np.all(off <= _SUM_TOLERANCE))
        kind, is_softmax = self._decide(is_inside, is_shared_out)
        if kind == LOGIT and is_softmax:
            scores = as_scores(name, path, log_odds, LOGIT, locate)
        else:
            value = np.clip(value, 0, 1) if kind == PROBABILITY and is_inside else value
            scores = as_scores(name, path, value, kind or self._wanted, locate)
        scores = dataclasses.replace(scores, is_declared=self._kind is not None)
        return scores, self._told(scores.kind, is_softmax, is_shared_out)

    def _decide(self, is_inside: bool, is_shared_out: bool) -> tuple[str | None, bool]:
        """What the columns are, and whether they are one choice among classes."""
        if self._kind not in {None, LOGIT}:
            return self._kind, is_shared_out
        if self._columns == SIGMOID:
            return self._kind if is_inside else LOGIT, False
        if is_shared_out:
            if self._kind == LOGIT:
                raise InputError(
                    f"{self._path}: {self.name!r} gives numbers from 0 to 1 that sum to 1: probabilities and "
                    f"no logits. Leave {setting('output_kind')} out."
                )
            return PROBABILITY, True
        if is_inside and self._kind is None and self._columns is None:
            return PROBABILITY, False
        if self._columns is None and self._num_columns != 2:
            raise InputError(
                f"{self._path}: {self.name!r} gives {self._num_columns} logits for each picture. Say whether "
                f"one of these classes is true of a picture ({setting('output_columns', SOFTMAX)}) or each "
                f"is true or not by itself ({setting('output_columns', SIGMOID)})."
            )
        return LOGIT, True

    def _told(self, kind: str, is_softmax: bool, is_shared_out: bool) -> str:
        number, count = self._column, self._num_columns
        text = f"column {number} of {count} (counted from 0) of {self.name!r}"
        if kind == LOGIT and is_softmax:
            if count == 2:
                text = (
                    f"the difference of two logits, column {number} less column {1 - number} of {self.name!r}"
                )
                text += ", whose sigmoid is their softmax"
            else:
                text += f", less the log of the sum of the exponentials of the other {count - 1} logits: "
                text += "the logit of its softmax"
            if self._columns is None:
                text += f" (if each column is a logit of its own, give {setting('output_columns', SIGMOID)})"
            return text
        if kind == PROBABILITY and is_shared_out:
            return f"{text}, a probability; the columns sum to 1"
        if kind == PROBABILITY:
            return f"{text}, a probability of its own, as the columns do not sum to 1"
        return f"{text}, a {kind} of its own"

    def _choose(self, loaded: LoadedModel, name: str | None) -> str:
        if name is None and len(loaded.outputs) == 1:
            return next(iter(loaded.outputs))
        if name not in loaded.outputs:
            raise InputError(
                f"{loaded.path}: {loaded.what} takes {listed(loaded.inputs)} and gives "
                f"{listed(loaded.outputs)}; name the one that is the answer with {setting('output_name')}."
            )
        return name

    def _check_columns(self, sides: list[int | None]) -> None:
        """Refuses shapes, without the batch, that hold no column to take."""
        counts = [side for side in sides if side != 1]
        if len(counts) > 1:
            shape = " x ".join("any" if side is None else str(side) for side in sides)
            raise InputError(
                f"{self._path}: {self.name!r} gives {shape} numbers for each picture, such as a map; "
                f"expected one number or one for each class. {_capital(self._other_way())}."
            )
        count = counts[0] if counts else 1
        if count is not None:  # otherwise the answers will tell
            self._num_columns = count
            self._check_column(count)

    def _check_column(self, count: int) -> None:
        if count == 1 and self._asked:
            raise InputError(
                f"{setting('positive_output', self._asked)}: {self._path} gives one number for each picture "
                f"({self.name!r}); leave the flag out."
            )
        if count > 1 and self._asked is None:
            choices = "0 or 1" if count == 2 else f"0 to {count - 1}"
            raise InputError(
                f"{self._path}: {self.name!r} gives {count} numbers for each picture; say which is the "
                f"positive class, counted from 0: {setting('positive_output')}={choices}."
            )
        if count > 1 and not 0 <= self._column < count:
            raise InputError(
                f"{setting('positive_output', self._asked)}: {self._path} gives {count} numbers for "
                f"each picture ({self.name!r}); expected 0 to {count - 1}."
            )

    def _check_classes(self, values: np.ndarray) -> None:
        """Refuses numbers of classes, which would pass for logits."""
        if self._spec.dtype.is_floating or self._kind == SCORE:
            return
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > 1:
            raise InputError(
                f"{self._path}: {self.name!r} gives whole numbers from {low} to {high}, as numbers of "
                f"classes are, which are no scores; {self._other_way()}. If they grow with belief, give "
                f"{setting('output_kind', SCORE)}."
            )

    def _other_way(self) -> str:
        held = ", ".join(repr(name) for name in self.others)
        if held:
            return f"name another output with {setting('output_name')}: {held}"
        return "export the model with an output that gives a probability or logit of the positive class"


def _log_sum_exp(values: np.ndarray) -> np.ndarray:
    """Logarithm of sum_k exp(z_k) of each row without overflow: float64 `(n, k)` -> `(n,)`."""
    highest = values.max(1)
    return highest + np.log(np.exp(values - highest[:, None]).sum(1))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
