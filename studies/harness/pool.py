"""Trains runs side by side, one on each core."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

from tqdm import tqdm

from facedebias.errors import InputError
from studies.harness.trained_runs import Run

ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 1.0


class TrainFiles(Protocol):
    """Makes what is trained on."""

    def train(self, name: str, seed: int = 0) -> Path:
        """The file that a method names, for a run with this seed."""


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
    slots = _Slots(data, num_jobs, [run for run in unfinished if not run.is_trained], minutes)
    trained = [run for run in unfinished if run.is_trained]
    # Whoever stops this process stops what it started: otherwise that would go on unseen.
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        with tqdm(total=len(runs), initial=len(runs) - len(unfinished), unit="run", desc="training") as bar:
            while trained or slots.are_busy:
                trained += slots.ended_runs()
                slots.fill()
                if trained:
                    record(trained.pop(0))
                    bar.update()
                else:
                    time.sleep(_POLL_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, before)
        slots.stop()


class _Slots:
    """Places for processes, each on a core of its own, and the runs that wait for one."""

    def __init__(self, data: TrainFiles, num_jobs: int, waiting: Sequence[Run], minutes: float):
        self._data, self._num_jobs, self._waiting = data, num_jobs, list(waiting)
        self._deadline = time.monotonic() + 60 * minutes
        self._active: dict[int, tuple[Run, subprocess.Popen[bytes]]] = {}

    @property
    def _may_start(self) -> bool:
        return bool(self._waiting) and time.monotonic() < self._deadline

    @property
    def are_busy(self) -> bool:
        """Whether a run is trained, or will be."""
        return bool(self._active) or self._may_start

    def ended_runs(self) -> list[Run]:
        """Runs that ended since the last call, if they did so well."""
        ended = [slot for slot, (_, process) in self._active.items() if process.poll() is not None]
        runs = []
        for slot in ended:
            run, process = self._active.pop(slot)
            _check_success(run, process)
            runs.append(run)
        return runs

    def fill(self) -> None:
        """Starts a run in every free place."""
        for slot in range(self._num_jobs):
            if slot not in self._active and self._may_start:
                run = self._waiting.pop(0)
                self._active[slot] = run, _start(run, self._data, slot)

    def stop(self) -> None:
        """Ends what is still active."""
        for _, process in self._active.values():
            process.terminate()
        for _, process in self._active.values():
            process.wait()


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    sys.exit(128 + number)


def _start(run: Run, data: TrainFiles, slot: int) -> subprocess.Popen[bytes]:
    path = data.train(run.method.data, run.seed)
    run.begin()
    with _log(run).open("a") as log:
        return subprocess.Popen(
            _command(run, path),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: _make_room(slot),
        )


def _command(run: Run, path: Path) -> list[str]:
    return [sys.executable, "-m", "studies.harness.train_extra", *run.command(path)]


def _make_room(slot: int) -> None:
    # Scoring a finished run needs both cores, and a slot may wait for it: that goes first.
    os.nice(5)
    if hasattr(os, "sched_setaffinity"):  # Linux
        # Two runs on a core each get more done than one after the other on both.
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[slot % len(cores)]})


def _log(run: Run) -> Path:
    return run.folder.with_suffix(".log")


def _check_success(run: Run, process: subprocess.Popen[bytes]) -> None:
    if process.returncode:
        lines = _log(run).read_text().strip().splitlines()[-5:]
        raise InputError(f"{_log(run)}: training failed: {' | '.join(lines)}. Mend it and start again.")
