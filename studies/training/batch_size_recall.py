r"""Does a larger batch cost recall? The DB-VAE at several batch sizes, after equally many pictures.

    python -m studies.training.batch_size_recall --data=data/train.h5 \
        --output=studies/training/results/batch_size_recall.json

Trains with train.py's defaults but for batch size and learning rate, each with several seeds,
and gives the recall at 1% false positives of the last epoch on the held-out faces, when equally
many pictures have been seen whatever the batch. Runs that are complete in --workdir are kept.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags

from benchmarks import measure
from facedebias.auditing.statistics.intervals import wilson

_DATA = flags.DEFINE_string("data", None, "Face file of real pictures to train on.", required=True)
_SETTINGS = flags.DEFINE_list(
    "settings", ["32:0.001", "128:0.001", "128:0.002", "256:0.001"], "Batch sizes with learning rates."
)
_SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds.")
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/batch-size", "Folder for the runs.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, then writes the figures."""
    figures: dict[str, dict[str, Any]] = {}
    intervals: dict[str, list[float]] = {}
    for setting in _SETTINGS.value:
        batch_size, rate = setting.split(":")
        recalls, ends = [], []
        for seed in _SEEDS.value:
            recall, num_faces = last_recall(train(batch_size, rate, seed))
            recalls.append(100 * recall)
            low, high = wilson(np.array(round(recall * num_faces)), np.array(num_faces))
            ends.append([100 * float(low), 100 * float(high)])
        figures[f"recall_batch_{batch_size}_rate_{rate}"] = measure.figure(recalls, "%")
        intervals[setting] = np.mean(ends, axis=0).round(2).tolist()
    measure.write(_OUTPUT.value, figures, seeds=_SEEDS.value, mean_interval_of_a_run=intervals)
    Path(_OUTPUT.value).with_suffix(".md").write_text(as_markdown(figures, intervals))


def as_markdown(figures: Mapping[str, Mapping[str, Any]], intervals: Mapping[str, Sequence[float]]) -> str:
    """A line for each batch size and learning rate."""
    lines = [
        "| batch size | learning rate | recall, median, % | range of seeds | 95% interval of a run |",
        "|---|---|---|---|---|",
    ]
    for setting, (low, high) in intervals.items():
        batch_size, rate = setting.split(":")
        found = figures[f"recall_batch_{batch_size}_rate_{rate}"]
        cells = [batch_size, rate, f"{found['median']:.1f}", f"{found['min']:.1f} to {found['max']:.1f}"]
        lines.append(f"| {' | '.join([*cells, f'{low:.1f} to {high:.1f}'])} |")
    return "\n".join(lines) + "\n"


def train(batch_size: str, rate: str, seed: str) -> Path:
    """The folder of a finished run."""
    folder = Path(_WORKDIR.value) / f"batch-{batch_size}-rate-{rate}-seed-{seed}"
    if not (folder / "run.json").exists():
        command = [sys.executable, "train.py", "--model=dbvae", f"--data={Path(_DATA.value).resolve()}"]
        command += [f"--batch_size={batch_size}", f"--learning_rate={rate}", f"--seed={seed}"]
        command += [f"--output={folder.resolve()}"]
        command += ["--resume"] if (folder / "config.json").exists() else []
        subprocess.run(command, cwd=measure.ROOT, check=True)
    return folder


def last_recall(folder: Path) -> tuple[float, int]:
    """Recall at 1% false positives after the last epoch, and of how many faces."""
    with open(folder / "metrics.csv", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    record = json.loads((folder / "run.json").read_text())
    return float(last["validation_recall"]), record["num_rows"]["validation_positives"]


if __name__ == "__main__":
    app.run(main)
