"""Pictures that the ranges of a quantized model are taken from: as many of each group, and of non-faces.

A range that no dark face was seen for may be too narrow for dark faces. Drawn as a file holds them, pictures
of rare groups would hardly be among those that decide.
"""

from dataclasses import dataclass

import numpy as np

from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import UNKNOWN, size_text
from facedebias.errors import InputError

NUM_PICTURES = 512
LEAST = 10
"""Of a group; fewer say little about its range."""

_NONFACES, _FACES = "non-faces", "faces"


@dataclass(frozen=True)
class Calibration:
    """Rows that were drawn.

    Attributes:
        dataset: the face file.
        rows: int64 `(n,)`, in the order in which they were drawn.
        others: int64 `(m,)`, of the same groups and as evenly, but not among `rows`; as many as there are.
        each: rows of every group.
        groups: names of the groups, non-faces among them.
    """

    dataset: FaceDataset
    rows: np.ndarray
    others: np.ndarray
    each: int
    groups: tuple[str, ...]


def draw(
    path: str,
    image_shape: tuple[int | None, ...],
    groups: tuple[str, ...],
    split: str | None,
    seed: int,
    has_nonfaces: bool,
) -> Calibration:
    """Draws rows without replacement, the same number of each group.

    The number is half of the smallest group, or what makes `NUM_PICTURES` together.

    Args:
        path: of a face file.
        image_shape: height, width and 3 that the model takes.
        groups: attributes whose combinations are the groups; empty for one group of all faces.
        split: part to draw from; None for all.
        seed: the same draws the same rows.
        has_nonfaces: whether non-faces are a group, as where the model tells faces from them.

    Raises:
        InputError: if the file has other pictures, no such attribute, or a group with fewer than `LEAST`.
    """
    dataset = FaceDataset(path)
    if tuple(image_shape) != tuple(dataset.image_shape):
        raise InputError(
            f"{path}: has pictures of {size_text(dataset.image_shape)}, and the model takes "
            f"{size_text(image_shape)}. Prepare a file of that size with facedebias prepare --size."
        )
    members = _members(dataset, groups, split)
    if has_nonfaces:
        members[_NONFACES] = dataset.rows(NONFACE, split)
    for name, rows in members.items():
        if len(rows) < LEAST:
            where = f" in split {split}" if split else ""
            raise InputError(
                f"{path}: has {len(rows)} pictures of {name}{where}; expected at least {LEAST} a "
                "group. Give fewer --groups, another --split or another file."
            )
    smallest = min(len(rows) for rows in members.values())
    # What is not drawn shows afterwards how near the calibrated model is.
    each = min(max(LEAST, NUM_PICTURES // len(members)), max(LEAST, smallest // 2))
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(rows) for rows in members.values()]
    # One of each group in turn, so that the first few are even as well.
    taken = np.stack([rows[:each] for rows in shuffled], 1).reshape(-1)
    left = min(each, *(len(rows) - each for rows in shuffled))
    others = np.stack([rows[each : each + left] for rows in shuffled], 1).reshape(-1)
    return Calibration(dataset, taken, others, each, tuple(members))


def _members(dataset: FaceDataset, groups: tuple[str, ...], split: str | None) -> dict[str, np.ndarray]:
    """Rows of the faces of each group, by its name; faces of which an attribute is not known are in none."""
    faces = dataset.rows(FACE, split)
    if not groups:
        return {_FACES: faces}
    attributes = [dataset.attribute(name) for name in groups]
    codes = np.stack([attribute.codes[faces] for attribute in attributes], 1)
    is_known = (codes != UNKNOWN).all(1)
    kinds, numbers = np.unique(codes[is_known], axis=0, return_inverse=True)
    if not len(kinds):
        raise InputError(f"{dataset.path}: {', '.join(groups)} of no face is known. Give other --groups.")
    names = [
        ", ".join(attribute.values[code] for attribute, code in zip(attributes, kind, strict=True))
        for kind in kinds
    ]
    return {name: faces[is_known][numbers.reshape(-1) == number] for number, name in enumerate(names)}
