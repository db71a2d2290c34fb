"""Where the windows of a picture lie: geometry alone."""

import math
from dataclasses import dataclass

import numpy as np

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError

# A factor of 4/3 between one and the next: a face that falls between two sizes fills 87% of the
# larger window or overflows the smaller one as much.
DEFAULT_SIZES = (0.15, 0.2, 0.27, 0.36, 0.48, 0.64, 0.85)
# At 0.2 a face may lie a tenth of a window off every window, which costs recall
# (studies/detection/detect_quality.py counts it).
DEFAULT_STRIDE = 0.125
MIN_SIDE = 16  # pixels of the picture: below, a window is enlarged from almost nothing


@dataclass(frozen=True)
class WindowOptions:
    """Which windows of a picture are asked about.

    Attributes:
        sizes: sides of the square windows, as shares of the picture's shorter side, ascending.
        stride: the largest step between windows, as a share of their side.
        exhaustive: whether a model that can scan pictures is still asked about every window.
    """

    sizes: tuple[float, ...] = DEFAULT_SIZES
    stride: float = DEFAULT_STRIDE
    exhaustive: bool = False

    def validate(self) -> None:
        """Checks both fields.

        Raises:
            InputError: names the field that is wrong.
        """
        given = setting("sizes", self.sizes)
        if not self.sizes or not all(0 < size <= 1 for size in self.sizes):
            raise InputError(
                f"{given}: expected shares of the picture's shorter side above 0 and up to 1, e.g. "
                "0.25,0.5,0.75."
            )
        if sorted(set(self.sizes)) != list(self.sizes):
            raise InputError(f"{given}: expected each once, ascending, e.g. 0.25,0.5,0.75.")
        if not 0 < self.stride <= 1:
            raise InputError(
                f"{setting('stride', self.stride)}: expected a share of the window above 0 and up to 1; "
                f"{DEFAULT_STRIDE} is usual."
            )


def parse_sizes(words: list[str]) -> tuple[float, ...]:
    """The sizes of a flag's list, ascending.

    Raises:
        InputError: if one is no number.
    """
    try:
        return tuple(sorted(float(word) for word in words))
    except ValueError:
        raise InputError(
            f"--sizes={','.join(words)}: expected numbers, shares of the picture's shorter side, e.g. "
            "0.25,0.5,0.75."
        ) from None


@dataclass(frozen=True)
class Level:
    """A picture scaled so that the windows of one size are as large as the model's pictures.

    Attributes:
        size: width and height of the scaled picture, in its pixels.
        side: of the windows, in its pixels.
        columns: int64, left edges of the windows.
        rows: int64, top edges.
        picture_size: width and height of the picture itself.
    """

    size: tuple[int, int]
    side: int
    columns: np.ndarray
    rows: np.ndarray
    picture_size: tuple[int, int]

    @property
    def num_windows(self) -> int:
        """All of them, counted row by row."""
        return len(self.columns) * len(self.rows)

    def corners(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Left and top edges of windows of these numbers, `(n,)` each, in pixels of the level."""
        row, column = np.divmod(windows, len(self.columns))
        return self.columns[column], self.rows[row]

    def boxes(self, windows: np.ndarray | None = None) -> np.ndarray:
        """Windows of these numbers, int32 `(n, 4)`: left, top, right, bottom in pixels of the picture.

        None takes all. Right and bottom are exclusive, so that right - left is the width.
        """
        lefts, tops = self.corners(np.arange(self.num_windows) if windows is None else windows)
        edges = np.stack([lefts, tops, lefts + self.side, tops + self.side], axis=1)
        scale = np.array(self.picture_size, float) / self.size
        return np.rint(edges * np.tile(scale, 2)).astype(np.int32)


def plan(picture_size: tuple[int, int], side: int, options: WindowOptions) -> list[Level]:
    """The levels of a picture, one a window size.

    Sizes whose windows would be smaller than `MIN_SIDE` pixels are left out.

    Args:
        picture_size: width and height in pixels.
        side: of the model's pictures.
        options: sizes and stride.

    Returns:
        Levels from the smallest windows to the largest; none if the picture is too small.
    """
    shorter = min(picture_size)
    levels = []
    for size in options.sizes:
        window = size * shorter
        if window < MIN_SIDE:
            continue
        width, height = (max(side, round(length * side / window)) for length in picture_size)
        step = max(1, math.floor(options.stride * side))
        levels.append(
            Level(
                (width, height),
                side,
                positions(width, side, step),
                positions(height, side, step),
                picture_size,
            )
        )
    return levels


def positions(length: int, side: int, step: int) -> np.ndarray:
    """Where windows begin along an edge: evenly spread, at most a step apart, the last at the end.

    Args:
        length: of the edge, at least `side`.
        side: of the windows.
        step: the largest distance between neighbours.

    Returns:
        int64 `(n,)`, from 0 to `length - side`.
    """
    count = math.ceil((length - side) / step) + 1
    return np.rint(np.linspace(0, length - side, count)).astype(np.int64)


def decoded_side(side: int, options: WindowOptions) -> int:
    """Shorter side, in pixels, of the most detailed level: what a picture must be decoded for."""
    return math.ceil(side / options.sizes[0])


def check_size(name: str, picture_size: tuple[int, int], options: WindowOptions) -> tuple[int, int]:
    """The picture's size, if a window fits.

    Raises:
        InputError: if the largest window would be smaller than `MIN_SIDE` pixels.
    """
    width, height = picture_size
    if (largest := options.sizes[-1] * min(picture_size)) < MIN_SIDE:
        raise InputError(
            f"{name}: {width}x{height} pixels, so that its largest window has {largest:.0f}; expected "
            f"windows of at least {MIN_SIDE}. Use larger pictures or larger {setting('sizes')}."
        )
    return picture_size
