"""Which rows of a face file train a model and which validate it."""

from dataclasses import dataclass

import numpy as np

from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.errors import InputError

_PATHS_AT_ONCE = 65_536  # a million at once would take more memory than all else


@dataclass(frozen=True)
class TrainingRows:
    """Rows of a face file by class, int32 and ascending, no row in two of them.

    Positives are the faces, or those who have an attribute.
    """

    train_positives: np.ndarray
    train_negatives: np.ndarray
    validation_positives: np.ndarray
    validation_negatives: np.ndarray


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
        train, validation = _divide(dataset, dataset.rows(label=label), validation_fraction, [seed, label])
        if not len(train) or not len(validation):
            raise InputError(
                f"{dataset.path}: {len(train)} {name} to train on and {len(validation)} to validate "
                "with; expected some of both. Make the file with facedebias prepare --faces and "
                "--nonfaces, and without --split test."
            )
        parts.append((train.astype(np.int32), validation.astype(np.int32)))
    (train_positives, validation_positives), (train_negatives, validation_negatives) = parts
    return TrainingRows(train_positives, train_negatives, validation_positives, validation_negatives)


def split_by_label(dataset: FaceDataset, labels: np.ndarray, fraction: float, seed: int) -> TrainingRows:
    """Divides the rows that have a label likewise; nobody is in both parts, whatever their labels.

    Args:
        dataset: the file.
        labels: int `(num_rows,)`: 1 positive, 0 negative, -1 neither.
        fraction: share of the people to hold out, where the file marks no validation rows.
        seed: of the choice.

    Raises:
        InputError: if a class has too few rows for both parts.
    """
    labelled = _divide(dataset, np.flatnonzero(labels >= 0), fraction, [seed])
    parts = []
    for label, name in ((1, "positives"), (0, "negatives")):
        train, validation = (part[labels[part] == label].astype(np.int32) for part in labelled)
        if not len(train) or not len(validation):
            raise InputError(
                f"{dataset.path}: {len(train)} {name} to train on and {len(validation)} to validate with; "
                "expected some of both. Choose another --target, or prepare a file with more faces."
            )
        parts.append((train, validation))
    (train_positives, validation_positives), (train_negatives, validation_negatives) = parts
    return TrainingRows(train_positives, train_negatives, validation_positives, validation_negatives)


def _divide(
    dataset: FaceDataset, rows: np.ndarray, fraction: float, seed: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Those of the rows that train, and those that validate."""
    split = dataset.split[rows]
    rest = rows[(split == UNKNOWN) | (split == SPLITS.index("train"))]
    marked = rows[split == SPLITS.index("val")]
    if len(marked):
        return rest, marked
    people = _people(dataset, rest)
    unique = np.unique(people)
    num_held_out = max(1, round(fraction * len(unique))) if len(unique) > 1 else 0
    held_out = np.random.default_rng(seed).choice(unique, num_held_out, replace=False)
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
