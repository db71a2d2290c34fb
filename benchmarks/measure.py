"""Side-by-side measurements: contestants in processes of their own, asked in turn.

Processes, because libraries that share one also share its threads, its memory and its
settings; in turn, because the machine's speed drifts, and only a ratio within a round holds.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from tqdm import tqdm

from facedebias import provenance

ROOT = Path(__file__).resolve().parents[1]


class Contestant:
    """One `benchmarks/worker.py` process, which does work when asked and says how long it took.

    Args:
        kind: of the worker's contestants.
        options: passed on, as `--name=value`.
        environment: variables to set besides this process's.
    """

    def __init__(self, kind: str, environment: Mapping[str, str] | None = None, **options: object):
        flags = [f"--{name}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "benchmarks.worker", f"--contestant={kind}", *flags]
        self._name = _shorten(command)
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def _pipes(self) -> tuple[IO[str], IO[str]]:
        return cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)

    def __enter__(self) -> Self:
        """Waits for nothing: workers start side by side."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the process."""
        self._pipes[0].close()
        self._process.wait()

    def ask(self, method: str, *arguments: int) -> dict[str, float]:
        """Calls a method of the contestant; returns `seconds`, `anonymous_mb` and what it returned.

        Raises:
            RuntimeError: if the process ended instead of answering.
        """
        requests, answers = self._pipes
        requests.write(json.dumps([method, *arguments]) + "\n")
        requests.flush()
        answer = answers.readline()
        if not answer:
            raise RuntimeError(f"{self._name}: ended with {self._process.wait()}.")
        return json.loads(answer)


def _shorten(command: Sequence[str]) -> str:
    """A command without the interpreter's folder."""
    return " ".join(["python", *command[1:]])


def in_turn(
    tasks: Mapping[str, tuple[Contestant, str, int]], rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Asks every contestant once a round.

    Args:
        tasks: name -> contestant, method, number of steps (the method's argument).
        rounds: that count.
        warm_up: rounds before them that do not.

    Returns:
        name -> seconds a step, one a round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for number in tqdm(range(warm_up + rounds), desc="rounds", disable=not sys.stderr.isatty()):
        for name, (contestant, method, steps) in tasks.items():
            value = contestant.ask(method, steps)["seconds"] / steps
            if number >= warm_up:
                seconds[name].append(value)
    return seconds


def figure(values: Sequence[float], unit: str) -> dict[str, Any]:
    """Median, least and largest of repeated measurements."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "unit": unit}


def ratio(numerator: Sequence[float], denominator: Sequence[float], unit: str = "times") -> dict[str, Any]:
    """Figure of the ratio, round by round."""
    scale = 100.0 if unit == "%" else 1.0
    return figure([scale * a / b for a, b in zip(numerator, denominator, strict=True)], unit)


def write(path: str | Path, figures: Mapping[str, Mapping[str, Any]], **details: Any) -> None:
    """Writes a result file and prints its figures."""
    for name, value in figures.items():
        print(
            f"{name:42s} {value['median']:10.4g} {value['unit']:12s} "
            f"({value['min']:.4g} to {value['max']:.4g})"
        )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(
        json.dumps({**provenance.provenance(), **details, "figures": figures}, indent=1) + "\n"
    )
