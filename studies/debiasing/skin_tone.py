"""The individual typology angle: how dark a face's skin is in its picture."""

import numpy as np
from skimage.color import rgb2lab

# Of the face crop: cheeks and nose, below the eyes (0.31 of the height), above the mouth.
_ROWS, _COLUMNS = (0.40, 0.60), (0.28, 0.72)
# A. Chardon, I. Cretois and C. Hourseau, Skin Colour Typology and Suntanning Pathways,
# International Journal of Cosmetic Science 1991: lower ends in degrees, from light to dark.
CLASSES = ("very light", "light", "intermediate", "tan", "brown", "dark")
_LOWER_ENDS = (55.0, 41.0, 28.0, 10.0, -30.0)
DARK = 10.0  # below: "brown" and "dark"


def ita(images: np.ndarray) -> np.ndarray:
    """The ITA of the skin around the nose, of pictures that are face crops.

    atan2(L* - 50, b*) in degrees, of the median L* and b* (CIELAB, D65) of a patch. It falls
    from about 60 for the lightest skin to -60 for the darkest, and falls with the light, too:
    it measures the picture, not the person.

    Args:
        images: uint8 RGB `(n, height, width, 3)`.

    Returns:
        float64 `(n,)`, degrees.
    """
    height, width = images.shape[1:3]
    rows = slice(*(round(end * height) for end in _ROWS))
    columns = slice(*(round(end * width) for end in _COLUMNS))
    lab = rgb2lab(images[:, rows, columns])
    lightness, yellow = (np.median(lab[..., channel], axis=(1, 2)) for channel in (0, 2))
    return np.degrees(np.arctan2(lightness - 50.0, np.maximum(yellow, 1e-6)))


def classes(angles: np.ndarray) -> np.ndarray:
    """Indices into `CLASSES` of angles in degrees: int8 `(n,)`."""
    return np.sum(np.asarray(angles)[:, None] < _LOWER_ENDS, axis=1).astype(np.int8)
