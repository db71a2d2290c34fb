"""Holds an exported model against the run's own SavedModel, on pictures that both are asked about."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from facedebias.data.drawn import draw, sample_clutter, sample_face
from facedebias.errors import InputError
from facedebias.exporting.export_config import TOLERANCE
from facedebias.scoring.loading.loaded_model import LoadedModel

NUM_PICTURES = 256

_LEAST_CORRELATION = 0.5
_BATCH = 64
_NUM_TIMED, _NUM_UNTIMED = 30, 3
_LOGITS = "logits"


@dataclass(frozen=True)
class Agreement:
    """How near the answers of two models are.

    Attributes:
        num_pictures: that both were asked about.
        largest: difference of two logits.
        num_changed: pictures that only one of them gives a probability of at least 0.5.
        milliseconds: of the exported model for one picture, the median of 30.
        source_milliseconds: of the SavedModel.
    """

    num_pictures: int
    largest: float
    num_changed: int
    milliseconds: float
    source_milliseconds: float


def drawn_pictures(image_shape: tuple[int, int, int], count: int) -> np.ndarray:
    """Synthetic faces and clutter in turn, the same each time.

    Args:
        image_shape: height, width, 3.
        count: how many.

    Returns:
        uint8 `(count, height, width, 3)`.
    """
    height, width, _ = image_shape
    found = []
    for number in range(count):
        rng = np.random.default_rng([number])
        scene = sample_face(rng, False) if number % 2 == 0 else sample_clutter(rng)
        found.append(draw(scene, max(height, width))[:height, :width])
    return np.stack(found) if found else np.zeros((0, *image_shape), np.uint8)


def compare(
    path: Path, source: LoadedModel, made: LoadedModel, pictures: np.ndarray, is_exact: bool
) -> Agreement:
    """Asks both models.

    Args:
        path: of the exported model, for messages.
        source: the run's SavedModel.
        made: the exported model, loaded from what was written.
        pictures: uint8 `(n, height, width, 3)`.
        is_exact: whether their logits must agree within `TOLERANCE`, as in float32.

    Raises:
        InputError: if they do not, or the exported model answers nonsense: numbers that are not finite, or
            that hardly go with the run's.
    """
    if made.inputs.keys() != source.inputs.keys() or not source.outputs.keys() <= made.outputs.keys():
        raise _refusal(path, f"takes {', '.join(made.inputs)} and gives {', '.join(made.outputs)}")
    before, after = _logits(source, pictures), _logits(made, pictures)
    if not np.isfinite(after).all():
        raise _refusal(path, "gives logits that are no finite numbers")
    largest = float(np.abs(after - before).max())
    if is_exact and largest > TOLERANCE:
        raise _refusal(path, f"gives logits that differ by {largest:.2g}, more than {TOLERANCE:g}")
    if not is_exact and _correlation(before, after) < _LEAST_CORRELATION:
        raise _refusal(path, f"gives logits that differ by {largest:.2g} and hardly go with the run's")
    one = pictures[:1]
    return Agreement(
        len(pictures),
        largest,
        int(np.sum((before >= 0) != (after >= 0))),
        _milliseconds(made, one),
        _milliseconds(source, one),
    )


def _refusal(path: Path, what: str) -> InputError:
    return InputError(
        f"{path.name}: {what}, so it was not kept. Choose another --to or --quantize, and tell the "
        "developers: the conversion is at fault, not the model."
    )


def _logits(model: LoadedModel, pictures: np.ndarray) -> np.ndarray:
    """Float64 `(n,)`."""
    parts = [
        model.predict(tf.constant(pictures[start : start + _BATCH]))[_LOGITS].numpy().reshape(-1)
        for start in range(0, len(pictures), _BATCH)
    ]
    return np.concatenate(parts).astype(np.float64)


def _correlation(before: np.ndarray, after: np.ndarray) -> float:
    """Of two lists of logits; 1 where the first do not vary."""
    if np.ptp(before) == 0:
        return 1.0
    return float(np.corrcoef(before, after)[0, 1]) if np.ptp(after) > 0 else 0.0


def _milliseconds(model: LoadedModel, picture: np.ndarray) -> float:
    asked = tf.constant(picture)
    times = []
    for _ in range(_NUM_UNTIMED + _NUM_TIMED):
        start = time.perf_counter()
        model.predict(asked)[_LOGITS].numpy()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[_NUM_UNTIMED:])
