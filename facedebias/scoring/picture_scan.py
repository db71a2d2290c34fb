"""What a model that looks at a whole picture at once says of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scan:
    """About what a model answers for the windows of a picture.

    Attributes:
        logits: float32 `(rows, columns)`; the window at row i and column j has its left top corner j steps
            from the left and i from the top.
        step: pixels between them.
    """

    logits: np.ndarray
    step: int


Scanner = Callable[[np.ndarray], Scan]
"""Scans a picture, uint8 RGB `(height, width, 3)`, whose sides are at least those of a window."""
