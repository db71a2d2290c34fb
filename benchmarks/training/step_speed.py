r"""What each rewrite of the training step is worth, and where its time goes.

    python -m benchmarks.training.step_speed --data=data/big-10000.h5 \
        --output=benchmarks/results/step_speed.json

The DB-VAE's step on one batch that never changes, at batch 32 and 128: as it is, without
oneDNN's kernels, without shards on two cores and on one, and the plain Keras step with and
without oneDNN; then the processor time of each kind of operation, and the rate of its arithmetic
beside that of large matrix products.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant

_DATA = flags.DEFINE_string("data", None, "Face file, by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each contestant.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_PICTURES = 1024  # in a measurement
# Multiplications of a picture in the encoder: convolutions 921,600 + 1,843,200 + 663,552 + 497,664,
# dense 589,824 + 102,912; three times (forward, gradients of weights and of inputs), but for the
# first layer's input. The decoder's 115,200 + 497,664 + 663,552 + 1,843,200 + 921,600, three times,
# for the half that are faces. A multiplication and an addition each.
_FLOP_PER_PICTURE = 2 * (3 * 4_618_752 - 921_600 + 3 * 4_041_216 / 2)
_KERNELS = {"TF_ENABLE_ONEDNN_OPTS": "1"}
# Setting the threads keeps facedebias.machine from doing so; 0 is TensorFlow's own choice.
_NO_SHARDS = {"TF_NUM_INTEROP_THREADS": "0"}
_ONE_CORE = {"TF_NUM_INTEROP_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
VARIANTS = {
    "own": ("own", "bare", _KERNELS),
    "own_without_onednn": ("own", "bare", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
    "own_without_shards": ("own", "bare", _KERNELS | _NO_SHARDS),
    "own_on_one_core_without_shards": ("own", "bare", _KERNELS | _ONE_CORE),
    "plain_keras": ("keras_step", "run", _KERNELS),
    "plain_keras_without_onednn": ("keras_step", "run", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
}


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    figures: dict[str, Any] = {}
    profiles = {}
    for batch_size in (32, 128):
        steps = _PICTURES // batch_size
        with ExitStack() as stack:
            contestants = {
                name: stack.enter_context(
                    Contestant(kind, environment, data=_DATA.value, batch_size=batch_size)
                )
                for name, (kind, _, environment) in VARIANTS.items()
            }
            tasks = {name: (contestants[name], VARIANTS[name][1], steps) for name in VARIANTS}
            seconds = measure.in_turn(tasks, _ROUNDS.value)
            profiles[batch_size] = contestants["own"].ask("profile", steps)["milliseconds"]
            limits = [contestants["own"].ask("multiply", 10)["gflops"] for _ in range(5)]
        rates = [batch_size * _FLOP_PER_PICTURE / s / 1e9 for s in seconds["own"]]
        figures[f"arithmetic_batch_{batch_size}"] = measure.figure(rates, "GFLOP/s")
        figures[f"matrix_products_batch_{batch_size}"] = measure.figure(limits, "GFLOP/s")
        for name, values in seconds.items():
            figures[f"{name}_batch_{batch_size}"] = measure.figure([1e3 * s for s in values], "ms")
            if name != "own":
                figures[f"own_vs_{name}_batch_{batch_size}"] = measure.ratio(values, seconds["own"])
    measure.write(_OUTPUT.value, figures, milliseconds_by_kind_of_operation=profiles)


if __name__ == "__main__":
    app.run(main)
