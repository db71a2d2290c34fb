"""Pictures of errors, small and embedded."""

import base64
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from facedebias.auditing.audit import Audit
from facedebias.auditing.inputs.groups import SHARED
from facedebias.text import visible

NUM_PER_GROUP = 6
_SIDE, _QUALITY = 96, 80


@dataclass
class Album:
    """Pictures by row, each held once however many models err on it."""

    data: dict[str, str] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)

    def add(self, audit: Audit, rows: np.ndarray) -> None:
        """Takes in the pictures of some rows; of an audit without pictures nothing.

        Args:
            audit: whose rows they are.
            rows: int `(k,)`.
        """
        new = [row for row in rows.tolist() if str(row) not in self.data]
        if not new or audit.sample.read is None:
            return
        for row, picture in zip(new, audit.sample.read(new), strict=True):
            self.data[str(row)] = embed(Image.fromarray(picture))
            self.captions[str(row)] = visible(audit.sample.locate(row))


def collect(audit: Audit) -> tuple[Album, list[list[dict[str, Any]]]]:
    """The most confident possible errors of every model, by group of the main division.

    Positives with the lowest scores and negatives with the highest: whether they are errors
    depends on where the threshold is put, which is up to the page.

    Returns:
        The pictures, and for each model its shelves: a title, the number of the group (None
        for negatives of no group), whether its rows are positive, and rows with their scores.
    """
    album = Album()
    if audit.sample.read is None:
        return album, [[] for _ in audit.scores]
    return album, [_shelves(audit, index, album) for index in range(len(audit.scores))]


def _shelves(audit: Audit, model_index: int, album: Album) -> list[dict[str, Any]]:
    scores, groups, labels = audit.scores[model_index].scores, audit.groups, audit.sample.labels
    shelves = []
    parts = [(group, name) for group, name in enumerate(groups.names)] + [(SHARED, "in no group")]
    for group, name in parts:
        for is_positive in (True, False):
            rows = np.flatnonzero((groups.codes == group) & (labels == is_positive))
            if not len(rows):
                continue
            order = np.argsort(scores[rows] if is_positive else -scores[rows], kind="stable")
            chosen = rows[order[: NUM_PER_GROUP if group != SHARED else 2 * NUM_PER_GROUP]]
            album.add(audit, chosen)
            what = "missed, lowest scores first" if is_positive else "selected wrongly, highest scores first"
            shelves.append(
                {
                    "title": f"{name}: {what}",
                    "group": None if group == SHARED else group,
                    "positive": is_positive,
                    "rows": [[str(row), float(scores[row])] for row in chosen.tolist()],
                }
            )
    return shelves


def embed(picture: Image.Image, side: int | None = _SIDE) -> str:
    """A picture as a data URL; scaled down to `side` pixels if it is larger."""
    if side is not None and max(picture.size) > side:
        picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
