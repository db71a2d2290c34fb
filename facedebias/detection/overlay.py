"""Draws boxes on a copy of a picture, so that they can be read on any ground."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

_LINE, _EDGE = (255, 220, 0), (0, 0, 0)  # yellow with black edges stands out on skin, sky and shade
_SMALLEST_FONT = 11


def draw(image: Image.Image, boxes: Sequence[Sequence[int]], labels: Sequence[str]) -> Image.Image:
    """A copy of the picture with boxes and labels on it.

    Args:
        image: RGB.
        boxes: left, top, right, bottom in its pixels; right and bottom exclusive.
        labels: one for each.
    """
    copy = image.copy()
    canvas = ImageDraw.Draw(copy)
    width = max(1, round(min(image.size) / 250))
    font = ImageFont.load_default(max(_SMALLEST_FONT, round(min(image.size) / 32)))
    # The best box comes first, so it is drawn last, above the others.
    for (left, top, right, bottom), label in reversed(list(zip(boxes, labels, strict=True))):
        # An edge on both sides of the line, or one of two shades would be lost on a like ground.
        for grow, color in ((width, _EDGE), (-width, _EDGE), (0, _LINE)):
            corners = (left - grow, top - grow, right - 1 + grow, bottom - 1 + grow)
            if corners[0] <= corners[2] and corners[1] <= corners[3]:
                canvas.rectangle(corners, outline=color, width=width)
        _write(canvas, image.size, (left, top), label, font)
    return copy


def _write(
    canvas: ImageDraw.ImageDraw,
    size: tuple[int, int],
    corner: tuple[int, int],
    label: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Black on a yellow plate above the corner, or inside the box where there is no room above."""
    left, top, right, bottom = canvas.textbbox((0, 0), label, font=font)
    pad = 2
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    x = min(corner[0], max(0, size[0] - width))
    y = corner[1] - height if corner[1] >= height else corner[1]
    canvas.rectangle((x, y, x + width, y + height), fill=_LINE, outline=_EDGE)
    canvas.text((x + pad - left, y + pad - top), label, fill=_EDGE, font=font)
