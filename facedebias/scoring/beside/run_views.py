"""What a DB-VAE's training run left about its sampler and latents, if it is there."""

import base64
import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from facedebias import provenance

_FOLDER, _INDEX = "inside", "inside.json"
_MOST_POINTS = 400


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
    """Reads what lies beside a SavedModel.

    Returns:
        What was found, None if nothing was; and what to say if it is damaged, otherwise empty.
    """
    folder = provenance.folder_of(saved_model) / _FOLDER
    index = folder / _INDEX
    if not index.exists():
        return None, ""
    try:
        return _of_json(folder, json.loads(index.read_bytes())), ""
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, csv.Error):
        return None, f"{index}: is damaged, or a file that it names is, so the report leaves it out."


def of_place(place: str) -> Inside | None:
    """What lies beside a model; nothing for the name of scores in memory, which is no place."""
    return read(place)[0] if Path(place).exists() else None


def _of_json(folder: Path, record: Mapping[str, Any]) -> Inside:
    """Raises whatever comes if the record is something else."""
    return Inside(
        num_faces=int(record["num_faces"]),
        pictures=[_picture(folder, entry) for entry in record["pictures"]],
        sizes=_sizes(_within(folder, record["effective_sample_size"])),
    )


def _within(folder: Path, name: str) -> Path:
    """A file of the folder; a record of somebody else must not put other files into a report."""
    if Path(name).name != name:
        raise ValueError(name)
    return folder / name


def _picture(folder: Path, entry: Mapping[str, str]) -> dict[str, str]:
    path = _within(folder, entry["file"])
    with Image.open(path, formats=["PNG"]) as picture:
        picture.load()  # a torn file raises
    return {
        "title": str(entry["title"]),
        "description": str(entry["description"]),
        "data": f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}",
    }


def _sizes(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = [
            {"step": _finite(row["step"]), "size": _finite(row["effective_sample_size"])}
            for row in csv.DictReader(file)
        ]
    return rows[:: max(1, len(rows) // _MOST_POINTS)]


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
