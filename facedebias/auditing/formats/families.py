"""Which of the audited models are one model in several formats."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facedebias.scoring.beside import export_record
from facedebias.scoring.beside.export_record import FLOAT32, SAVED_MODEL, ExportRecord
from facedebias.scoring.loading.model_places import SAVED_MODEL_FILES


@dataclass(frozen=True)
class Family:
    """Models that were made from one SavedModel, itself perhaps among them.

    Attributes:
        base: number of the one whose threshold the others are held to, in float32.
        others: numbers of the others.
        labels: number -> format in words, e.g. "LiteRT int8".
    """

    base: int
    others: tuple[int, ...]
    labels: dict[int, str]


def find(places: Sequence[str]) -> list[Family]:
    """Families among models.

    A model belongs to one by `export.json` beside it, if that is of this very file. The SavedModel that it
    was made from belongs to it by its content, wherever it lies.

    Args:
        places: of the models, as they were loaded.

    Returns:
        Those of two members and more of which one is in float32.
    """
    records = {number: record for number, place in enumerate(places) if (record := export_record.read(place))}
    if not records:
        return []
    for number, place in enumerate(places):
        if number not in records and any(Path(place, name).is_file() for name in SAVED_MODEL_FILES):
            own = export_record.identity(Path(place))
            records[number] = ExportRecord(SAVED_MODEL, FLOAT32, own, own)
    found = []
    for source in dict.fromkeys(record.source for record in records.values()):
        members = sorted(number for number, record in records.items() if record.source == source)
        exact = [number for number in members if records[number].quantization == FLOAT32]
        if len(members) > 1 and exact:
            others = tuple(number for number in members if number != exact[0])
            found.append(Family(exact[0], others, {number: records[number].label for number in members}))
    return found
