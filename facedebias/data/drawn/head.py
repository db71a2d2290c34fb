"""Draws a head: hair, ears, eyes, brows, nose, mouth, and what is worn."""

from collections.abc import Callable

import numpy as np

from facedebias.data.drawn.painter import Painter
from facedebias.data.drawn.scene import HAIR, HEADWEAR, Color, Scene, as_color

Place = tuple[float, float]
_WHITE: Color = (235, 232, 225)

# Where the parts of a face belong, and where else scrambled ones may go.
_PLACES: dict[str, Place] = {
    "left eye": (-0.3, -0.12),
    "right eye": (0.3, -0.12),
    "nose": (0.0, 0.15),
    "mouth": (0.0, 0.52),
}
_WRONG_PLACES: tuple[Place, ...] = ((0.0, -0.5), (-0.38, 0.35), (0.38, 0.35), (0.0, 0.15), (0.0, 0.52))


def draw_head(painter: Painter, scene: Scene, rng: np.random.Generator) -> None:
    """Draws the head of a scene; scrambled ones have their parts in wrong places.

    Args:
        painter: draws in the head's coordinates.
        scene: what to draw.
        rng: decides where scrambled parts go.
    """
    places = _scrambled(rng) if scene.kind == "scrambled" else _PLACES
    _back_hair(painter, scene)
    _neck(painter, scene, rng)
    for side in (-1, 1):
        painter.ellipse(0.72 * side, 0.02, 0.12, 0.2, _shaded(scene, 0.85))
    _skull(painter, scene)
    if scene.has_beard:
        beard = [
            (-0.66, 0.2),
            (-0.45, 0.45),
            (0.45, 0.45),
            (0.66, 0.2),
            (0.5, 0.75),
            (0.0, 1.02),
            (-0.5, 0.75),
        ]
        painter.polygon(beard, scene.hair_color, 0.4)
    for part, draw_part in _PARTS.items():
        draw_part(painter, scene, places[part])
    _front_hair(painter, scene)
    if scene.has_glasses:
        for part in ("left eye", "right eye"):
            painter.ring(*places[part], 0.23, 0.19, (30, 30, 35), 1.0)
        painter.line([places["left eye"], places["right eye"]], 0.04, (30, 30, 35), 1.0)
    _headwear(painter, scene)


def _scrambled(rng: np.random.Generator) -> dict[str, Place]:
    """The mouth never where it belongs, nor both eyes."""
    everywhere = [_PLACES["left eye"], _PLACES["right eye"], *_WRONG_PLACES]
    while True:
        chosen = rng.permutation(len(everywhere))[:4]
        places = {part: everywhere[index] for part, index in zip(_PLACES, chosen, strict=True)}
        eyes_belong = {places["left eye"], places["right eye"]} == {_PLACES["left eye"], _PLACES["right eye"]}
        if places["mouth"] != _PLACES["mouth"] and not eyes_belong:
            return {part: tuple(np.add(place, rng.uniform(-0.06, 0.06, 2))) for part, place in places.items()}


def _shaded(scene: Scene, factor: float, redness: float = 0.0) -> Color:
    return as_color(np.array(scene.skin_color) * factor + np.array([60, -25, -15]) * redness)


def _skull(painter: Painter, scene: Scene) -> None:
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    # Narrower towards the chin.
    width = 0.72 - 0.1 * np.clip(np.sin(angles), 0, None) ** 2
    outline = np.stack([width * np.cos(angles), np.sin(angles)], axis=1)
    painter.polygon(outline.tolist(), _shaded(scene, 0.88))
    # The lit part, moved towards the light, leaves a shadow at the other side.
    x, y = scene.light_direction
    painter.polygon((outline * 0.88 + (0.07 * x, 0.07 * y)).tolist(), scene.skin_color, 0.2)
    for side in (-1, 1):
        painter.ellipse(0.38 * side, 0.28, 0.16, 0.12, _shaded(scene, 1.0, 0.15), 0.8)


def _neck(painter: Painter, scene: Scene, rng: np.random.Generator) -> None:
    clothes = as_color(rng.uniform(20, 230, 3))
    painter.polygon([(-0.35, 0.6), (0.35, 0.6), (0.4, 1.4), (-0.4, 1.4)], _shaded(scene, 0.75))
    painter.polygon([(-1.3, 1.9), (-1.1, 1.35), (-0.4, 1.15), (0.4, 1.15), (1.1, 1.35), (1.3, 1.9)], clothes)


def _eye(painter: Painter, scene: Scene, place: Place) -> None:
    x, y = place
    painter.ellipse(x, y, 0.19, 0.13, _shaded(scene, 0.8), 1.0)
    painter.ellipse(x, y, 0.15, 0.085, _WHITE, 1.0)
    painter.ellipse(x + 0.03 * scene.yaw, y, 0.075, 0.08, (70, 48, 30), 1.0)
    painter.ellipse(x + 0.03 * scene.yaw, y, 0.04, 0.045, (8, 8, 8), 1.0)
    brow = [(x - 0.19, y - 0.21), (x, y - 0.27), (x + 0.19, y - 0.21)]
    painter.line(brow, 0.07, scene.hair_color, 1.0)


def _nose(painter: Painter, scene: Scene, place: Place) -> None:
    x, y = place
    painter.polygon([(x, y - 0.3), (x + 0.13, y + 0.08), (x - 0.13, y + 0.08)], _shaded(scene, 0.88), 1.15)
    painter.ellipse(x, y + 0.02, 0.09, 0.09, _shaded(scene, 1.06), 1.3)
    for side in (-1, 1):
        painter.ellipse(x + 0.07 * side, y + 0.08, 0.04, 0.03, _shaded(scene, 0.45), 1.25)


def _mouth(painter: Painter, scene: Scene, place: Place) -> None:
    x, y = place
    corner = y - 0.08 * scene.smile
    gap = 0.12 * scene.mouth_open
    lips = _shaded(scene, 0.72, 0.5)
    left, right = (x - 0.27, corner), (x + 0.27, corner)
    painter.polygon([left, (x, y - 0.09), right, (x, y + 0.13 + gap)], lips, 1.0)
    if gap > 0.03:
        painter.ellipse(x, y + 0.03 + gap / 2, 0.15, gap / 2 + 0.02, (60, 15, 15), 1.0)
        painter.polygon([(x - 0.12, y), (x + 0.12, y), (x + 0.1, y + 0.05), (x - 0.1, y + 0.05)], _WHITE, 1.0)
    else:
        painter.line([left, (x, y + 0.02), right], 0.03, _shaded(scene, 0.4), 1.0)


_PARTS: dict[str, Callable[[Painter, Scene, Place], None]] = {
    "left eye": _eye,
    "right eye": _eye,
    "nose": _nose,
    "mouth": _mouth,
}


def _back_hair(painter: Painter, scene: Scene) -> None:
    style = HAIR[scene.hair]
    if style == "long":
        painter.polygon([(-0.85, -0.5), (0.85, -0.5), (0.95, 1.3), (-0.95, 1.3)], scene.hair_color, -0.2)
    if style in {"long", "short", "bun"}:
        painter.ellipse(0, -0.2, 0.84, 0.95, scene.hair_color, -0.2)
    if style == "round":
        painter.ellipse(0, -0.35, 1.1, 1.0, scene.hair_color, -0.2)
    if style == "bun":
        painter.ellipse(0, -1.2, 0.33, 0.3, scene.hair_color, -0.3)


def _front_hair(painter: Painter, scene: Scene) -> None:
    if HAIR[scene.hair] == "none":
        return
    fringe = [(-0.76, -0.1), (-0.62, -0.5), (-0.2, -0.66), (0.25, -0.6), (0.62, -0.5), (0.76, -0.1)]
    crown = [(0.74, -0.55), (0.45, -0.98), (0.0, -1.1), (-0.45, -0.98), (-0.74, -0.55)]
    painter.polygon(fringe + crown, scene.hair_color, 0.3)


def _headwear(painter: Painter, scene: Scene) -> None:
    color = scene.headwear_color
    if HEADWEAR[scene.headwear] == "cap":
        dome = [(-0.8, -0.45), (-0.7, -0.95), (-0.3, -1.22), (0.3, -1.22), (0.7, -0.95), (0.8, -0.45)]
        painter.polygon(dome, color, 0.2)
        brim = [(-0.75, -0.5), (0.75, -0.5), (0.6, -0.34), (-0.6, -0.34)]
        painter.polygon(brim, as_color(0.7 * np.array(color)), 1.0)
    elif HEADWEAR[scene.headwear] == "scarf":
        outside = [(-0.95, 1.2), (-0.9, -0.4), (-0.5, -1.1), (0.5, -1.1), (0.9, -0.4), (0.95, 1.2)]
        inside = [
            (0.5, 0.85),
            (0.62, 0.1),
            (0.5, -0.5),
            (0.0, -0.66),
            (-0.5, -0.5),
            (-0.62, 0.1),
            (-0.5, 0.85),
        ]
        painter.polygon([*outside, *inside], color, 0.1)
        painter.polygon(
            [(-0.95, 1.2), (-0.5, 0.8), (0.0, 0.98), (0.5, 0.8), (0.95, 1.2), (0, 1.6)], color, 0.1
        )
