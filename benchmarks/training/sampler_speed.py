r"""What the latent sampler costs beside a training step, and how that grows.

    python -m benchmarks.training.sampler_speed --data=data/big-110000.h5 \
        --output=benchmarks/results/sampler_speed.json

Drawing a batch of 32 and entering its latents (100 a face), in milliseconds, at 10,000, 110,000
and 1,000,000 rows, half of them faces; beside the DB-VAE's bare step.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant

_DATA = flags.DEFINE_string("data", None, "Face file to train the step on, by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each contestant.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

ROWS = {"10k": 10_000, "110k": 110_000, "1m": 1_000_000}


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    with ExitStack() as stack:
        tasks = {
            name: (stack.enter_context(Contestant("sampler", rows=rows)), "run", 1000)
            for name, rows in ROWS.items()
        }
        step = stack.enter_context(Contestant("own", data=_DATA.value))
        seconds = measure.in_turn({**tasks, "step": (step, "bare", 64)}, _ROUNDS.value)
    figures = {
        "sampler_share_110k": measure.ratio(seconds["110k"], seconds["step"], "%"),
        "sampler_cost_1m_vs_10k": measure.ratio(seconds["1m"], seconds["10k"]),
    }
    for name, values in seconds.items():
        figures[f"milliseconds_{name}"] = measure.figure([1e3 * value for value in values], "ms")
    measure.write(_OUTPUT.value, figures)


if __name__ == "__main__":
    app.run(main)
