"""What is learned of the pictures in a face file: whether they are faces, or have an attribute."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import TrainingRows, split_by_label, split_rows
from facedebias.data.targets import target_labels
from facedebias.errors import InputError
from facedebias.training.config import TrainConfig


@dataclass(frozen=True)
class Task:
    """The two classes, who trains and who validates, and the groups that somebody asked about.

    Attributes:
        labels: uint8 `(num_rows,)` of the file's rows: 1 positive (a face, or who has the
            attribute), 0 negative. Says nothing of rows that are in no part of `rows`.
        rows: of the file, by class and use.
        groups: int32 `(num_rows,)`: which combination of the `groups` attributes a row has; -1 in
            rows that do not train, in non-faces, and everywhere if no attribute is named.
        num_groups: how many combinations there are.
        is_detection: whether it is faces against non-faces: then half of a batch are faces, and only
            they are rebuilt by a DB-VAE and drawn by the sampler of faces. Otherwise all pictures
            are faces, and treated alike.
    """

    labels: np.ndarray
    rows: TrainingRows
    groups: np.ndarray
    num_groups: int
    is_detection: bool

    @property
    def sampled_rows(self) -> np.ndarray:
        """Training rows that the sampler chooses from: faces, int32 and ascending."""
        return self._faces(self.rows.train_positives, self.rows.train_negatives)

    @property
    def validation_faces(self) -> np.ndarray:
        """Validation rows that show faces, int32 and ascending."""
        return self._faces(self.rows.validation_positives, self.rows.validation_negatives)

    def _faces(self, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
        return positives if self.is_detection else np.sort(np.concatenate([positives, negatives]))

    def groups_within(self, label: str) -> np.ndarray:
        """Groups of the rows with a label, and -1 in all others: int32 `(num_rows,)`.

        Args:
            label: "positive", "negative", or "all".
        """
        if label == "all":
            return self.groups
        return np.where(self.labels == (label == "positive"), self.groups, np.int32(-1))


def open_task(config: TrainConfig, dataset: FaceDataset) -> Task:
    """Finds out what a configuration asks of a file.

    Raises:
        InputError: if the file lacks an attribute, a class or the group of a face.
    """
    if config.target:
        known = target_labels(dataset, config.target)
        rows = split_by_label(dataset, known, config.validation_fraction, config.seed)
        labels = np.maximum(known, 0).astype(np.uint8)
    else:
        labels = dataset.labels[:, 0]
        rows = split_rows(dataset, config.validation_fraction, config.seed)
    # Broadcast, it takes no memory.
    groups: np.ndarray = np.broadcast_to(np.array(-1, np.int32), dataset.num_rows)
    task = Task(labels, rows, groups, 0, is_detection=not config.target)
    if not config.groups:
        return task
    own = _groups_of(dataset, task.sampled_rows, config.groups)
    if own.max() == 0:
        raise InputError(
            f"{dataset.path}: all training faces are of one group of {', '.join(config.groups)}; expected "
            "two or more. Name another attribute."
        )
    groups = groups.copy()
    groups[task.sampled_rows] = own
    return replace(task, groups=groups, num_groups=int(own.max()) + 1)


def _groups_of(dataset: FaceDataset, rows: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """A number per row from 0 on, int `(num_rows,)`, equal for those alike in all these attributes.

    Raises:
        InputError: if the file has no such attribute, or does not know it of all rows.
    """
    codes = np.stack([dataset.attribute(name).codes[rows] for name in names], axis=1)
    for name, column in zip(names, codes.T, strict=True):
        if num_unknown := int(np.sum(column < 0)):
            raise InputError(
                f"{dataset.path}: {name!r} of {num_unknown:,} of {len(rows):,} training faces is unknown; "
                "what makes groups must be known for all. Choose another, or a file in which "
                "it is."
            )
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
