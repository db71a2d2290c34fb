"""Which rows of a face file train a model and which validate it."""

from dataclasses import dataclass

import numpy as np

from facedebias.data.face_file import FACE, NONFACE, FaceDataset
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.errors import InputError

_PATHS_AT_ONCE = 65_536  # a million at once would take more memory than all else


@dataclass(frozen=True)
class TrainingRows:
    """Rows of a face file, int32 and ascending, no row in two of them."""

    train_faces: np.ndarray
    train_nonfaces: np.ndarray
    validation_faces: np.ndarray
    validation_nonfaces: np.ndarray


def split_rows(dataset: FaceDataset, validation_fraction: float, seed: int) -> TrainingRows:
    """Divides a file into training and validation rows; rows marked "test" are in neither.

    Where the file marks validation rows of a class, those are taken. Otherwise a fraction of
    the other rows is held out at random: all pictures of a person where the file knows people,
    all crops of a picture otherwise, so that nothing is in both parts.

    Args:
        dataset: the file.
        validation_fraction: share of a class to hold out, in (0, 1).
        seed: of the choice.

    Raises:
        InputError: if a class has too few rows for both parts.
    """
    parts = []
    for label, name in ((FACE, "faces"), (NONFACE, "non-faces")):
        train, validation = _split_class(dataset, label, validation_fraction, seed)
        if not len(train) or not len(validation):
            raise InputError(
                f"{dataset.path}: {len(train)} {name} to train on and {len(validation)} to validate "
                f"with; expected some of both. Prepare the file with --faces and --nonfaces, and "
                "without --split test."
            )
        parts.append((train.astype(np.int32), validation.astype(np.int32)))
    (train_faces, validation_faces), (train_nonfaces, validation_nonfaces) = parts
    return TrainingRows(train_faces, train_nonfaces, validation_faces, validation_nonfaces)


def _split_class(
    dataset: FaceDataset, label: int, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    rows = dataset.rows(label=label)
    split = dataset.split[rows]
    rest = rows[(split == UNKNOWN) | (split == SPLITS.index("train"))]
    marked = rows[split == SPLITS.index("val")]
    if len(marked):
        return rest, marked
    people = _people(dataset, rest)
    unique = np.unique(people)
    num_held_out = max(1, round(fraction * len(unique))) if len(unique) > 1 else 0
    held_out = np.random.default_rng([seed, label]).choice(unique, num_held_out, replace=False)
    is_held_out = np.isin(people, held_out)
    return rest[~is_held_out], rest[is_held_out]


def _people(dataset: FaceDataset, rows: np.ndarray) -> np.ndarray:
    """A number per row, equal for rows that must not be divided."""
    identity = dataset.identity[rows].astype(np.int64)
    # Sources number their people on their own.
    person = (dataset.source[rows].astype(np.int64) << 32) + identity
    return np.where(identity == UNKNOWN, -_originals(dataset)[rows], person)


def _originals(dataset: FaceDataset) -> np.ndarray:
    """Which rows were cut from one picture: int64 `(num_rows,)`, equal for those that were.

    Crops of a picture are neighbours in the file, of the same source and path.
    """
    is_new = np.ones(dataset.num_rows, bool)
    last = ""
    for start in range(0, dataset.num_rows, _PATHS_AT_ONCE):
        paths = dataset.paths(range(start, min(start + _PATHS_AT_ONCE, dataset.num_rows)))
        pairs = zip(paths, [last, *paths[:-1]], strict=True)
        is_new[start : start + len(paths)] = [path != before or path == "" for path, before in pairs]
        last = paths[-1]
    is_new[1:] |= dataset.source[1:] != dataset.source[:-1]
    return np.cumsum(is_new)
