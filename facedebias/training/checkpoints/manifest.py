"""`ckpt-N.json`: what a checkpoint holds, of which run, and the checksums that say whether it is whole."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from facedebias.reading.files import MOST_BYTES
from facedebias.reading.inner_file import read_regular
from facedebias.safekeeping import atomic, machine_errors
from facedebias.safekeeping.checksums import file_sha256

FOLDER, PREFIX = "checkpoints", "ckpt-"
_NAME = re.compile(rf"{PREFIX}(\d+)\.(.+)")
_DIGEST = "sha256"


@dataclass(frozen=True)
class Manifest:
    """What is known of a checkpoint without reading it.

    Attributes:
        step: of the run, from 0.
        files: name -> SHA-256, of its files beside this one.
        settings: of the run, as `config.json` has them.
        data_sha256: of the face file.
        tables: name in the run's folder -> its text at that step.
    """

    step: int
    files: Mapping[str, str]
    settings: Mapping[str, Any]
    data_sha256: str
    tables: Mapping[str, str]

    def save(self, path: Path) -> None:
        """Writes it, with a checksum of its own."""
        content = asdict(self)
        atomic.write_text(path, json.dumps({**content, _DIGEST: _digest(content)}, indent=1) + "\n")


@dataclass(frozen=True)
class Fault:
    """Why a checkpoint is not gone on from.

    Attributes:
        told: in words.
        is_lasting: whether its files are not those that were written, so that nobody can ever use them.
    """

    told: str
    is_lasting: bool


def numbers(folder: Path) -> dict[int, list[str]]:
    """The checkpoints in a folder, the newest first: number -> endings of its files.

    Args:
        folder: `checkpoints/` of a run; need not exist.
    """
    found: dict[int, list[str]] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            found.setdefault(int(match[1]), []).append(match[2])
    return dict(sorted(found.items(), reverse=True))


def path_of(folder: Path, number: int) -> Path:
    """The manifest of a checkpoint."""
    return folder / f"{PREFIX}{number}.json"


def load(path: Path) -> Manifest | None:
    """Reads a manifest; None if there is none, or it is damaged.

    Raises:
        OSError: if this process may not read it, or has too many files open.
    """
    try:
        content = json.loads(read_regular(path, MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        if machine_errors.is_of_process(error):
            raise
        return None
    if not isinstance(content, dict) or content.pop(_DIGEST, None) != _digest(content):
        return None
    try:
        return Manifest(**content)
    except TypeError:  # of another version
        return None


def newest(run: Path) -> Manifest | None:
    """The newest manifest of a run that is whole; None without one. Raises what `load` does."""
    folder = run / FOLDER
    found = (load(path_of(folder, number)) for number in numbers(folder))
    return next((manifest for manifest in found if manifest is not None), None)


def fault_of(manifest: Manifest, folder: Path) -> Fault | None:
    """What is wrong with the files of a checkpoint; None if they are whole.

    Args:
        manifest: of the checkpoint.
        folder: that it lies in.

    Raises:
        OSError: if this process may not read them, or has too many files open.
    """
    for name, known in manifest.files.items():
        path = folder / name
        try:
            if not path.is_file():
                return Fault(f"{name} is missing", is_lasting=True)
            if file_sha256(path) != known:
                return Fault(f"SHA-256 of {name} differs", is_lasting=True)
        except OSError as error:
            if machine_errors.is_of_process(error):
                raise
            return Fault(f"{name} cannot be read ({error.strerror})", is_lasting=False)
    return None


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
