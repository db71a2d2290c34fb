r"""What `train.py` does by default, end to end: beside its bare step, and beside the lab's procedure.

    python -m benchmarks.training.default_speed --data=data/big-110000.h5 \
        --output=benchmarks/results/default_speed.json

By default are augmentation, samplers, and batches of 64. The bare step is the model's, augmentation
included, on one batch that never changes. The lab's procedure trains its network on batches of 32 with the
same augmentation by functions of tf.image (benchmarks/training/lab_reference.py), and bears its share of the
pass over all faces that it makes once an epoch. Rates are pictures a second.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant
from benchmarks.training import lab_reference
from facedebias.data.face_file import FaceDataset

_DATA = flags.DEFINE_string("data", None, "Face file, of 110,000 rows by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 9, "Measurements of each contestant.")
_STEPS = flags.DEFINE_integer("steps", 40, "Steps of 64 pictures in a measurement.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_BATCH_SIZE = 64  # of train.py by default
_NUM_PASSES = 3


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    figures: dict[str, Any] = {}
    for name, model in (("dbvae", "dbvae"), ("cnn", "classifier")):
        figures |= measure_model(name, model)
    measure.write(_OUTPUT.value, figures, batch_size=_BATCH_SIZE, lab_batch_size=lab_reference.BATCH_SIZE)


def measure_model(name: str, model: str) -> dict[str, Any]:
    """Figures of one model."""
    own_steps, lab_steps = _STEPS.value, _STEPS.value * _BATCH_SIZE // lab_reference.BATCH_SIZE
    with ExitStack() as stack:

        def start(kind: str, batch_size: int) -> Contestant:
            options: dict[str, Any] = {"data": _DATA.value, "model": model, "batch_size": batch_size}
            environment = {"TF_ENABLE_ONEDNN_OPTS": "1"}
            return stack.enter_context(Contestant(kind, environment, augment=True, **options))

        own, lab = start("own", _BATCH_SIZE), start("lab", lab_reference.BATCH_SIZE)
        # In either order: whatever runs after another process finds the processor's caches cold.
        tasks = {
            "run": (own, "run", own_steps),
            "bare": (own, "bare", own_steps),
            "bare again": (own, "bare", own_steps),
            "run again": (own, "run", own_steps),
            "lab": (lab, "run", lab_steps),
        }
        seconds = measure.in_turn(tasks, _ROUNDS.value)
        if model == "dbvae":
            num_faces = len(FaceDataset(_DATA.value).rows(label=1, split="train"))
            passes = [lab.ask("refresh", num_faces)["seconds"] for _ in range(_NUM_PASSES)]
            share = min(passes) / (num_faces // (lab_reference.BATCH_SIZE // 2))
            seconds["lab"] = [value + share for value in seconds["lab"]]
    picture = {
        what: [
            (a + b) / 2 / _BATCH_SIZE for a, b in zip(seconds[what], seconds[f"{what} again"], strict=True)
        ]
        for what in ("run", "bare")
    }
    picture["lab"] = [value / lab_reference.BATCH_SIZE for value in seconds["lab"]]
    rates = {
        f"rate_default_{name}_{what}": measure.figure([1 / value for value in values], "images/s")
        for what, values in picture.items()
    }
    return {
        f"default_{name}_vs_bare": measure.ratio(picture["bare"], picture["run"], "%"),
        f"default_{name}_vs_lab": measure.ratio(picture["lab"], picture["run"]),
        **rates,
    }


if __name__ == "__main__":
    app.run(main)
