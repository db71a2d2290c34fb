r"""Training from a file that is not in memory, beside one that is, and beside reading alone.

    python -m benchmarks.training.cold_file --data=data/big-110000.h5 \
        --output=benchmarks/results/cold_file.json

The file's pages are dropped from the system's cache before every cold measurement, which is what
a file larger than memory is like: every picture comes from the disk.
"""

import os
from collections.abc import Sequence

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant

_DATA = flags.DEFINE_string("data", None, "Face file, by big_file, not sparse.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_STEPS = 64
_BATCH_SIZE = 32


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    seconds: dict[str, list[float]] = {"warm": [], "cold": [], "reading": []}
    for _ in range(_ROUNDS.value):
        # Pages that a process has mapped stay in memory: each measurement has its own.
        with (
            Contestant("own", data=_DATA.value) as training,
            Contestant("reader", data=_DATA.value) as reader,
        ):
            training.ask("run", _STEPS)
            drop_from_cache(_DATA.value)
            seconds["cold"].append(training.ask("run", _STEPS)["seconds"])
            drop_from_cache(_DATA.value)
            seconds["reading"].append(reader.ask("run", _STEPS)["seconds"])
            reader.ask("load", 0)
            seconds["warm"].append(training.ask("run", _STEPS)["seconds"])
    pictures = _STEPS * _BATCH_SIZE
    figures = {"cold_vs_warm_training": measure.ratio(seconds["warm"], seconds["cold"], "%")}
    for name, values in seconds.items():
        figures[f"rate_{name}"] = measure.figure([pictures / value for value in values], "images/s")
    measure.write(_OUTPUT.value, figures)


def drop_from_cache(path: str) -> None:
    """Makes the system forget a file's pages."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    app.run(main)
