"""From a scene to pixels: polygons at three times the size, shrunk, lit and grained."""

import numpy as np
from PIL import Image

from facedebias.data.drawn.head import draw_head
from facedebias.data.drawn.painter import Painter
from facedebias.data.drawn.scene import Scene, as_color

_OVERSAMPLING = 3


def draw(scene: Scene, size: int) -> np.ndarray:
    """Draws a scene.

    Args:
        scene: what to draw; the same scene gives the same picture.
        size: side in pixels.

    Returns:
        uint8 RGB `(size, size, 3)`.
    """
    rng = np.random.default_rng(scene.noise_seed)
    big = size * _OVERSAMPLING
    image = Image.fromarray(_background(rng, big))
    _scatter(rng, image, scene, num_shapes=int(rng.integers(0, 5)))
    if scene.kind == "pattern":
        _scatter(rng, image, scene, num_shapes=int(rng.integers(4, 12)), skin_share=0.6)
    else:
        draw_head(Painter(image, scene.center, scene.half_height, scene.roll, scene.yaw), scene, rng)
    pixels = np.asarray(image.reduce(_OVERSAMPLING), np.float32)
    return _light(rng, pixels, scene)


def _background(rng: np.random.Generator, side: int) -> np.ndarray:
    """A gradient between two colours, or soft blotches."""
    if rng.random() < 0.5:
        ends = np.stack([_muted(rng), _muted(rng)])
        place = np.linspace(0, 1, side)[:, None, None]
        gradient = np.broadcast_to(ends[0] + place * (ends[1] - ends[0]), (side, side, 3))
        return (gradient.swapaxes(0, 1) if rng.random() < 0.5 else gradient).astype(np.uint8).copy()
    cells = int(rng.integers(2, 9))
    blotches = _muted(rng) + rng.normal(0, 18, (cells, cells, 3))
    small = Image.fromarray(np.clip(blotches, 0, 255).astype(np.uint8))
    return np.asarray(small.resize((side, side), Image.Resampling.BILINEAR))


def _scatter(
    rng: np.random.Generator, image: Image.Image, scene: Scene, num_shapes: int, skin_share: float = 0.0
) -> None:
    """Ellipses, boxes and bars anywhere; some in the colours of the scene's skin and hair."""
    for _ in range(num_shapes):
        color = as_color(_muted(rng))
        if rng.random() < skin_share:
            color = scene.skin_color if rng.random() < 0.7 else scene.hair_color
        center = rng.uniform(0, 1), rng.uniform(0, 1)
        painter = Painter(image, center, 1.0, rng.uniform(0, 180), 0.0)
        width, height = rng.uniform(0.02, 0.3, 2)
        if rng.random() < 0.5:
            painter.ellipse(0, 0, width, height, color)
        else:
            painter.polygon([(-width, -height), (width, -height), (width, height), (-width, height)], color)


def _muted(rng: np.random.Generator) -> np.ndarray:
    """A greyish colour: skin stays what differs most between faces."""
    return np.clip(rng.uniform(30, 225) + rng.normal(0, 22, 3), 0, 255)


def _light(rng: np.random.Generator, pixels: np.ndarray, scene: Scene) -> np.ndarray:
    """Falls off across the picture, away from the light; then grain, as a sensor adds it."""
    side = np.linspace(-1, 1, len(pixels), dtype=np.float32)
    towards = scene.light_direction[0] * side[None, :] + scene.light_direction[1] * side[:, None]
    lit = pixels * (scene.brightness * (1 + 0.3 * towards))[..., None]
    grain = rng.standard_normal(pixels.shape, np.float32) * np.float32(rng.uniform(2, 7))
    return np.clip(lit + grain, 0, 255).astype(np.uint8)
