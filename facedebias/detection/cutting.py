"""From a picture to its windows: scaled once for each of their sizes, then cut."""

from pathlib import Path

import numpy as np
from PIL import Image

from facedebias.configuration.setting_names import setting
from facedebias.data.records import size_text
from facedebias.detection.geometry import Level
from facedebias.errors import InputError


def square_side(path: Path, shape: tuple[int | None, ...]) -> int:
    """Side of the windows for a model.

    Args:
        path: of the model, for messages.
        shape: height, width and 3 of the pictures it takes, None where any size will do.

    Raises:
        InputError: if they are not square, or of any size.
    """
    height, width = shape[:2]
    if height is None or width is None:
        raise InputError(
            f"{path}: takes pictures of {size_text(shape)}; say how large windows are to be for it with "
            f"{setting('input_size')}, e.g. 64."
        )
    if height != width:
        raise InputError(
            f"{path}: takes pictures of {size_text(shape)}, but windows are square; give a model that takes "
            "squares."
        )
    return height


def scale(image: Image.Image, level: Level) -> np.ndarray:
    """The picture at a level's size, uint8 RGB `(height, width, 3)`.

    Averages over the pixels it merges, as `data.records.to_square` does for training.
    """
    # Shrinking whole factors first, with twice the pixels to spare, is faster and looks the same.
    return np.asarray(image.resize(level.size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def cut(scaled: np.ndarray, level: Level, windows: np.ndarray, images: np.ndarray) -> None:
    """Copies windows of these numbers, `(n,)`, into `images`, uint8 `(n, side, side, 3)`."""
    side = level.side
    lefts, tops = level.corners(windows)
    for image, left, top in zip(images, lefts.tolist(), tops.tolist(), strict=True):
        image[:] = scaled[top : top + side, left : left + side]
