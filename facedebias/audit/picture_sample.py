"""Opens models and pictures for an audit."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from facedebias.audit.pictures import PictureTable, open_pictures
from facedebias.audit.sample import ModelScores, Sample
from facedebias.audit.scoring import ExportedModel, common_picture_shape
from facedebias.audit.settings import AuditConfig
from facedebias.data.face_file import FACE, NONFACE, Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

Score = Callable[[bool], list[ModelScores]]


def open_sample(
    config: AuditConfig, named: Sequence[tuple[str, Path]]
) -> tuple[Sample, Score, tuple[str, ...]]:
    """Opens everything that pictures are scored with.

    Args:
        config: what to audit.
        named: name and folder of each model.

    Returns:
        The rows, a function that scores them with every model (told whether to draw progress
        bars), and the attributes that make the groups.

    Raises:
        InputError: if something is missing or does not fit.
    """
    models = [ExportedModel(name, path, config.foreign, config.output_kind) for name, path in named]
    shape = common_picture_shape(models)
    is_strict = any(model.needs_shape for model in models)
    data = open_pictures(config.data, shape, "face", config.split, is_strict)
    negatives = data
    if config.nonfaces:
        negatives = open_pictures(config.nonfaces, shape, "nonface", config.split, is_strict)
    rows = _Rows(config, data, negatives)
    names = config.groups or (("group",) if Path(config.data).is_dir() else ())
    attributes = {name: rows.attribute(name) for name in names}
    is_face = rows.labels
    has_groups = any((a.codes[~is_face] != UNKNOWN).any() for a in attributes.values())
    sample = Sample(
        labels=is_face,
        attributes=attributes,
        is_shared=np.zeros(len(is_face), bool) if has_groups else ~is_face,
        data=config.data,
        negatives=str(negatives.path),
        locate=rows.locate,
        read=rows.read,
    )

    def score(show_progress: bool) -> list[ModelScores]:
        return [
            model.score(rows.read, len(is_face), config.batch_size, rows.locate, show_progress)
            for model in models
        ]

    return sample, score, names


class _Rows:
    """Faces and then non-faces, perhaps from two places, under one numbering."""

    def __init__(self, config: AuditConfig, data: PictureTable, negatives: PictureTable):
        faces, nonfaces = _rows(config, data, FACE), _rows(config, negatives, NONFACE)
        self._parts = ((data, faces), (negatives, nonfaces))
        self._num_faces = len(faces)
        self.labels = np.arange(len(faces) + len(nonfaces)) < len(faces)

    def read(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        rows = np.asarray(rows)
        is_face = rows < self._num_faces
        (data, faces), (negatives, nonfaces) = self._parts
        if is_face.all():
            return data.read(faces[rows])
        if not is_face.any():
            return negatives.read(nonfaces[rows - self._num_faces])
        first = data.read(faces[rows[is_face]])
        second = negatives.read(nonfaces[rows[~is_face] - self._num_faces])
        images = np.empty((len(rows), *first.shape[1:]), first.dtype)
        images[is_face], images[~is_face] = first, second
        return images

    def locate(self, row: int) -> str:
        table, rows = self._parts[0 if row < self._num_faces else 1]
        number = int(rows[row if row < self._num_faces else row - self._num_faces])
        named = "".join(f" ({path})" for path in table.paths([number]) if path)
        return f"row {number}{named} of {table.path}"

    def attribute(self, name: str) -> Attribute:
        (data, faces), (negatives, nonfaces) = self._parts
        known = data.attribute(name)
        codes = np.full(len(nonfaces), UNKNOWN, known.codes.dtype)
        if negatives is data:
            codes = known.codes[nonfaces]
        return Attribute(np.concatenate([known.codes[faces], codes]), known.values)


def _rows(config: AuditConfig, pictures: PictureTable, label: int) -> np.ndarray:
    rows = pictures.rows(label, config.split)
    # Non-faces may be missing from the data itself, if the thresholds do not need them.
    is_needed = label == FACE or config.nonfaces is not None
    if len(rows) == 0 and is_needed:
        what = "faces" if label == FACE else "non-faces"
        part = f" of split {config.split!r}" if config.split else ""
        raise InputError(f"{pictures.path}: no {what}{part}. Choose other pictures or another --split.")
    return rows
