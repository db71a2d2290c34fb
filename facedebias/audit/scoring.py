"""Loads exported models and scores pictures. The SavedModel is all that is known of a model."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from facedebias.audit.audit import Scores, first_bad_score
from facedebias.audit.pictures import PictureTable, size_text
from facedebias.errors import InputError

_SIGNATURE, _INPUT, _OUTPUTS = "serving_default", "images", ("logits", "probabilities")
_CONTRACT = (
    f"expected a signature {_SIGNATURE!r} from uint8 {_INPUT!r} (None, height, width, 3) to "
    f"{' and '.join(map(repr, _OUTPUTS))} (None,)"
)
_MOST_LISTED = 8


class ExportedModel:
    """A SavedModel that tells how likely a picture shows a face.

    Args:
        name: what reports call it.
        path: the SavedModel, or the folder of a training run that has it in `export/`.

    Raises:
        InputError: if there is no such SavedModel, or it takes or gives something else.
    """

    def __init__(self, name: str, path: str | os.PathLike[str]):
        self.name = name
        self.path = find_saved_model(Path(path))
        try:
            # The function dies with the object it was loaded with, so both are kept.
            self._loaded = tf.saved_model.load(str(self.path))
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise InputError(
                f"{self.path}: cannot be loaded as a SavedModel ({reason[0]}); export it again."
            ) from error
        self._predict = self._checked_signature()
        self.image_shape: tuple[int | None, ...] = tuple(self._input_spec.shape[1:])

    @property
    def _input_spec(self) -> tf.TensorSpec:
        return self._predict.structured_input_signature[1][_INPUT]

    def score(
        self, pictures: PictureTable, rows: np.ndarray, batch_size: int, show_progress: bool = False
    ) -> Scores:
        """Scores pictures, in order, the last incomplete batch too.

        Args:
            pictures: where to read them.
            rows: int `(n,)`, which of them.
            batch_size: how many at a time.
            show_progress: whether to draw a bar, if somebody is watching.

        Raises:
            InputError: if a score is not a finite number.
        """
        starts = range(0, len(rows), batch_size)
        # disable=None draws no bar into log files.
        bar = tqdm(starts, f"scoring {self.name}", unit="batch", disable=None if show_progress else True)
        parts = [self._score_batch(pictures.read(rows[start : start + batch_size])) for start in bar]
        empty = [np.empty(0, np.float32)]
        logits, probabilities = (np.concatenate(empty + [part[name] for part in parts]) for name in _OUTPUTS)
        scores = Scores(logits, probabilities)
        if (index := first_bad_score(scores)) is not None:
            row = int(rows[index])
            named = "".join(f" ({path})" for path in pictures.paths([row]) if path)
            raise InputError(
                f"{self.path}: gives logit {logits[index]} and probability {probabilities[index]} for row "
                f"{row}{named} of {pictures.path}; expected finite numbers. The model is damaged or diverged "
                "in training."
            )
        return scores

    def _score_batch(self, images: np.ndarray) -> dict[str, np.ndarray]:
        answers = self._predict(**{_INPUT: tf.constant(images)})
        return {name: answers[name].numpy().astype(np.float32).reshape(len(images)) for name in _OUTPUTS}

    def _checked_signature(self) -> tf.types.experimental.ConcreteFunction:
        signatures = self._loaded.signatures
        if _SIGNATURE not in signatures:
            held = ", ".join(map(repr, signatures)) or "none"
            raise InputError(f"{self.path}: its signatures are {held}; {_CONTRACT}.")
        function = signatures[_SIGNATURE]
        inputs, outputs = function.structured_input_signature[1], function.structured_outputs
        if set(inputs) != {_INPUT} or not set(_OUTPUTS) <= set(outputs):
            raise InputError(
                f"{self.path}: signature {_SIGNATURE!r} takes {_listed(inputs)} and gives "
                f"{_listed(outputs)}; {_CONTRACT}."
            )
        spec = inputs[_INPUT]
        if spec.dtype != tf.uint8 or spec.shape.rank != 4 or spec.shape[0] is not None or spec.shape[3] != 3:
            raise InputError(
                f"{self.path}: {_INPUT!r} is {spec.dtype.name} {tuple(spec.shape)}; {_CONTRACT}."
            )
        return function


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

    Raises:
        InputError: if they differ.
    """
    shape = models[0].image_shape
    for model in models[1:]:
        if model.image_shape != shape:
            raise InputError(
                f"{model.path}: takes pictures of {size_text(model.image_shape)}, but {models[0].path} of "
                f"{size_text(shape)}; audit them one at a time, each on data of its size."
            )
    return shape


def _listed(specs: dict[str, tf.TensorSpec]) -> str:
    return ", ".join(repr(name) for name in sorted(specs)) or "nothing"
