r"""How long the presets of training take, in trainings with the default settings.

    python -m benchmarks.training.preset_cost --data=data/big-2000.h5 \
        --output=benchmarks/results/preset_cost.json

Whole epochs, with what a sampler does once an epoch, times the epochs of a preset. Validation and
export are left out.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant
from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import changed_by_preset
from facedebias.training.settings.presets import PRESETS

_DATA = flags.DEFINE_string("data", None, "Face file, of 2,000 rows by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Measurements of each preset.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_KERNELS = {"TF_ENABLE_ONEDNN_OPTS": "1"}


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    with ExitStack() as stack:
        tasks = {
            name: (
                stack.enter_context(Contestant("preset", _KERNELS, data=_DATA.value, preset=name)),
                "epoch",
                1,
            )
            for name in PRESETS
        }
        seconds = measure.in_turn(tasks, _ROUNDS.value)
    whole = {
        name: [TrainConfig.from_preset(name).epochs * value for value in values]
        for name, values in seconds.items()
    }
    figures = {name: measure.ratio(values, whole["default"]) for name, values in whole.items()}
    figures |= {f"epoch_{name}": measure.figure(values, "s") for name, values in seconds.items()}
    # Whether the presets are still those that were measured.
    measure.write(_OUTPUT.value, figures, settings={name: changed_by_preset(name, {}) for name in PRESETS})


if __name__ == "__main__":
    app.run(main)
