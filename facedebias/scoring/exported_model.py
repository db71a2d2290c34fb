"""Scores pictures with models. A SavedModel, or a file of a model, is all that is known of it."""

import dataclasses
import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from facedebias.configuration.setting_names import setting
from facedebias.data.records import size_text
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from facedebias.scoring.group_rule import GroupRule
from facedebias.scoring.loading import loaders, saved_models
from facedebias.scoring.loading.loaded_model import Ask, LoadedModel, contract, listed
from facedebias.scoring.loading.model_places import find_model
from facedebias.scoring.model_input import ModelInput
from facedebias.scoring.model_output import ModelOutput
from facedebias.scoring.model_scores import ModelScores, as_scores
from facedebias.scoring.picture_scan import Scan, Scanner
from facedebias.scoring.score_scale import LOGIT, PROBABILITY
from facedebias.text import visible

_INPUT, _OUTPUTS = "images", ("logits", "probabilities")


class ExportedModel:
    """A model that tells how likely a picture is positive, e.g. shows a face.

    Models that this project exported say everything by themselves. Others may take pictures
    under any name, as integers or floats, in either layout, and give one number for each, or one
    for each class.

    Args:
        name: what reports call it.
        path: the SavedModel, the folder of a training run that has it in `export/`, a file of Keras, ONNX or
            LiteRT, or the folder that `facedebias export` wrote one to.
        foreign: how to ask a model of somebody else.
        output_kind: what its answer is; None decides by its values.

    Raises:
        InputError: if there is no such model, or it takes or gives something else.
    """

    def __init__(
        self,
        name: str,
        path: str | os.PathLike[str],
        foreign: ForeignModels | None = None,
        output_kind: str | None = None,
    ):
        self.name = name
        self.path = find_model(Path(path))
        self.group_rule = GroupRule.load(self.path)
        self._kind = output_kind
        foreign = foreign or ForeignModels()
        self._loaded = loaders.load(self.path, foreign.signature)
        self.is_own = is_own(self._loaded)
        foreign = ForeignModels() if self.is_own else foreign
        if len(self._loaded.inputs) != 1:
            raise InputError(
                f"{self.path}: {self._loaded.what} takes {listed(self._loaded.inputs)}; {contract()}."
            )
        ((input_name, spec),) = self._loaded.inputs.items()
        self._input = ModelInput(self.path, tf.TensorSpec(spec.shape, spec.dtype, input_name), foreign)
        self._output = None if self.is_own else ModelOutput(self._loaded, foreign, output_kind)
        self.image_shape = self._input.image_shape
        self.needs_shape = self._input.needs_shape

    @property
    def scan(self) -> Scanner | None:
        """Looks at whole pictures, see `Scan`; None if the model cannot."""
        ask = self._loaded.scan if self.is_own else None
        return None if ask is None else functools.partial(self._scan, ask)

    @property
    def score_kind(self) -> str | None:
        """What its answers are; None if only their values tell."""
        return LOGIT if self.is_own else self._kind

    def score(
        self,
        read: Callable[[np.ndarray], np.ndarray],
        num_rows: int,
        batch_size: int,
        locate: Callable[[int], str],
        show_progress: bool = False,
    ) -> ModelScores:
        """Scores pictures, in order, the last incomplete batch too.

        Args:
            read: row numbers -> pictures, uint8 RGB `(n, height, width, 3)`.
            num_rows: how many rows there are.
            batch_size: how many to score at a time.
            locate: names a row, for messages.
            show_progress: whether to draw a bar, if somebody is watching.

        Raises:
            InputError: if a score is not a finite number.
        """
        starts = range(0, num_rows, batch_size)
        # disable=None draws no bar into log files.
        bar = tqdm(
            starts, f"scoring {visible(self.name)}", unit="batch", disable=None if show_progress else True
        )
        parts = [self.answer(read(np.arange(i, min(i + batch_size, num_rows)))) for i in bar]
        return self.as_scores([np.concatenate(column) for column in zip(*parts, strict=True)], locate)

    def as_scores(self, columns: Sequence[np.ndarray], locate: Callable[[int], str]) -> ModelScores:
        """Checks answers and says what they are, and how they came about.

        Args:
            columns: answers of `answer`, each `(n,)`.
            locate: names a row, for messages.

        Raises:
            InputError: if one is not a finite number, or no probability though it should be.
        """
        if self._output is None:
            as_scores(self.name, str(self.path), columns[1], PROBABILITY, locate)
            checked = as_scores(self.name, str(self.path), columns[0], LOGIT, locate)
            return ModelScores(checked.name, checked.path, LOGIT, checked.scores, columns[1])
        scores, told = self._output.as_scores(self.name, columns, locate)
        notes = self.notes()
        notes += [f"What {self.name} answers: {told}."] if told else []
        note = " ".join([*([scores.note] if scores.note else []), *notes])
        return dataclasses.replace(scores, note=note, other_outputs=self._output.others)

    def notes(self) -> list[str]:
        """What was assumed of a model made elsewhere, as far as it has been asked, in sentences."""
        parts = [*self._loaded.notes, *self._input.notes]
        return [f"How {self.name} was asked: {'; '.join(parts)}."] if parts else []

    def answer(self, images: np.ndarray) -> list[np.ndarray]:
        """What the model says of some pictures, unchecked.

        Args:
            images: uint8 RGB `(n, height, width, 3)`.

        Returns:
            Columns of float32 `(n,)`: logits and probabilities of a model of this project, those of
            `ModelOutput.columns` of another.
        """
        parts = [self._ask(pictures, count) for pictures, count in self._input.batches(images)]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def _scan(self, ask: Ask, picture: np.ndarray) -> Scan:
        answers = self._answers(ask, tf.constant(picture[None]))
        return Scan(answers["logits"].numpy()[0], int(answers["step"]))

    def _ask(self, pictures: tf.Tensor, count: int) -> list[np.ndarray]:
        answers = self._answers(self._loaded.predict, pictures)
        size = pictures.shape[0]
        if self._output is None:
            return [self._of_each(answers[name].numpy(), size)[:count] for name in _OUTPUTS]
        values = answers[self._output.name].numpy()
        return [column[:count] for column in self._output.columns(values, size)]

    def _of_each(self, values: np.ndarray, size: int) -> np.ndarray:
        """One number for each picture, from (n,) or (n, 1)."""
        if values.size != size:
            raise InputError(
                f"{self.path}: gives {values.size:,} numbers for {size:,} pictures, so it is damaged. "
                "Export it again."
            )
        return values.astype(np.float32).reshape(size)

    def _answers(self, ask: Ask, pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        try:
            return ask(pictures)
        except saved_models.LOADING_ERRORS as error:
            size, sides = pictures.shape[0], size_text(pictures.shape[1:])
            smaller = f"{setting('batch_size', 1)}, or " if size > 1 else ""
            raise InputError(
                f"{self.path}: fails on {size} pictures of {sides} ({saved_models.first_line(error)}). Try "
                f"{smaller}another {setting('input_size')}, or export it again."
            ) from error


def is_own(loaded: LoadedModel) -> bool:
    """Whether this project exported it: it then says what it takes and gives."""
    inputs, outputs = loaded.inputs, loaded.outputs
    return (
        set(inputs) == {_INPUT}
        and set(_OUTPUTS) <= set(outputs)
        and inputs[_INPUT].dtype == tf.uint8
        and all(_is_single(outputs[name].shape) for name in _OUTPUTS)
    )


def _is_single(shape: tf.TensorShape) -> bool:
    """Whether there is one number for each picture, `(n,)` or `(n, 1)`."""
    return bool(shape.rank) and shape[1:].num_elements() == 1


def common_picture_shape(models: list[ExportedModel]) -> tuple[int | None, ...]:
    """Height, width and 3 of the pictures that all models take; None where any size will do.

    Models that pictures are scaled for take part only if there are no others.

    Raises:
        InputError: if they differ.
    """
    strict = [model for model in models if model.needs_shape] or models[:1]
    shape, first = strict[0].image_shape, strict[0]
    for model in strict[1:]:
        pairs = list(zip(shape, model.image_shape, strict=True))
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise InputError(
                f"{model.path}: takes pictures of {size_text(model.image_shape)}, but {first.path} of "
                f"{size_text(shape)}; audit them one at a time, each on data of its size."
            )
        if None in shape and None not in model.image_shape:
            first = model
        shape = tuple(other if side is None else side for side, other in pairs)
    return shape
