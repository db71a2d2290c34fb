"""Draws shapes in the coordinates of a head that is moved, scaled, rolled and turned."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from facedebias.data.drawn.scene import Color

_ANGLES = np.linspace(0, 2 * np.pi, 24, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


class Painter:
    """Points are (x, y) from the middle of the head, y down, in halves of its height.

    Args:
        image: is drawn on.
        center: of the head, in shares of the picture's side.
        unit: half of the head's height, in shares of the picture's side.
        roll: degrees, counter-clockwise.
        yaw: -1 to 1; moves what has depth to the side, and narrows the head.
    """

    def __init__(self, image: Image.Image, center: tuple[float, float], unit: float, roll: float, yaw: float):
        self._draw = ImageDraw.Draw(image)
        side = image.width
        self._unit = unit * side
        self._center = np.array(center) * side
        cosine, sine = np.cos(np.radians(roll)), np.sin(np.radians(roll))
        self._axes = np.array([[cosine, -sine], [sine, cosine]]) * self._unit
        self._yaw = yaw

    def polygon(self, points: Sequence[tuple[float, float]], color: Color, depth: float = 0.0) -> None:
        """Fills the polygon; `depth` 0 is the head's axis, 1 the face."""
        self._fill(np.array(points, float), color, depth)

    def ellipse(
        self, x: float, y: float, x_radius: float, y_radius: float, color: Color, depth: float = 0.0
    ) -> None:
        """Fills the ellipse around (x, y)."""
        self._fill(_CIRCLE * (x_radius, y_radius) + (x, y), color, depth)

    def line(
        self, points: Sequence[tuple[float, float]], width: float, color: Color, depth: float = 0.0
    ) -> None:
        """Draws through the points."""
        places = self._place(np.array(points, float), depth)
        self._draw.line(places, color, max(1, round(width * self._unit)), joint="curve")

    def ring(self, x: float, y: float, x_radius: float, y_radius: float, color: Color, depth: float) -> None:
        """Draws the outline of an ellipse."""
        self.line([*(_CIRCLE * (x_radius, y_radius) + (x, y)), (x + x_radius, y)], 0.06, color, depth)

    def _fill(self, points: np.ndarray, color: Color, depth: float) -> None:
        self._draw.polygon(self._place(points, depth), color)

    def _place(self, points: np.ndarray, depth: float) -> list[tuple[float, float]]:
        turned = points * (1 - 0.15 * abs(self._yaw), 1)
        turned[:, 0] += 0.25 * self._yaw * depth
        return [(x, y) for x, y in (turned @ self._axes + self._center).tolist()]
