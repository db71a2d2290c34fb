"""Writes what was found: `detections.json`, and copies of the pictures with boxes on them."""

import contextlib
import json
import math
import os
import stat
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from facedebias import provenance
from facedebias.detection.overlay import draw
from facedebias.detection.photographs import load
from facedebias.detection.search import Face, Searched
from facedebias.errors import InputError
from facedebias.reading import inner_file
from facedebias.reading.files import MOST_BYTES, unlike_a_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.safekeeping import file_locks, output_place
from facedebias.safekeeping.folder_beside import folder_beside

RESULTS = "detections.json"
SCHEMA_VERSION = 1
_STARTED = f".{RESULTS}.partial-"  # the same of a run that is moving its results
_QUALITY = 90  # and colours in full, as subsampling smears thin lines
_SUFFIX, _LONGEST_STEM = ".jpg", 240
_WAITING = 4  # copies under way: each holds a whole picture


def check_place(output: Path, overwrite: bool) -> None:
    """Checks that results may be written there, before anything is searched.

    Raises:
        InputError: if something is there that may not be replaced, or nothing can be written there.
    """
    if any(parent.exists() and not parent.is_dir() for parent in (output, *output.parents)):
        raise InputError(f"{output}: is not a folder, or lies in none; choose another --output.")
    output_place.check(output)
    if what := unlike_a_file(output / RESULTS):
        raise InputError(f"{output / RESULTS}: is {what}; expected a file. Choose another --output.")
    held = _held(output)
    unfinished = _unfinished(output)
    if RESULTS not in held:  # what a killed run has moved there is nothing to keep
        held -= {path.name for path in unfinished}.union(*map(_named_in, unfinished))
    # A slip of the hand must not mix results with somebody's photographs.
    if held and RESULTS not in held:
        raise InputError(f"{output}: holds something else than detections; choose another --output.")
    if held and not overwrite:
        raise InputError(f"{output}: holds detections already; choose another --output or add --overwrite.")


class DetectionWriter:
    """Collects results and draws in a thread, beside the folder; moves all into place at the end.

    Args:
        output: the folder.
        overwrite: whether earlier results in it are replaced; other files stay.
        draws: whether to draw.
    """

    def __init__(self, output: Path, overwrite: bool, draws: bool):
        check_place(output, overwrite)
        self._output, self._draws = output, draws
        self._others = _held(output) - _written_earlier(output)  # somebody's own
        self._names: set[str] = set()
        self._numbers: dict[str, int] = {}  # the last of each stem
        self._pictures: list[dict[str, Any]] = []
        self._pool, self._made = ThreadPoolExecutor(1), contextlib.ExitStack()
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        """Makes the folder beside `output`."""
        self._partial = self._made.enter_context(folder_beside(output_place.real(self._output)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Removes that folder again; without `finish` nothing is left."""
        self._pool.shutdown(cancel_futures=True)
        self._made.close()

    def add(self, found: Searched) -> Path | None:
        """Takes a picture's result; returns where its copy will be, None without copies."""
        name = self._name(found.path) if self._draws else None
        if name:
            if len(self._pending) == _WAITING:
                self._pending.popleft().result()
            self._pending.append(self._pool.submit(_save, found, self._partial / name))
        width, height = found.size
        self._pictures.append(
            {
                "path": str(found.path),
                "width": width,
                "height": height,
                "num_windows": found.num_windows,
                "num_asked": found.num_asked,
                "drawn": name,
                "faces": [_face(face) for face in found.faces],
            }
        )
        return self._output / name if name else None

    def finish(self, settings: Mapping[str, Any], failed: Mapping[Path, str]) -> Path:
        """Writes the JSON file and moves everything into place; returns where the file is.

        Args:
            settings: of the search, plain values.
            failed: pictures that could not be searched, and why.
        """
        for future in self._pending:
            future.result()
        document = {
            "schema_version": SCHEMA_VERSION,
            **settings,
            "pictures": self._pictures,
            "failed": [{"path": str(path), "reason": reason} for path, reason in failed.items()],
            **provenance.provenance(),
        }
        (self._partial / RESULTS).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
        self._output.mkdir(parents=True, exist_ok=True)
        with file_locks.alone(self._output):
            self._move()
        return self._output / RESULTS

    def _move(self) -> None:
        """Moves everything into place; whoever else has begun with that was killed."""
        earlier, unfinished = _written_earlier(self._output), _unfinished(self._output)
        # The file that names the others comes first, hidden, so that what a kill leaves is known as ours.
        started = self._output / f"{_STARTED}{os.getpid()}"
        os.replace(self._partial / RESULTS, started)
        for name in earlier:
            (self._output / name).unlink(missing_ok=True)
        for name in sorted(self._names):
            os.replace(self._partial / name, self._output / name)
        os.replace(started, self._output / RESULTS)
        for path in unfinished:
            path.unlink(missing_ok=True)

    def _name(self, path: Path) -> str:
        stem = _short(path.stem)
        number, name = self._numbers.get(stem, 1), f"{stem}{_SUFFIX}"
        while name in self._names or name in self._others:
            number += 1
            name = f"{stem}-{number}{_SUFFIX}"
        self._numbers[stem] = number
        self._names.add(name)
        return name


def threshold_fields(value: float, is_logit: bool) -> dict[str, float | None]:
    """A threshold as JSON holds it: infinite logits, of probabilities 0 and 1, as null."""
    if not is_logit:
        return {"threshold": value, "threshold_logit": None}
    probability = 1 / (1 + math.exp(-value)) if value > -700 else 0.0
    return {"threshold": probability, "threshold_logit": value if math.isfinite(value) else None}


def label(face: Face) -> str:
    """What is written beside a box."""
    return f"{face.score:.4f}" if face.logit is not None or 0 <= face.score <= 1 else f"{face.score:.4g}"


def _face(face: Face) -> dict[str, Any]:
    return {"box": list(face.box), "score": face.score, "logit": face.logit, "window": round(face.window, 4)}


def _save(found: Searched, path: Path) -> None:
    picture = load(found.path)
    boxes, labels = [face.box for face in found.faces], [label(face) for face in found.faces]
    draw(picture.image, boxes, labels).save(path, "JPEG", quality=_QUALITY, subsampling=0)


def _held(output: Path) -> set[str]:
    return {entry.name for entry in output.iterdir()} if output.exists() else set()


def _unfinished(output: Path) -> list[Path]:
    """What runs that were killed while they moved their results there say of these."""
    return [output / name for name in sorted(_held(output)) if _is_own(output, name, _STARTED)]


def _written_earlier(output: Path) -> set[str]:
    """The copies that earlier runs wrote into the folder, by their own account."""
    return set[str]().union(*map(_named_in, (output / RESULTS, *_unfinished(output))))


def _named_in(record: Path) -> set[str]:
    folder = record.parent
    try:
        pictures = inner_file.read_json(folder, record.name, most_bytes=MOST_BYTES)["pictures"]
        names = {picture["drawn"] for picture in pictures if picture["drawn"]}
    except (RefusedFileError, LookupError, TypeError):
        return set()  # none, or not a file of ours any more: what it names is nobody's to delete
    return {name for name in names if isinstance(name, str) and _is_own(folder, name, "", _SUFFIX)}


def _is_own(folder: Path, name: str, start: str, end: str = "") -> bool:
    """Whether a name is one that is given here, of a file that lies right in the folder, and no link."""
    is_name = Path(name).name == name and name.startswith(start) and name.endswith(end)
    try:
        return is_name and stat.S_ISREG(os.lstat(folder / name).st_mode)
    except (OSError, ValueError):
        return False


def _short(stem: str) -> str:
    """A stem that leaves room for a number and a suffix in a file's name, which has 255 bytes at most."""
    written = os.fsencode(stem)
    return stem if len(written) <= _LONGEST_STEM else written[:_LONGEST_STEM].decode(errors="ignore")
