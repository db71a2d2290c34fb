"""What a DB-VAE's training run left about its sampler and latents, if it is there."""

import base64
import csv
import io
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.reading import inner_file
from facedebias.scoring.beside import sheet_picture
from facedebias.text import visible

_FOLDER, _INDEX = "inside", "inside.json"
_MOST_POINTS = 400
# A run leaves two pictures, with a few hundred letters each.
_MOST_PICTURES, _MOST_LETTERS, _MOST_FACES = 20, 10_000, 10**15
_MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Inside:
    """A look inside one model.

    Attributes:
        num_faces: that training drew from.
        pictures: title, description and data URL of each.
        sizes: rows of step and effective sample size.
    """

    num_faces: int
    pictures: list[dict[str, str]]
    sizes: list[dict[str, float]]


def read(saved_model: str | Path) -> tuple[Inside | None, str]:
    """Reads what lies beside a SavedModel: files of its run's folder, and pictures as pixels alone.

    Returns:
        What was found, None if nothing was; and what to say if it is damaged, otherwise empty.
    """
    run = provenance.folder_of(saved_model)
    index = run / _FOLDER / _INDEX
    if not index.exists():
        return None, ""
    try:
        return _of_json(run, _read_json(run)), ""
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, csv.Error):
        return None, f"{index}: is damaged, or a file that it names is, so the report leaves it out."


def of_place(place: str) -> Inside | None:
    """What lies beside a model; nothing for the name of scores in memory, which is no place."""
    return read(place)[0] if os.path.exists(place) else None


def _read_json(run: Path) -> Any:
    return inner_file.read_json(run, _FOLDER, _INDEX, most_bytes=provenance.MOST_BYTES)


def _of_json(run: Path, record: Mapping[str, Any]) -> Inside:
    """Raises whatever comes if the record is something else."""
    num_faces, entries = int(record["num_faces"]), record["pictures"]
    if not 0 < num_faces < _MOST_FACES or len(entries) > _MOST_PICTURES:
        raise ValueError("numbers")
    return Inside(
        num_faces=num_faces,
        pictures=[_picture(run, entry) for entry in entries],
        sizes=_sizes(run, record["effective_sample_size"]),
    )


def _picture(run: Path, entry: Mapping[str, str]) -> dict[str, str]:
    data = sheet_picture.as_png(inner_file.read(run, _FOLDER, entry["file"], most_bytes=_MOST_BYTES))
    return {
        "title": _words(entry["title"]),
        "description": _words(entry["description"]),
        "data": f"data:image/png;base64,{base64.b64encode(data).decode()}",
    }


def _words(text: str) -> str:
    if len(str(text)) > _MOST_LETTERS:
        raise ValueError("length")
    return visible(str(text))


def _sizes(run: Path, name: str) -> list[dict[str, float]]:
    # A name that leads elsewhere is refused, whether or not there is a file.
    if Path(name).name == name and not (run / _FOLDER / name).exists():
        return []
    text = inner_file.read(run, _FOLDER, name, most_bytes=_MOST_BYTES).decode()
    rows = [
        {"step": _finite(row["step"]), "size": _finite(row["effective_sample_size"])}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]
    return rows[:: max(1, len(rows) // _MOST_POINTS)]


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
