r"""What it costs to change the colours of training pictures, in steps without it.

    python -m benchmarks.training.colour_cost --data=data/big-2000.h5 \
        --output=benchmarks/results/colour_cost.json

Whole epochs of both models with all other defaults, in turn.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant

_DATA = flags.DEFINE_string("data", None, "Face file, of 2,000 rows by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 15, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_KERNELS = {"TF_ENABLE_ONEDNN_OPTS": "1"}
_COLOURS = {"saturation": 1.0, "hue": 15.0, "tint": 0.2, "gray": 0.1}
_MODELS = {"cnn": "classifier", "dbvae": "dbvae"}


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    figures = {}
    for name, model in _MODELS.items():
        with ExitStack() as stack:
            tasks = {
                "plain": _epoch(stack, {"model": model}),
                "coloured": _epoch(stack, {"model": model, **_COLOURS}),
            }
            seconds = measure.in_turn(tasks, _ROUNDS.value)
        figures[f"{name}_coloured_vs_plain"] = measure.ratio(seconds["coloured"], seconds["plain"])
        figures |= {f"{name}_{key}": measure.figure(values, "s") for key, values in seconds.items()}
    measure.write(_OUTPUT.value, figures, settings=_COLOURS)


def _epoch(stack: ExitStack, settings: Mapping[str, Any]) -> tuple[Contestant, str, int]:
    text = json.dumps(settings)
    return stack.enter_context(Contestant("preset", _KERNELS, data=_DATA.value, settings=text)), "epoch", 1


if __name__ == "__main__":
    app.run(main)
