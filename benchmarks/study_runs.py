"""Trains the study's models, a run at a time on each core."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol

from tqdm import tqdm

from benchmarks.measure import ROOT
from benchmarks.study_methods import Method
from facedebias.errors import InputError
from facedebias.training.config import TrainConfig

_POLL_SECONDS = 1.0


class TrainFiles(Protocol):
    """Makes what is trained on."""

    def train(self, name: str, seed: int = 0) -> Path:
        """The file that a method names, for a run with this seed."""


@dataclass(frozen=True)
class Run:
    """A method with a seed.

    Attributes:
        name: of the method.
        method: what is done.
        seed: of the run.
        folder: of its training run; large, and on one machine only.
        record_path: what is kept of it, see `study_records`.
    """

    name: str
    method: Method
    seed: int
    folder: Path
    record_path: Path

    @property
    def is_finished(self) -> bool:
        """Whether all that the study needs of it is written down."""
        return self.record_path.exists()

    @property
    def is_trained(self) -> bool:
        """Whether the last file of its folder is there."""
        return (self.folder / "run.json").exists()

    def config(self) -> TrainConfig:
        """What it is trained with, but for the file."""
        settings: dict[str, Any] = dict(self.method.settings)
        return TrainConfig.of_task("", seed=self.seed, **settings)

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


def _as_flag(value: str | float | tuple[str, ...]) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def runs_of(methods: Mapping[str, Method], seeds: Iterable[int], workdir: Path, records: Path) -> list[Run]:
    """Every method with the first seed, then with the next: a study cut short has whole seeds.

    Args:
        methods: by name.
        seeds: of each.
        workdir: gets the folders of the runs.
        records: gets what is kept of them.
    """
    return [
        Run(
            name,
            method,
            seed,
            workdir / "runs" / name / f"seed-{seed}",
            records / "runs" / name / f"seed-{seed}.json",
        )
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


def train(
    runs: Sequence[Run],
    data: TrainFiles,
    num_jobs: int,
    record: Callable[[Run], None],
    minutes: float = float("inf"),
) -> None:
    """Trains those that are not finished, and has a record made of each.

    Args:
        runs: in the order in which they are started.
        data: makes the files.
        num_jobs: runs side by side, each on a core of its own.
        record: is called with each run that is trained, and has no record; leaves it with one.
        minutes: starts no run after so many.

    Raises:
        InputError: if a run fails, naming its log. Those beside it are stopped; they go on where
            they were the next time.
    """
    unfinished = [run for run in runs if not run.is_finished]
    waiting = [run for run in unfinished if not run.is_trained]
    trained = [run for run in unfinished if run.is_trained]
    deadline = time.monotonic() + 60 * minutes
    active: dict[int, tuple[Run, subprocess.Popen]] = {}
    # Whoever stops this process stops what it started: otherwise that would go on unseen.
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        with tqdm(total=len(runs), initial=len(runs) - len(unfinished), unit="run", desc="training") as bar:
            while trained or active or (waiting and time.monotonic() < deadline):
                for slot in range(num_jobs):
                    if slot in active and active[slot][1].poll() is not None:
                        run, process = active.pop(slot)
                        _check_success(run, process)
                        trained.append(run)
                    if slot not in active and waiting and time.monotonic() < deadline:
                        run = waiting.pop(0)
                        active[slot] = run, _start(run, data, slot)
                if trained:
                    record(trained.pop(0))
                    bar.update()
                else:
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


def _start(run: Run, data: TrainFiles, slot: int) -> subprocess.Popen:
    path = data.train(run.method.data, run.seed)
    run.folder.parent.mkdir(parents=True, exist_ok=True)
    with _log(run).open("a") as log:
        return subprocess.Popen(
            run.command(path),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: _make_room(slot),
        )


def _make_room(slot: int) -> None:
    # Scoring a finished run needs both cores, and a slot may wait for it: that goes first.
    os.nice(5)
    if hasattr(os, "sched_setaffinity"):  # Linux
        # Two runs on a core each get more done than one after the other on both.
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[slot % len(cores)]})


def _log(run: Run) -> Path:
    return run.folder.with_suffix(".log")


def _check_success(run: Run, process: subprocess.Popen) -> None:
    if process.returncode:
        lines = _log(run).read_text().strip().splitlines()[-5:]
        raise InputError(f"{_log(run)}: training failed: {' | '.join(lines)}. Mend it and start again.")
