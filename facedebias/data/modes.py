"""Pixels of every kind as RGB with 8 bits a channel.

Pillow's own conversion cuts what lies above 255 off, which turns 16-bit grey into white, and shows
what a transparent pixel hides.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

_BITS_PER_SAMPLE = 258  # TIFF's tag
_WHITE_8, _WHITE_16 = 255, 65535
_PIXELS_AT_ONCE = 1 << 22  # in the wider numbers between; a large picture would fill memory with them


def to_rgb(image: Image.Image) -> Image.Image:
    """A picture of any mode in mode RGB, transparent parts on white.

    16-bit grey runs from black at 0 to white at 65535, or at the depth that a TIFF names. 32-bit
    whole numbers are taken for 8 bits if none is above 255, else for 16. Fractions run from 0 to 1
    or, if one is above 1, from 0 to 255.

    Raises:
        ValueError: if the values of a grey picture fit none of these, so that nobody can know what
            is white.
    """
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if image.mode.startswith("I;16"):
        white = _white_of_16_bits(image)
        return _by_strips(image, lambda strip: _grey(strip, white))
    if image.mode == "I":
        white = _white_of_integers(image)
        return _by_strips(image, lambda strip: _grey(strip, white))
    if image.mode == "F":
        white = _white_of_fractions(image)
        return _by_strips(image, lambda strip: _grey(strip, white))
    if image.has_transparency_data:
        return _by_strips(image, _on_white)
    return image.convert("RGB")


def _by_strips(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Converts a picture some rows at a time."""
    width, height = image.size
    step = max(1, _PIXELS_AT_ONCE // max(width, 1))
    if height <= step:
        return convert(image)
    found = Image.new("RGB", image.size)
    for top in range(0, height, step):
        found.paste(convert(image.crop((0, top, width, min(top + step, height)))), (0, top))
    return found


def _grey(image: Image.Image, white: float) -> Image.Image:
    values = np.asarray(image, np.float64) * (_WHITE_8 / white)
    return Image.fromarray(np.rint(values).clip(0, _WHITE_8).astype(np.uint8)).convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    picture = image.convert("RGBA")
    background = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(background, picture).convert("RGB")


def _white_of_16_bits(image: Image.Image) -> float:
    highest = int(np.max(np.asarray(image), initial=0))
    bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, 16)
    depth = bits[0] if isinstance(bits, tuple) else bits
    white = 2**depth - 1
    # Nothing brighter than 1 of 256 levels: far likelier 8 bits that were stored as 16.
    if 0 < highest <= _WHITE_8 and white == _WHITE_16:
        raise ValueError(
            f"16-bit grey with no value above {highest}, black if 65535 is white; save it with 8 bits"
        )
    return white


def _white_of_integers(image: Image.Image) -> float:
    values = np.asarray(image)
    lowest, highest = int(np.min(values, initial=0)), int(np.max(values, initial=0))
    # Pillow scales a PGM file of more than 8 bits to 16, whatever its own white is.
    if lowest < 0 or highest > _WHITE_16:
        raise ValueError(
            f"32-bit grey from {lowest} to {highest}; expected 0 to 255 or 0 to 65535, or what is white "
            "cannot be known; save it with 8 bits"
        )
    return _WHITE_8 if highest <= _WHITE_8 and image.format != "PPM" else _WHITE_16


def _white_of_fractions(image: Image.Image) -> float:
    values = np.asarray(image)
    lowest, highest = float(np.min(values, initial=0)), float(np.max(values, initial=0))
    if not (lowest >= 0 and highest <= _WHITE_8):
        raise ValueError(
            f"grey fractions from {lowest:g} to {highest:g}; expected 0 to 1 or 0 to 255, or what is white "
            "cannot be known; save it with 8 bits"
        )
    return 1 if highest <= 1 else _WHITE_8
