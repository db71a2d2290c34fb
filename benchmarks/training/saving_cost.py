r"""What checkpoints within an epoch and their checksums cost, as shares of training.

    python -m benchmarks.training.saving_cost --data=data/big-110000.h5 \
        --output=benchmarks/results/saving_cost.json

The trainer's steps, checkpoints as TensorFlow writes them, and checkpoints as train.py does, in one process
and in turn. Two shares follow: of a checkpoint every `--checkpoint_minutes`, all of it; and of the one after
each epoch, what checksums add, as earlier versions wrote that one as well.
"""

from collections.abc import Sequence
from typing import Any

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant
from facedebias.training.config import TrainConfig

_DATA = flags.DEFINE_string("data", None, "Face file, of 110,000 rows by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 10, "Measurements.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_STEPS, _SAVES = 60, 3
_MINUTE = 60.0


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    figures: dict[str, Any] = {}
    between = _MINUTE * TrainConfig().checkpoint_minutes
    for name, model in (("dbvae", "dbvae"), ("cnn", "classifier")):
        with Contestant("own", data=_DATA.value, model=model) as own:
            tasks = {
                "step": (own, "run", _STEPS),
                "plain": (own, "save_plain", _SAVES),
                "whole": (own, "save_whole", _SAVES),
            }
            seconds = measure.in_turn(tasks, _ROUNDS.value)
            epoch = own.ask("steps_per_epoch", 0)["steps"]
        figures[f"{name}_checkpoint_ms"] = measure.figure([1e3 * value for value in seconds["whole"]], "ms")
        within = [100.0 * value / between for value in seconds["whole"]]
        figures[f"{name}_within_epoch_share"] = measure.figure(within, "%")
        added = [
            100.0 * (whole - plain) / (epoch * step)
            for whole, plain, step in zip(seconds["whole"], seconds["plain"], seconds["step"], strict=True)
        ]
        figures[f"{name}_checksums_share_of_epoch"] = measure.figure(added, "%")
    measure.write(_OUTPUT.value, figures)


if __name__ == "__main__":
    app.run(main)
