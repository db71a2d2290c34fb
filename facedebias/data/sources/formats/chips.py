"""Face chips, square pictures of one size that a face detector cut out, and their framing."""

import functools
from collections.abc import Sequence
from pathlib import Path

from facedebias.data.records import Box
from facedebias.data.sources.formats.picture_files import Crop, whole
from facedebias.errors import InputError
from facedebias.reading.pictures import FAILURES, open_picture
from facedebias.text import counted, visible

_NUM_MEASURED = 200  # pictures whose size decides; the others are held to it when they are decoded

# FairFace was published twice: chips of 224 pixels with a margin of 0.25, and of 448 pixels with a
# margin of 1.25 (github.com/joojs/fairface). dlib's get_face_chip_details puts a face of unit side
# into a chip of side 1 + 2 * padding, so that the face takes 448 / 3.5 = 128 pixels of the large
# chip, and with a margin of 0.25 it takes 1.5 * 128 = 192: the middle 3/7.
WIDE_SIDE = 448
WIDE_NOTE = (
    f"pictures of {WIDE_SIDE}x{WIDE_SIDE} taken for chips with a margin of 1.25; their middle 192 pixels are "
    "cut out, which is what a margin of 0.25 shows."
)
_SIDE = 224
_WIDE_MARGIN, _MARGIN = 1.25, 0.25


def framed(width: int, height: int) -> Box:
    """The part of a FairFace chip that a margin of 0.25 shows, known by the size of the chip."""
    if (width, height) != (WIDE_SIDE, WIDE_SIDE):
        return whole(width, height)
    side = WIDE_SIDE * (1 + 2 * _MARGIN) / (1 + 2 * _WIDE_MARGIN)
    start = (WIDE_SIDE - side) / 2
    return (start, start, start + side, start + side)


def framing_notes(side: int | None, count: int) -> list[str]:
    """How `framed` takes chips of this side, if they are not those with a margin of 0.25.

    Args:
        side: of the chips, in pixels; None if it is not known.
        count: how many there are.
    """
    if side == WIDE_SIDE:
        return [f"{count:,} {WIDE_NOTE}"]
    if side in {_SIDE, None}:
        return []
    return [
        f"{counted(count, 'picture')} of {side}x{side} taken whole, as with a margin of {_MARGIN}. FairFace "
        f"publishes {_SIDE}x{_SIDE} (margin {_MARGIN}) and {WIDE_SIDE}x{WIDE_SIDE} (margin {_WIDE_MARGIN}): "
        "with another margin the framing is another."
    ]


def side_of(spec: str, folder: Path, names: Sequence[str], advice: str) -> int | None:
    """The one side of square pictures, from the headers of some of them.

    Args:
        spec: the source, for messages.
        folder: what the names are relative to.
        names: of the pictures; those that cannot be opened are passed over.
        advice: what to do about other pictures, a sentence.

    Returns:
        Pixels; None if no picture can be opened.

    Raises:
        InputError: if one is not square, or two differ in size.
    """
    first: tuple[str, int] | None = None
    for name in names[:: max(1, len(names) // _NUM_MEASURED)]:
        try:
            with open_picture(folder / name) as image:
                width, height = image.size
        except FAILURES:
            continue
        if width != height:
            raise InputError(
                f"{spec}: {visible(name)} is {width}x{height}; expected square pictures of faces. {advice}"
            )
        if first is not None and width != first[1]:
            raise InputError(
                f"{spec}: {visible(first[0])} is {first[1]}x{first[1]} but {visible(name)} is {width}x{width}"
                f"; expected one size, or the framing of the faces may differ. {advice}"
            )
        first = first or (name, width)
    return first and first[1]


def held_to(side: int | None, crop: Crop) -> Crop:
    """A crop that refuses pictures of another size, so that a rare one counts as bad."""
    return functools.partial(_checked, side, crop)


def _checked(side: int | None, crop: Crop, width: int, height: int) -> Box:
    if side is not None and (width, height) != (side, side):
        raise ValueError(f"is {width}x{height} among pictures of {side}x{side}")
    return crop(width, height)
