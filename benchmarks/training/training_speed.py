r"""Training, end to end and step alone, beside the lab's procedure, PyTorch and Keras.

    python -m benchmarks.training.training_speed --data=data/big-110000.h5 \
        --output=benchmarks/results/training_speed.json

Batch 32, float32, no augmentation unless a figure says otherwise. The lab and PyTorch train
the same network by the lab's procedure (benchmarks/training/lab_reference.py); a step of the lab's bears
its share of the pass over all faces that it makes once an epoch, PyTorch is let off it. All
TensorFlow contestants have oneDNN on, except where a name ends in `default_kernels`.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant
from benchmarks.training.lab_reference import BATCH_SIZE
from facedebias.data.face_file import FaceDataset

_DATA = flags.DEFINE_string("data", None, "Face file, of 110,000 rows by big_file.", required=True)
_BEST_BATCH = flags.DEFINE_integer("best_batch", 128, "Batch of the best settings, a multiple of 32.")
_STEPS = flags.DEFINE_integer("steps", 64, "Steps of 32 pictures in a measurement.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each contestant.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_STEP_BATCH = 128
_KERNELS = {"TF_ENABLE_ONEDNN_OPTS": "1"}
_DEFAULT_KERNELS = {"TF_ENABLE_ONEDNN_OPTS": "0"}


def main(argv: Sequence[str]) -> None:
    """Measures both models and writes the figures."""
    dbvae, passes = measure_dbvae()
    classifier = measure_classifier()
    num_faces = len(FaceDataset(_DATA.value).rows(label=1, split="train"))
    steps_per_epoch = num_faces // (BATCH_SIZE // 2)
    # The pass is much longer than a round, so its rounds are its own.
    share = measure.figure(passes, "s")["median"] / steps_per_epoch
    for name in ("lab", "lab_default_kernels"):
        dbvae[name] = [seconds + share for seconds in dbvae[name]]
    per_picture = {name: [s / BATCH_SIZE for s in values] for name, values in dbvae.items()}
    for name, size in (
        ("best", _BEST_BATCH.value),
        ("bare_128", _STEP_BATCH),
        ("plain_keras_128", _STEP_BATCH),
    ):
        per_picture[name] = [seconds / size for seconds in dbvae[name]]
    figures = {
        "dbvae_end_to_end_vs_lab": measure.ratio(dbvae["lab"], dbvae["own"]),
        "dbvae_end_to_end_vs_pytorch": measure.ratio(dbvae["pytorch"], dbvae["own"]),
        "dbvae_end_to_end_vs_keras_fit": measure.ratio(dbvae["keras_fit"], dbvae["own"]),
        "dbvae_end_to_end_vs_lab_default_kernels": measure.ratio(dbvae["lab_default_kernels"], dbvae["own"]),
        "dbvae_augmented_vs_plain": measure.ratio(dbvae["own"], dbvae["own_augmented"], "%"),
        "dbvae_best_vs_lab": measure.ratio(per_picture["lab"], per_picture["best"]),
        "bare_step_vs_plain_keras": measure.ratio(dbvae["plain_keras_128"], dbvae["bare_128"]),
        "cnn_end_to_end_vs_lab": measure.ratio(classifier["lab"], classifier["own"]),
        "cnn_end_to_end_vs_pytorch": measure.ratio(classifier["pytorch"], classifier["own"]),
        "cnn_end_to_end_vs_keras_fit": measure.ratio(classifier["keras_fit"], classifier["own"]),
        "lab_encoder_pass": measure.figure(passes, "s"),
    }
    per_picture |= {f"cnn_{name}": [s / BATCH_SIZE for s in values] for name, values in classifier.items()}
    for name, values in per_picture.items():
        figures[f"rate_{name}"] = measure.figure([1 / seconds for seconds in values], "images/s")
    details = {"batch_size": BATCH_SIZE, "best_batch_size": _BEST_BATCH.value}
    measure.write(_OUTPUT.value, figures, **details)


def measure_dbvae() -> tuple[dict[str, list[float]], list[float]]:
    """Seconds a step of every contestant, and of the lab's passes."""
    with ExitStack() as stack:

        def start(kind: str, environment: dict[str, str] = _KERNELS, **options: object) -> Contestant:
            return stack.enter_context(Contestant(kind, environment, data=_DATA.value, **options))

        own, lab = start("own"), start("lab")
        steps = _STEPS.value
        best = start("own", batch_size=_BEST_BATCH.value)
        own_128 = start("own", batch_size=_STEP_BATCH)
        seconds = measure.in_turn(
            {
                "own": (own, "run", steps),
                "lab": (lab, "run", steps),
                "pytorch": (start("pytorch"), "run", steps),
                "best": (best, "run", max(2, steps * BATCH_SIZE // _BEST_BATCH.value)),
                "own_augmented": (start("own", augment=True), "run", steps),
                "keras_fit": (start("keras_fit"), "run", steps),
                "lab_default_kernels": (start("lab", _DEFAULT_KERNELS), "run", steps),
                "bare_128": (own_128, "bare", max(2, steps * BATCH_SIZE // _STEP_BATCH)),
                "plain_keras_128": (
                    start("keras_step", batch_size=_STEP_BATCH),
                    "run",
                    max(2, steps * BATCH_SIZE // _STEP_BATCH),
                ),
            },
            _ROUNDS.value,
        )
        num_faces = len(FaceDataset(_DATA.value).rows(label=1, split="train"))
        passes = [lab.ask("refresh", num_faces)["seconds"] for _ in range(5)]
    return seconds, passes


def measure_classifier() -> dict[str, list[float]]:
    """Seconds a step of every contestant."""
    with ExitStack() as stack:
        contestants = {
            kind: stack.enter_context(Contestant(kind, _KERNELS, data=_DATA.value, model="classifier"))
            for kind in ("own", "lab", "pytorch", "keras_fit")
        }
        tasks = {kind: (contestant, "run", _STEPS.value) for kind, contestant in contestants.items()}
        return measure.in_turn(tasks, _ROUNDS.value)


if __name__ == "__main__":
    app.run(main)
