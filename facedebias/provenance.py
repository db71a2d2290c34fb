"""`run.json`: what a run was told, what it ran on, and what came of it."""

import contextlib
import functools
import hashlib
import json
import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import facedebias
from facedebias.safekeeping import atomic

# What a model with thresholds for groups says of them.
GROUP_THRESHOLDS = "group_thresholds"
# What is read of a record; ours have a few thousand.
MOST_BYTES = 4_000_000

# TensorFlow goes by the name of the package that was installed.
_PACKAGES = {"tensorflow": "tensorflow", "tensorflow-cpu": "tensorflow", "keras": "keras", "numpy": "numpy"}


def sha256(path: str | Path) -> str:
    """SHA-256 of a file, in hexadecimal; read once as long as it is not written again."""
    state = os.stat(path)
    return _sha256(str(path), (state.st_ino, state.st_size, state.st_mtime_ns))


@functools.lru_cache(maxsize=8)
def _sha256(path: str, _state: tuple[int, ...]) -> str:
    # Many runs share a file of gigabytes.
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python, this package and those that decide a result; absent ones left out."""
    found = {"python": platform.python_version(), "facedebias": facedebias.__version__}
    for package, name in _PACKAGES.items():
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(package)
    return found


def git_revision() -> str | None:
    """Commit of the source, with "-dirty" behind it if files differ; None if git does not know this file.

    An installed package may lie in an environment inside somebody else's repository.
    """
    own = Path(__file__)
    if _git("ls-files", "--error-unmatch", own.name) is None:
        return None
    return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(*words: str) -> str | None:
    """What git answers in the folder of this file; None if it refuses, or is not there."""
    try:
        answer = subprocess.run(  # noqa: S603 (fixed commands)
            ["git", *words],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def machine() -> str:
    """The processor and how many of its cores this process may use."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}"


def provenance() -> dict[str, Any]:
    """Where a result comes from: command, date, machine, versions and source."""
    return {
        "command": typed_command(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "git_revision": git_revision(),
    }


def typed_command() -> str:
    """This process's command line, e.g. "python train.py --data d.h5", or "facedebias train --data d.h5"."""
    words = sys.orig_argv[1:]
    # pip installs the command as a script that Python is started with, by its whole path.
    if words and Path(words[0]).name == facedebias.__name__:
        return shlex.join([facedebias.__name__, *words[1:]])
    return shlex.join(["python", *words])


def folder_of(saved_model: str | Path) -> Path:
    """The training run that a SavedModel lies in, whether or not there is one."""
    return Path(saved_model).resolve().parent


def path_beside(saved_model: str | Path) -> Path:
    """`run.json` of the training run that a SavedModel lies in, whether or not there is one."""
    return folder_of(saved_model) / "run.json"


def write(path: Path, config: dict[str, Any], data_sha256: str, results: dict[str, Any]) -> None:
    """Writes the record as JSON.

    Args:
        path: the file, replaced if it exists.
        config: of the run, as JSON has it.
        data_sha256: of the face file.
        results: plain values under names of their own.
    """
    record = {
        "config": config,
        "seed": config["seed"],
        "data_sha256": data_sha256,
        **provenance(),
        **results,
    }
    atomic.write_text(path, json.dumps(record, indent=2) + "\n")
