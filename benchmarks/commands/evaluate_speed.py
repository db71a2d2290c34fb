r"""Scoring and answering: what evaluate.py and an exported model take.

    python -m benchmarks.commands.evaluate_speed --model=checkpoints/dbvae --data=data/test.h5 \
        --output=benchmarks/results/evaluate_speed.json

Scoring a face file beside the same model on one batch that never changes; `--help`; an exported
model's first answer (loading included) and its steady answer to single pictures, as a SavedModel
and as LiteRT.
"""

import functools
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from absl import app, flags

from benchmarks import measure
from facedebias import machine

_MODEL = flags.DEFINE_string("model", None, "A training run, or its export.", required=True)
_DATA = flags.DEFINE_string("data", None, "Face file to score.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_BATCH_SIZE = 256
_SINGLES = 300


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    machine.import_tensorflow()
    figures = {**scoring(), **latency()}
    for program in ("train.py", "evaluate.py"):
        command = [sys.executable, program, "--help"]
        ask = functools.partial(subprocess.run, command, cwd=measure.ROOT, capture_output=True)
        values = repeat(ask, _ROUNDS.value)
        figures[f"help_{program.removesuffix('.py')}_seconds"] = measure.figure(values, "s")
    measure.write(_OUTPUT.value, figures)


def seconds(function: Callable[[], object]) -> float:
    """That a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def repeat(function: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of some calls after a first that does not count."""
    function()
    return [seconds(function) for _ in range(rounds)]


def scoring() -> dict[str, dict[str, object]]:
    """Pictures a second of evaluate.py's scoring, and its share of the bare model's rate."""
    import tensorflow as tf

    from facedebias.data.face_file import FaceDataset
    from facedebias.scoring.exported_model import ExportedModel

    model, pictures = ExportedModel("model", _MODEL.value), FaceDataset(_DATA.value)
    loaded = tf.saved_model.load(str(model.path))
    answer = loaded.signatures["serving_default"]
    num_batches = min(40, len(pictures) // _BATCH_SIZE)
    rows = np.arange(num_batches * _BATCH_SIZE)
    batch = tf.constant(pictures.read(rows[:_BATCH_SIZE]))
    bare, scored = [], []
    for number in range(_ROUNDS.value + 1):
        bare_seconds = seconds(lambda: [answer(images=batch) for _ in range(num_batches)])
        scored_seconds = seconds(lambda: model.score(pictures.read, len(rows), _BATCH_SIZE, str))
        if number:
            bare.append(bare_seconds)
            scored.append(scored_seconds)
    return {
        "scoring_vs_bare_forward": measure.ratio(bare, scored, "%"),
        "rate_scoring": measure.figure([len(rows) / value for value in scored], "pictures/s"),
    }


def latency() -> dict[str, dict[str, object]]:
    """First and steady answers, in milliseconds."""
    import tensorflow as tf

    from facedebias.scoring.loading.model_places import find_saved_model

    folder = str(find_saved_model(Path(_MODEL.value)))
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    lite = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serving_default"]).convert()

    def saved_model() -> Callable[[], object]:
        loaded = tf.saved_model.load(folder)
        answer = loaded.signatures["serving_default"]
        # The function dies with what it was loaded with.
        return lambda: (loaded, answer(images=tf.constant(picture))["logits"].numpy())

    def litert() -> Callable[[], object]:
        runner = tf.lite.Interpreter(model_content=lite, num_threads=1).get_signature_runner(
            "serving_default"
        )
        return lambda: runner(images=picture)

    figures = {}
    for name, load in (("saved_model", saved_model), ("litert", litert)):
        first, steady = [], []
        for _ in range(_ROUNDS.value):
            start = time.perf_counter()
            answer = load()
            answer()
            first.append(1e3 * (time.perf_counter() - start))
            steady += [1e3 * np.median([seconds(answer) for _ in range(_SINGLES)])]
        figures[f"first_answer_{name}_ms"] = measure.figure(first, "ms")
        figures[f"single_picture_{name}_ms"] = measure.figure(steady, "ms")
    return figures


if __name__ == "__main__":
    app.run(main)
