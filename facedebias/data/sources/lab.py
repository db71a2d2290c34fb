"""Face files: `lab:FILE`, the MIT lab's `train_face.h5` or any file made by this project.

Faces are its rows with label 1, non-faces those with label 0.
"""

import functools
from collections.abc import Iterator

import numpy as np
from PIL import Image

from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS, UNKNOWN, ImportOptions, Record, Source, to_square

_ROWS_AT_ONCE = 256


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a face file: its rows of the wanted kind, with all that the file says of them."""
    dataset = FaceDataset(location, options.follow_links)
    rows = dataset.rows(label=FACE if options.kind == "face" else NONFACE)
    if options.split is not None:
        rows = rows[np.isin(dataset.split[rows], [SPLITS.index(options.split), UNKNOWN])]
    identity = _number_people(dataset)

    def records() -> Iterator[Record]:
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            block = rows[start : start + _ROWS_AT_ONCE]
            paths = dataset.paths(block)
            for row, path, image in zip(block, paths, dataset.read(block), strict=True):
                attributes = {name: int(column.codes[row]) for name, column in dataset.attributes.items()}
                yield Record(
                    functools.partial(_resize, image, options.size),
                    path or f"row {row}",
                    attributes,
                    int(dataset.split[row]),
                    int(identity[row]),
                )

    values = {name: column.values for name, column in dataset.attributes.items()}
    return Source("lab", len(rows), records, values, dataset.notes)


def _resize(image: np.ndarray, size: int) -> np.ndarray:
    return image if image.shape[:2] == (size, size) else to_square(Image.fromarray(image), size)


def _number_people(dataset: FaceDataset) -> np.ndarray:
    """Identities that stay apart when people of several sources become one source's."""
    pairs = np.stack([dataset.source.astype(np.int32), dataset.identity], axis=1)
    _, numbers = np.unique(pairs, axis=0, return_inverse=True)
    return np.where(dataset.identity == UNKNOWN, UNKNOWN, numbers.reshape(-1))
