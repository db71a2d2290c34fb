"""The first pass over a picture: which of its windows are worth asking the model about.

A model that can scan (models/exported/scanning.py) says at once of every place of a picture about what it
would answer for a window there: its convolutions run over the whole picture, not over windows that share
most of their pixels. Where that comes near a face, the model is asked about one window; where its answer
comes near, about the windows around it, too. studies/detection/detect_quality.py compares what this finds
with what asking about every window finds.
"""

from collections.abc import Sequence

import numpy as np

from facedebias.detection.geometry import Level
from facedebias.scoring.picture_scan import Scan

# By so much a place's logit may be below that of a window there that matters, ...
_PLACE_BELOW = 4.0
# ... and a window's below that of its neighbour.
_WINDOW_BELOW = 5.0
# Places of a picture near which its highest window is looked for.
_MOST_PROMISING = 64


def near_promising_places(
    levels: Sequence[Level], scans: Sequence[Scan], at_least: float | None
) -> list[np.ndarray]:
    """The windows to ask about first: the nearest to each place that comes near a face.

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
        least = min(at_least - _PLACE_BELOW, float(places.max()))
    return [_nearest(level, scan, least) for level, scan in zip(levels, scans, strict=True)]


def around(
    levels: Sequence[Level],
    windows: Sequence[np.ndarray],
    logits: np.ndarray,
    at_least: float | None,
    step: int,
) -> list[np.ndarray]:
    """The windows to ask about then: those around windows whose answers came near a face.

    Args:
        levels: of a picture.
        windows: of each level, numbers of those asked about.
        logits: the answers, float `(n,)`, level by level.
        at_least: as for `near_promising_places`.
        step: pixels between the places of a scan.

    Returns:
        Of each level numbers of windows not yet asked about, ascending.
    """
    least = (float(logits.max()) if at_least is None else at_least) - _WINDOW_BELOW
    found, start = [], 0
    for level, asked in zip(levels, windows, strict=True):
        near = asked[logits[start : start + len(asked)] >= least]
        start += len(asked)
        lefts, tops = level.corners(near)
        rows, columns = _around(level.rows, tops, step), _around(level.columns, lefts, step)
        # As a product of matrices, which stay small where a box for each pair would not.
        is_around = rows.astype(np.float32).T @ columns.astype(np.float32) > 0
        found.append(np.setdiff1d(np.flatnonzero(is_around), asked))
    return found


def _around(edges: np.ndarray, chosen: np.ndarray, step: int) -> np.ndarray:
    """Which windows along an edge lie around chosen ones, bool `(len(chosen), len(edges))`."""
    # Windows nearest to neighbouring places lie at most a step and a distance of windows apart: those
    # between them are at most half of that away from one of the two.
    reach = (step + np.diff(edges).max(initial=0)) / 2
    return np.abs(edges - chosen[:, None]) <= reach


def _nearest(level: Level, scan: Scan, least: float) -> np.ndarray:
    """Numbers of the windows nearest to the places that reach a logit."""
    rows, columns = (
        # The last place may lie beyond the edge, where the picture was continued.
        np.abs(windows[:, None] - np.minimum(scan.step * np.arange(count), windows[-1])).argmin(0)
        for windows, count in zip((level.rows, level.columns), scan.logits.shape, strict=True)
    )
    down, right = np.nonzero(scan.logits >= least)
    return np.unique(rows[down] * len(level.columns) + columns[right])
