r"""A file of a million predictions, read and audited by evaluate.py in a process of its own.

    python -m benchmarks.auditing.million_rows --output=benchmarks/results/million_rows.json

Processor time and memory of the whole command: TensorFlow is not imported, all else is.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import app, flags

from benchmarks import measure

_ROUNDS = flags.DEFINE_integer("rounds", 3, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_NUM_ROWS = 1_000_000
_RACES = np.array(["Asian", "Black", "Other", "White"])
_KIBIBYTE, _GIBIBYTE = 2**10, 2**30


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        write_predictions(path)
        commands = {
            "audit": [],
            "audit_and_report": ["--output", str(Path(folder) / "report"), "--overwrite"],
        }
        for name, more in commands.items():
            used = [cost([str(path), *more]) for _ in range(_ROUNDS.value)]
            seconds, gibibytes = zip(*used, strict=True)
            figures[f"million_rows_{name}_cpu_seconds"] = measure.figure(seconds, "s")
            figures[f"million_rows_{name}_memory"] = measure.figure(gibibytes, "GiB")
    measure.write(_OUTPUT.value, figures, num_rows=_NUM_ROWS)


def write_predictions(path: Path) -> None:
    """Scores from 0 to 1 of eight groups of unequal sizes, half of the rows positive."""
    rng = np.random.default_rng(0)
    labels = rng.random(_NUM_ROWS) < 0.5
    scores = np.clip(rng.normal(np.where(labels, 0.65, 0.35), 0.15), 0, 1)
    races = _RACES[(rng.random(_NUM_ROWS) ** 2 * len(_RACES)).astype(int)]
    sexes = np.where(rng.random(_NUM_ROWS) < 0.5, "F", "M")
    rows = zip(scores.tolist(), labels.tolist(), races.tolist(), sexes.tolist(), strict=True)
    with path.open("w") as file:
        file.write("score,label,race,sex\n")
        file.writelines(f"{score:.5f},{label:d},{race},{sex}\n" for score, label, race, sex in rows)


def cost(flags_given: Sequence[str]) -> tuple[float, float]:
    """Processor seconds and GiB at the peak of one audit."""
    command = [sys.executable, "evaluate.py", "--predictions", *flags_given]
    process = subprocess.Popen(command, cwd=measure.ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _KIBIBYTE / _GIBIBYTE


if __name__ == "__main__":
    app.run(main)
