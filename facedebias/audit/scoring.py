"""Loads exported models and scores pictures. The SavedModel is all that is known of a model."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from facedebias.audit.foreign import ForeignModels
from facedebias.audit.group_rule import GroupRule
from facedebias.audit.sample import LOGIT, ModelScores, as_scores
from facedebias.data.records import size_text
from facedebias.errors import InputError
from facedebias.text import visible

_SIGNATURE, _INPUT, _OUTPUTS = "serving_default", "images", ("logits", "probabilities")
_CONTRACT = (
    f"expected a signature {_SIGNATURE!r} from pictures, uint8 {_INPUT!r} (None, height, width, 3), to "
    f"{' and '.join(map(repr, _OUTPUTS))} (None,); or any one input of pictures and one output, which "
    "--input_size, --input_scale and --output_name describe"
)
_MOST_LISTED = 8

Specs = dict[str, tf.TensorSpec]


class ExportedModel:
    """A SavedModel that tells how likely a picture is positive, e.g. shows a face.

    Models that this project exported say everything by themselves. Others may take pictures
    under any name, as integers or floats, and give one number for each.

    Args:
        name: what reports call it.
        path: the SavedModel, or the folder of a training run that has it in `export/`.
        foreign: how to ask a model of somebody else.
        output_kind: what its answer is; None decides by its values.

    Raises:
        InputError: if there is no such SavedModel, or it takes or gives something else.
    """

    def __init__(
        self,
        name: str,
        path: str | os.PathLike[str],
        foreign: ForeignModels | None = None,
        output_kind: str | None = None,
    ):
        self.name = name
        self.path = find_saved_model(Path(path))
        self.group_rule = GroupRule.load(self.path)
        self._kind = output_kind
        try:
            # The function dies with the object it was loaded with, so both are kept.
            self._loaded = tf.saved_model.load(str(self.path))
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise InputError(
                f"{self.path}: cannot be loaded as a SavedModel ({reason[0]}); export it again."
            ) from error
        self._predict = self._signature()
        inputs: Specs = self._predict.structured_input_signature[1]
        outputs: Specs = self._predict.structured_outputs
        self._is_own = set(inputs) == {_INPUT} and set(_OUTPUTS) <= set(outputs)
        self._is_own = self._is_own and inputs[_INPUT].dtype == tf.uint8
        foreign = ForeignModels() if self._is_own or foreign is None else foreign
        self._input = self._input_name(inputs, foreign)
        self._output = _OUTPUTS[0] if self._is_own else self._output_name(inputs, outputs, foreign)
        self._range, self._dtype = foreign.input_range, inputs[self._input].dtype
        self._resized = foreign.input_size
        declared = tuple(inputs[self._input].shape[1:3])
        self.image_shape: tuple[int | None, ...] = (*(foreign.input_size or declared), 3)
        self._check_size(declared)

    @property
    def needs_shape(self) -> bool:
        """Whether pictures must come in `image_shape`; otherwise they are scaled to it."""
        return self._resized is None

    @property
    def score_kind(self) -> str | None:
        """What its answers are; None if only their values tell."""
        return LOGIT if self._is_own else self._kind

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
        """Checks answers and says what they are.

        Args:
            columns: answers of `answer`, each `(n,)`.
            locate: names a row, for messages.

        Raises:
            InputError: if one is not a finite number, or no probability though it should be.
        """
        if not self._is_own:
            return as_scores(self.name, str(self.path), columns[0], self._kind, locate)
        as_scores(self.name, str(self.path), columns[1], "probability", locate)
        checked = as_scores(self.name, str(self.path), columns[0], LOGIT, locate)
        return ModelScores(checked.name, checked.path, LOGIT, checked.scores, columns[1])

    def answer(self, images: np.ndarray) -> list[np.ndarray]:
        """What the model says of some pictures, unchecked.

        Args:
            images: uint8 RGB `(n, height, width, 3)`.

        Returns:
            Columns of float32 `(n,)`: logits and probabilities of a model of this project, the
            one answer of another.
        """
        pictures = tf.constant(images)
        if self._resized and images.shape[1:3] != self._resized:
            # Bilinear with smoothing, so that shrinking does not pick single pixels.
            pictures = tf.image.resize(pictures, self._resized, antialias=True)
        if self._range is not None:
            low, high = self._range
            pictures = tf.cast(pictures, tf.float32) * ((high - low) / 255.0) + low
        if self._dtype.is_integer and pictures.dtype != self._dtype:
            pictures = tf.round(pictures)
        answers = self._predict(**{self._input: tf.cast(pictures, self._dtype)})
        wanted = _OUTPUTS if self._is_own else (self._output,)
        return [self._column(name, answers[name].numpy(), len(images)) for name in wanted]

    def _column(self, name: str, values: np.ndarray, size: int) -> np.ndarray:
        if values.size != size:
            raise InputError(
                f"{self.path}: {name!r} has shape {values.shape} for {size} pictures; expected one "
                "number for each. Name another output with --output_name, or export one that gives the "
                "positive class alone."
            )
        return values.astype(np.float32).reshape(size)

    def _signature(self) -> tf.types.experimental.ConcreteFunction:
        signatures = self._loaded.signatures
        if _SIGNATURE not in signatures:
            held = ", ".join(map(repr, signatures)) or "none"
            raise InputError(f"{self.path}: its signatures are {held}; {_CONTRACT}.")
        return signatures[_SIGNATURE]

    def _input_name(self, inputs: Specs, foreign: ForeignModels) -> str:
        if len(inputs) != 1:
            raise InputError(f"{self.path}: signature {_SIGNATURE!r} takes {_listed(inputs)}; {_CONTRACT}.")
        ((name, spec),) = inputs.items()
        rank, kinds = spec.shape.rank, spec.dtype.is_floating or spec.dtype.is_integer
        if rank != 4 or spec.shape[3] not in {3, None} or spec.shape[0] is not None or not kinds:
            raise InputError(f"{self.path}: {name!r} is {spec.dtype.name} {tuple(spec.shape)}; {_CONTRACT}.")
        if spec.dtype.is_floating and foreign.input_range is None:
            raise InputError(
                f"{self.path}: {name!r} is {spec.dtype.name}, and nothing says which numbers it wants for "
                "pixels. Give --input_scale=0,1 or -1,1, or 0,255 if it scales them itself."
            )
        return name

    def _output_name(self, inputs: Specs, outputs: Specs, foreign: ForeignModels) -> str:
        if foreign.output_name is None and len(outputs) == 1:
            return next(iter(outputs))
        if foreign.output_name not in outputs:
            raise InputError(
                f"{self.path}: signature {_SIGNATURE!r} takes {_listed(inputs)} and gives "
                f"{_listed(outputs)}; name the one that is the answer with --output_name; {_CONTRACT}."
            )
        return foreign.output_name

    def _check_size(self, declared: tuple[int | None, ...]) -> None:
        for wanted, given in zip(declared, self.image_shape[:2], strict=True):
            if wanted not in {None, given}:
                raise InputError(
                    f"{self.path}: takes pictures of {size_text(declared)}, not --input_size="
                    f"{size_text(self.image_shape)}; leave the flag out or give that size."
                )


def find_saved_model(path: Path) -> Path:
    """The SavedModel at a path or, for a training run's folder, in its `export/`.

    Raises:
        InputError: if there is none; names what is there instead.
    """
    for folder in (path, path / "export"):
        if (folder / "saved_model.pb").is_file():
            return folder
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "no such folder"
        raise InputError(f"{path}: {what}; expected an exported model, which train.py writes.")
    held = sorted(entry.name for entry in path.iterdir())
    listed = ", ".join(held[:_MOST_LISTED]) + (", ..." if len(held) > _MOST_LISTED else "")
    raise InputError(
        f"{path}: holds {listed or 'nothing'}; expected saved_model.pb or export/saved_model.pb. Give the "
        "folder of an exported model or of a finished training run."
    )


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


def _listed(specs: Specs) -> str:
    return ", ".join(repr(name) for name in sorted(specs)) or "nothing"
