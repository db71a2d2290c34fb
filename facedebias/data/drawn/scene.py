"""What a drawn picture shows, before a line of it is drawn."""

from dataclasses import dataclass

import numpy as np

# The Monk Skin Tone scale, E. Monk 2022 (skintone.google), tones 1 to 10.
MONK_TONES = (
    "#f6ede4 #f3e7db #f7ead0 #eadaba #d7bd96 #a07e56 #825c43 #604134 #3a312a #292420".split()  # noqa: SIM905
)
SKIN = ("light", "medium", "dark")
_SKIN_OF_TONE = (0, 0, 0, 0, 1, 1, 1, 2, 2, 2)  # tones 1 to 4, 5 to 7, 8 to 10
_SKEWED = np.array([0.22, 0.22, 0.22, 0.20, 0.06, 0.04, 0.02, 0.008, 0.006, 0.006])

HAIR = ("none", "short", "long", "round", "bun")
HEADWEAR = ("none", "cap", "scarf")
POSES = ("left", "frontal", "right")
LIGHTS = ("dim", "normal", "bright")
_BRIGHTNESS = ((0.4, 0.65), (0.75, 1.05), (1.1, 1.3))
_HAIR_COLORS = ((25, 20, 18), (52, 34, 24), (96, 62, 36), (150, 110, 60), (205, 175, 120), (140, 135, 130))

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "skin": SKIN,
    "monk": tuple(f"monk {tone}" for tone in range(1, 11)),
    "hair": HAIR,
    "glasses": ("no", "yes"),
    "headwear": HEADWEAR,
    "pose": POSES,
    "light": LIGHTS,
}

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Scene:
    """Everything that decides a picture.

    Lengths are shares of the picture's side, angles are in degrees.

    Attributes:
        kind: "face", "scrambled", "upside down" or "pattern".
        tone: of the Monk scale, 0 to 9 for tones 1 to 10.
        skin_color: that tone, a little off.
        hair: index into `HAIR`.
        hair_color: of hair, brows and beard.
        has_glasses: whether glasses are worn.
        headwear: index into `HEADWEAR`.
        headwear_color: its colour.
        has_beard: whether there is a beard.
        yaw: from -1, turned to the picture's left, to 1.
        roll: counter-clockwise.
        half_height: half of the height of the head.
        center: of the head.
        smile: from -1, corners down, to 1.
        mouth_open: from 0 to 1.
        light: index into `LIGHTS`.
        brightness: factor of all pixels.
        light_direction: unit vector towards the light in the picture plane.
        noise_seed: of background, grain, and where scrambled parts go.
    """

    kind: str
    tone: int
    skin_color: Color
    hair: int
    hair_color: Color
    has_glasses: bool
    headwear: int
    headwear_color: Color
    has_beard: bool
    yaw: float
    roll: float
    half_height: float
    center: tuple[float, float]
    smile: float
    mouth_open: float
    light: int
    brightness: float
    light_direction: tuple[float, float]
    noise_seed: int

    def attributes(self) -> dict[str, int]:
        """Codes of `ATTRIBUTES`; none for what is not a face."""
        if self.kind != "face":
            return {}
        return {
            "skin": _SKIN_OF_TONE[self.tone],
            "monk": self.tone,
            "hair": self.hair,
            "glasses": int(self.has_glasses),
            "headwear": self.headwear,
            "pose": 1 + int(np.sign(self.yaw)) * (abs(self.yaw) > 1 / 3),
            "light": self.light,
        }


def sample_face(rng: np.random.Generator, is_skewed: bool = False) -> Scene:
    """A face: upright within 20 degrees.

    Args:
        rng: decides everything.
        is_skewed: 86% light, 12% medium and 2% dark skin in place of ten equally likely tones.
    """
    return _sample(rng, "face", int(rng.choice(10, p=_SKEWED if is_skewed else None)))


def sample_clutter(rng: np.random.Generator) -> Scene:
    """What looks like a face and is none; every tone is equally likely, whatever faces have."""
    kind = rng.choice(["scrambled", "upside down", "pattern"], p=[0.5, 0.25, 0.25])
    return _sample(rng, str(kind), int(rng.integers(10)))


def _sample(rng: np.random.Generator, kind: str, tone: int) -> Scene:
    light = int(rng.choice(3, p=[0.3, 0.5, 0.2]))
    angle = rng.uniform(0, 2 * np.pi)
    headwear = int(rng.choice(3, p=[0.8, 0.12, 0.08]))
    hair_color = _HAIR_COLORS[rng.choice(6, p=[0.35, 0.25, 0.15, 0.1, 0.08, 0.07])]
    return Scene(
        kind=kind,
        tone=tone,
        skin_color=_near(rng, _rgb(MONK_TONES[tone]), 0.05),
        hair=int(rng.choice(5, p=[0.12, 0.38, 0.25, 0.15, 0.1])),
        hair_color=_near(rng, hair_color, 0.15),
        has_glasses=bool(rng.random() < 0.2),
        headwear=headwear,
        headwear_color=as_color(rng.uniform(20, 235, 3)),
        has_beard=bool(rng.random() < 0.15),
        yaw=rng.uniform(-1, 1),
        roll=rng.uniform(-20, 20) + (180 if kind == "upside down" else 0),
        half_height=rng.uniform(0.29, 0.42),
        center=(0.5 + rng.uniform(-0.06, 0.06), 0.52 + rng.uniform(-0.05, 0.05)),
        smile=rng.uniform(-1, 1),
        mouth_open=max(0.0, rng.uniform(-1, 1)),
        light=light,
        brightness=rng.uniform(*_BRIGHTNESS[light]),
        light_direction=(float(np.cos(angle)), float(np.sin(angle))),
        noise_seed=int(rng.integers(2**31)),
    )


def _rgb(text: str) -> Color:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _near(rng: np.random.Generator, color: Color, spread: float) -> Color:
    factors = 1 + rng.uniform(-spread, spread) + rng.uniform(-spread / 3, spread / 3, 3)
    return as_color(np.array(color) * factors)


def as_color(channels: np.ndarray) -> Color:
    """Three numbers as a colour, cut to 0 to 255."""
    red, green, blue = np.clip(channels, 0, 255).astype(int).tolist()
    return red, green, blue
