"""Trains the study's models, a run at a time on each core, and scores them."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NoReturn

import numpy as np
from tqdm import tqdm

from benchmarks.measure import ROOT
from benchmarks.study_data import StudyData
from benchmarks.study_methods import Method
from benchmarks.study_statistics import Scores
from facedebias import run_record
from facedebias.audit.scoring import ExportedModel
from facedebias.config import TrainConfig
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
        return self.record_path.exists()

    @property
    def record_path(self) -> Path:
        """What a finished run leaves last."""
        return self.folder / "run.json"

    def config(self) -> TrainConfig:
        """What it is trained with, but for the file."""
        return TrainConfig("", seed=self.seed, **self.method.settings)

    def command(self, data: Path) -> list[str]:
        """`train.py` with its settings, resuming what was interrupted."""
        flags = [f"--{name}={_as_flag(value)}" for name, value in self.method.settings.items()]
        # A folder without both files was left before anything was trained in it.
        is_started = all((self.folder / name).exists() for name in ("config.json", "data.sha256"))
        way = "--resume" if is_started else "--overwrite"
        variant = self.method.variant
        script = ["-m", "benchmarks.study_variants", f"--variant={variant}"] if variant else ["train.py"]
        return [
            sys.executable, *script, f"--data={data}", f"--output={self.folder}", f"--seed={self.seed}",
            *flags, way,
        ]  # fmt: skip

    def check(self, data: Path) -> None:
        """Refuses a finished run that was trained in another way than it would be today.

        Raises:
            InputError: names what differs.
        """
        record = json.loads(self.record_path.read_text())
        recorded = TrainConfig.load(self.folder / "config.json")
        differences = self.config().changes_from(replace(recorded, data=""))
        if record["data_sha256"] != _sha256(data):
            differences.append(f"the pictures of {data}")
        if differences:
            raise InputError(
                f"{self.folder}: was trained with other settings ({', '.join(differences)}). Delete it, "
                "or choose another --workdir."
            )

    def seconds(self) -> float:
        """What its training took on one core, without validation."""
        table = np.genfromtxt(self.folder / "metrics.csv", delimiter=",", names=True)
        return float(np.sum(table["seconds"]))


def _as_flag(value: str | float | tuple[str, ...]) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


@cache
def _sha256(path: Path) -> str:
    return run_record.sha256(path)


def runs_of(methods: Mapping[str, Method], seeds: Iterable[int], workdir: Path) -> list[Run]:
    """Every method with the first seed, then with the next: a study cut short has whole seeds."""
    return [
        Run(name, method, seed, workdir / "runs" / name / f"seed-{seed}")
        for seed in seeds
        for name, method in methods.items()
    ]


@contextmanager
def only_user_of(workdir: Path) -> Iterator[None]:
    """Holds a folder for this process; two of them would train the same runs.

    Raises:
        InputError: if another process holds it.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    with open(workdir / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{workdir}: another process works there. Wait for it, or stop it.") from error
        yield


def train(runs: Sequence[Run], data: StudyData, num_jobs: int, minutes: float = float("inf")) -> None:
    """Trains those that are not finished.

    Args:
        runs: in the order in which they are started.
        data: makes the files.
        num_jobs: runs side by side, each on a core of its own.
        minutes: starts no run after so many.

    Raises:
        InputError: if a run fails, naming its log, or was trained in another way before. Those
            beside it are stopped; they go on where they were the next time.
    """
    waiting = [run for run in runs if not run.is_finished]
    for run in runs:
        if run.is_finished:
            run.check(data.train(run.method.data, run.seed))
    deadline = time.monotonic() + 60 * minutes
    active: dict[int, tuple[Run, subprocess.Popen]] = {}
    # Whoever stops this process stops what it started: otherwise that would go on unseen.
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        with tqdm(total=len(runs), initial=len(runs) - len(waiting), unit="run", desc="training") as bar:
            while active or (waiting and time.monotonic() < deadline):
                for slot in range(num_jobs):
                    if slot in active and active[slot][1].poll() is not None:
                        _check_success(*active.pop(slot))
                        bar.update()
                    if slot not in active and waiting and time.monotonic() < deadline:
                        run = waiting.pop(0)
                        active[slot] = run, _start(run, data, slot)
                time.sleep(_POLL_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, before)
        for _, process in active.values():
            process.terminate()
        for _, process in active.values():
            process.wait()


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    sys.exit(128 + number)


def _start(run: Run, data: StudyData, slot: int) -> subprocess.Popen:
    path = data.train(run.method.data, run.seed)
    run.folder.parent.mkdir(parents=True, exist_ok=True)
    with _log(run).open("a") as log:
        return subprocess.Popen(
            run.command(path),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Two runs on a core each get more done than one after the other on both.
            preexec_fn=lambda: _stay_on(slot),
        )


def _stay_on(slot: int) -> None:
    if hasattr(os, "sched_setaffinity"):  # Linux
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[slot % len(cores)]})


def _log(run: Run) -> Path:
    return run.folder.with_suffix(".log")


def _check_success(run: Run, process: subprocess.Popen) -> None:
    if process.returncode:
        lines = _log(run).read_text().strip().splitlines()[-5:]
        raise InputError(f"{_log(run)}: training failed: {' | '.join(lines)}. Mend it and start again.")


def score(runs: Sequence[Run], data: StudyData, tests: Iterable[str], workdir: Path) -> None:
    """Scores finished runs on test sets; what was scored before is kept."""
    for test in tests:
        path = data.test(test)
        dataset = FaceDataset(path)
        for run in tqdm(runs, f"scoring {test}", unit="run"):
            stamp = _stamp(run, path)
            if _read(scores_path(run, test, workdir), stamp) is not None:
                continue
            model = ExportedModel(run.name, run.folder)
            logits = model.score(dataset.read, len(dataset), _BATCH_SIZE, lambda row: f"row {row}").scores
            parts = {"faces": logits[dataset.rows(FACE)], "nonfaces": logits[dataset.rows(NONFACE)]}
            _write(scores_path(run, test, workdir), {**parts, "stamp": np.array(stamp)})


def scores(run: Run, data: StudyData, test: str, workdir: Path) -> Scores:
    """What `score` found.

    Raises:
        InputError: if there are no scores of this run on this file.
    """
    path = scores_path(run, test, workdir)
    stored = _read(path, _stamp(run, data.test(test)))
    if stored is None:
        raise InputError(f"{path}: holds no scores of {run.folder}; score it first.")
    return stored


def scores_path(run: Run, test: str, workdir: Path) -> Path:
    """Where the scores of a run on a test set are kept."""
    return workdir / "scores" / test / f"{run.name}-seed-{run.seed}.npz"


def _stamp(run: Run, test: Path) -> str:
    """What scores belong to: a run and a test file."""
    return f"{run_record.sha256(run.record_path)} {_sha256(test)}"


def _read(path: Path, stamp: str) -> Scores | None:
    if not path.exists():
        return None
    with np.load(path) as stored:
        if "stamp" not in stored or str(stored["stamp"]) != stamp:
            return None
        return Scores(stored["faces"], stored["nonfaces"])


def _write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    with partial.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(partial, path)
