"""What commands leave, as something that can be compared: without dates and times, and nothing else."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from facedebias.safekeeping import atomic, checksums

Outcome = dict[str, object]
_NEVER_THE_SAME = {"date", "command", "machine", "versions", "git_revision"}
_TIMINGS = {"seconds", "images_per_second"}
_HIDDEN = ("run.lock", "tempstate")


def of_training(run: Path) -> Outcome:
    """Weights, tables, pictures and records of a run, whose checksums must hold."""
    checksums.check(run)
    checksums.check(run / "export")
    found = _bytes_of(run, "inside/*", "pictures/*", "config.json", "data.sha256", "*/weights.data*")
    found |= _bytes_of(run, "export/variables/variables.data*")
    with (run / "metrics.csv").open() as file:
        rows = [{name: row[name] for name in row.keys() - _TIMINGS} for row in csv.DictReader(file)]
    listed = [line[66:] for line in (run / checksums.NAME).read_text().splitlines()]
    return found | {"metrics": rows, "run": _json(run / "run.json"), "listed": listed}


def of_files(folder: Path) -> Outcome:
    """Everything in a folder, and each JSON file without dates; pages hold dates and are only counted."""
    found: Outcome = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".json":
            found[name] = _json(path)
        elif path.suffix in {".html", ".md"}:
            found[name] = path.stat().st_size
        else:
            found[name] = _digest(path)
    return found


def of_comparison(folder: Path) -> Outcome:
    """The tables and the report, and every training."""
    found = {name: value for name, value in of_files(folder).items() if not name.startswith("runs/")}
    for run in sorted(folder.glob("runs/*/seed-*")):
        found[str(run.relative_to(folder))] = of_training(run)
    return found


def leftovers(folder: Path) -> list[str]:
    """What nobody needs any more after the end: halves of files, and locks."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if atomic.is_partial(path.name) or any(word in path.name for word in (*_HIDDEN, "_temp"))
    ]


def differences(found: Outcome, expected: Outcome) -> list[str]:
    """Names of what differs."""
    return sorted(
        name for name in found.keys() | expected.keys() if found.get(name, "") != expected.get(name, "")
    )


Reader = Callable[[Path], Outcome]


def _bytes_of(folder: Path, *patterns: str) -> Outcome:
    paths = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    # `inside.json` names nothing that changes.
    return {path.relative_to(folder).as_posix(): _digest(path) for path in paths}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _json(path: Path) -> object:
    return {
        name: value for name, value in json.loads(path.read_text()).items() if name not in _NEVER_THE_SAME
    }
