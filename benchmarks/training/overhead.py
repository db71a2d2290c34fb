r"""What training costs beyond its bare step: drawing, reading, the sampler.

    python -m benchmarks.training.overhead --data=data/big-110000.h5 --output=benchmarks/results/overhead.json

The trainer end to end and its step on one batch that never changes, in one process, in turn and
in either order: whatever runs after another process finds the processor's caches cold.
"""

from collections.abc import Sequence
from typing import Any

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant

_DATA = flags.DEFINE_string("data", None, "Face file, of 110,000 rows by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 10, "Measurements, each in both orders.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_STEPS = 60


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    figures: dict[str, Any] = {}
    for name, model in (("dbvae", "dbvae"), ("cnn", "classifier")):
        seconds: dict[str, list[float]] = {"run": [], "bare": []}
        with Contestant("own", data=_DATA.value, model=model) as contestant:
            for number in range(_ROUNDS.value + 1):
                spent = {"run": 0.0, "bare": 0.0}
                for method in ("run", "bare", "bare", "run"):
                    spent[method] += contestant.ask(method, _STEPS)["seconds"] / 2
                if number:
                    for method, value in spent.items():
                        seconds[method].append(value / _STEPS)
        figures[f"{name}_end_to_end_vs_bare_step"] = measure.ratio(seconds["bare"], seconds["run"], "%")
        for method, values in seconds.items():
            figures[f"{name}_{method}_ms"] = measure.figure([1e3 * value for value in values], "ms")
    measure.write(_OUTPUT.value, figures)


if __name__ == "__main__":
    app.run(main)
