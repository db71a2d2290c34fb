"""Trains the study's models, a run at a time on each core, and scores them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.measure import ROOT
from benchmarks.study_data import StudyData
from benchmarks.study_methods import Method
from facedebias.audit.scoring import ExportedModel
from facedebias.data.face_file import FACE, NONFACE, FaceDataset
from facedebias.errors import InputError

_BATCH_SIZE = 512
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Run:
    """A method with a seed, and the folder of its training run."""

    name: str
    method: Method
    seed: int
    folder: Path

    @property
    def is_finished(self) -> bool:
        """Whether its last file is there."""
        return (self.folder / "run.json").exists()

    def command(self, data: Path) -> list[str]:
        """`train.py` with its settings, resuming what was interrupted."""
        settings = {"seed": self.seed, **self.method.settings}
        flags = [f"--{name}={value}" for name, value in settings.items()]
        resume = ["--resume"] if (self.folder / "config.json").exists() else []
        return [
            sys.executable, "train.py", f"--data={data}", f"--output={self.folder}", *flags, *resume
        ]  # fmt: skip

    def seconds(self) -> float:
        """What its training took on one core, without validation."""
        table = np.genfromtxt(self.folder / "metrics.csv", delimiter=",", names=True)
        return float(np.sum(table["seconds"]))


def runs_of(methods: Mapping[str, Method], seeds: Iterable[int], workdir: Path) -> list[Run]:
    """Every method with the first seed, then with the next: a study cut short has whole seeds."""
    return [
        Run(name, method, seed, workdir / "runs" / name / f"seed-{seed}")
        for seed in seeds
        for name, method in methods.items()
    ]


def train(runs: Sequence[Run], data: StudyData, num_jobs: int, minutes: float | None) -> None:
    """Trains those that are not finished.

    Args:
        runs: in the order in which they are started.
        data: makes the files.
        num_jobs: runs side by side, each on a core of its own.
        minutes: starts no run after so many; None means until all are done.

    Raises:
        InputError: if a run fails; names its log.
    """
    waiting = [run for run in runs if not run.is_finished]
    deadline = time.monotonic() + 60 * minutes if minutes else float("inf")
    cores = sorted(os.sched_getaffinity(0))
    active: dict[int, tuple[Run, subprocess.Popen]] = {}
    with tqdm(total=len(runs), initial=len(runs) - len(waiting), unit="run", desc="training") as bar:
        while active or (waiting and time.monotonic() < deadline):
            for slot in range(num_jobs):
                if slot in active and active[slot][1].poll() is not None:
                    _check(*active.pop(slot))
                    bar.update()
                if slot not in active and waiting and time.monotonic() < deadline:
                    run = waiting.pop(0)
                    active[slot] = run, _start(run, data, cores[slot % len(cores)])
            time.sleep(_POLL_SECONDS)


def _start(run: Run, data: StudyData, core: int) -> subprocess.Popen:
    path = data.train(run.method.data)
    run.folder.parent.mkdir(parents=True, exist_ok=True)
    with _log(run).open("a") as log:
        return subprocess.Popen(
            run.command(path),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Two runs on a core each get more done than one after the other on both.
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )


def _log(run: Run) -> Path:
    return run.folder.with_suffix(".log")


def _check(run: Run, process: subprocess.Popen) -> None:
    if process.returncode:
        lines = _log(run).read_text().strip().splitlines()[-5:]
        raise InputError(f"{_log(run)}: training failed: {' | '.join(lines)}. Mend it and start again.")


def score(runs: Sequence[Run], data: StudyData, tests: Iterable[str], workdir: Path) -> None:
    """Scores finished runs on test sets; what was scored before is kept."""
    for test in tests:
        dataset = FaceDataset(data.test(test))
        for run in tqdm(runs, f"scoring {test}", unit="run"):
            path = scores_path(run, test, workdir)
            if path.exists():
                continue
            model = ExportedModel(run.name, run.folder)
            logits = model.score(dataset.read, len(dataset), _BATCH_SIZE, lambda row: f"row {row}").scores
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, faces=logits[dataset.rows(FACE)], nonfaces=logits[dataset.rows(NONFACE)])


def scores_path(run: Run, test: str, workdir: Path) -> Path:
    """Where the scores of a run on a test set are kept."""
    return workdir / "scores" / test / f"{run.name}-seed-{run.seed}.npz"
