"""What can be measured of a face in its picture, and what CelebA says of it."""

from collections.abc import Mapping

import numpy as np

from facedebias.data.face_file import FaceDataset
from studies.debiasing import skin_tone

GENDER = "Male"  # CelebA's


def symmetry(images: np.ndarray) -> np.ndarray:
    """Correlation of each picture with its mirror image, float64 `(n,)`: low for a face turned to a side."""
    grey = images.mean(axis=3)
    flat, mirrored = (
        (x - x.mean(axis=(1, 2), keepdims=True)).reshape(len(x), -1) for x in (grey, grey[:, :, ::-1])
    )
    return (flat * mirrored).sum(axis=1) / np.maximum((flat**2).sum(axis=1), 1e-9)


def light(images: np.ndarray) -> np.ndarray:
    """Mean of each picture's pixels, float64 `(n,)`, 0 to 255."""
    return images.mean(axis=(1, 2, 3))


def rarer_ends(dataset: FaceDataset, rows: np.ndarray) -> Mapping[str, np.ndarray]:
    """Properties of CelebA's faces, each growing towards what CelebA has least of: float64 `(n,)`.

    Args:
        dataset: the training file.
        rows: of faces.
    """
    images = dataset.read(rows)
    return {
        "darker skin (ITA)": -skin_tone.ita(images),
        "men": dataset.attribute(GENDER).codes[rows].astype(float),
        "turned to a side": -symmetry(images),
        "little light": -light(images),
    }
