"""The first pass over a picture: which of its windows are worth asking the model about.

A model that can scan (models/scanning.py) says at once of every place of a picture about what it would
answer for a window there: its convolutions run over the whole picture, not over windows that share most of
their pixels. Only where that looks like a face is it asked about the windows themselves.
"""

from collections.abc import Sequence

import numpy as np

from facedebias.detection.geometry import Level
from facedebias.scoring.picture_scan import Scan

# A window is judged by the places of the scan within this share of a step: by one to four of them.
_NEAR = 0.75
# By so much a place's logit may be below that of a window there that matters.
_MARGIN = 1.0
# Places of a picture near which its highest window is looked for.
_MOST_PROMISING = 24


def promising(levels: Sequence[Level], scans: Sequence[Scan], at_least: float | None) -> list[np.ndarray]:
    """The windows to ask about.

    Args:
        levels: of a picture.
        scans: of the picture at each level.
        at_least: logit from which windows matter; None if only the highest does.

    Returns:
        Of each level numbers of windows, ascending; at least one window in all.
    """
    places = np.concatenate([scan.logits.ravel() for scan in scans])
    if not np.isfinite(places).all():  # a model that is broken: its answers will tell
        return [np.arange(level.num_windows) for level in levels]
    if at_least is None:
        most = min(_MOST_PROMISING, len(places))
        least = float(np.partition(places, -most)[-most])
    else:
        least = min(at_least - _MARGIN, float(places.max()))
    return [
        np.flatnonzero(_highest_near(level, scan) >= least) for level, scan in zip(levels, scans, strict=True)
    ]


def _highest_near(level: Level, scan: Scan) -> np.ndarray:
    """The highest place of the scan near each window, `(len(level.rows), len(level.columns))`."""
    rows, columns = (
        _nearness(windows, count, scan.step)
        for windows, count in zip((level.rows, level.columns), scan.logits.shape, strict=True)
    )
    by_row = np.where(rows[:, :, None], scan.logits[None], -np.inf).max(1)
    return np.where(columns[None], by_row[:, None, :], -np.inf).max(2)


def _nearness(windows: np.ndarray, count: int, step: int) -> np.ndarray:
    """Which places of a scan lie near which windows along an edge, bool `(len(windows), count)`."""
    # The last place may lie beyond the edge, where the picture was continued.
    places = np.minimum(step * np.arange(count), windows[-1])
    return np.abs(windows[:, None] - places) <= _NEAR * step
