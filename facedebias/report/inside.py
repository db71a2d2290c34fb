"""What a DB-VAE's training run left about its sampler and latents, if it is there."""

import base64
import csv
import json
from dataclasses import dataclass
from pathlib import Path

from facedebias import run_record

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


def load(saved_model: str) -> Inside | None:
    """Reads what lies beside a SavedModel; None if nothing does."""
    folder = run_record.folder_of(saved_model) / _FOLDER
    index = folder / _INDEX
    if not index.is_file():
        return None
    record = json.loads(index.read_text())
    return Inside(
        num_faces=int(record["num_faces"]),
        pictures=[_picture(folder, entry) for entry in record["pictures"]],
        sizes=_sizes(folder / record["effective_sample_size"]),
    )


def _picture(folder: Path, entry: dict[str, str]) -> dict[str, str]:
    data = base64.b64encode((folder / entry["file"]).read_bytes()).decode()
    return {
        "title": entry["title"],
        "description": entry["description"],
        "data": f"data:image/png;base64,{data}",
    }


def _sizes(path: Path) -> list[dict[str, float]]:
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        rows = [
            {"step": float(row["step"]), "size": float(row["effective_sample_size"])}
            for row in csv.DictReader(file)
        ]
    return rows[:: max(1, len(rows) // _MOST_POINTS)]
