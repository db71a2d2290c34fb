"""The order of a model's scores, which is all that recall at a false positive rate depends on.

Written down in a few kilobytes of text it stands for the scores of thousands of pictures, so that
the repository can hold what each run of the study said, and anyone can make the tables again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.study_figures import Scores
from facedebias.scoring.cutoffs import num_allowed

# Non-faces written down for each that may pass: sets of pictures drawn anew put the threshold
# further down than the k-th of them, but hardly ever beyond the 4 k + 36th.
_DEPTH, _MORE = 4, 36


def pack(scores: Scores, fpr: float) -> dict[str, Any]:
    """Which non-faces come first, and which faces come behind one of those.

    Args:
        scores: of a test.
        fpr: the false positive rate that the order will be needed for; more of it is kept.

    Returns:
        `num_faces`, `num_nonfaces`, `num_positive` (non-faces at or above logit 0); `nonfaces`, the
        numbers of the highest ones in falling order, "=" before one that ties with the one before
        it; `faces`, as "number:count" each face that does not stand above all of those: how many of
        them are at or above it.
    """
    nonfaces = scores.nonfaces
    num_positive = int(np.sum(nonfaces >= 0.0))
    depth = _DEPTH * num_allowed(len(nonfaces), fpr) + _MORE
    depth = min(max(depth, num_positive), len(nonfaces))
    order = np.argsort(-nonfaces, kind="stable")[:depth]
    values = nonfaces[order]
    is_tied = np.diff(values, prepend=np.inf) == 0
    # Falling order: at or above a face are the first so many.
    counts = np.searchsorted(-values, -scores.faces, side="right")
    behind = np.flatnonzero(counts)
    return {
        "num_faces": len(scores.faces),
        "num_nonfaces": len(nonfaces),
        "num_positive": num_positive,
        "nonfaces": " ".join(f"{'=' * int(tied)}{row}" for row, tied in zip(order, is_tied, strict=True)),
        "faces": " ".join(f"{row}:{counts[row]}" for row in behind),
    }


def unpack(packed: dict[str, Any]) -> Scores:
    """Scores in the order that was packed, with 0 where it was, and equal steps between.

    Non-faces and faces that come behind all that were written down are alike.
    """
    top = packed["num_positive"]
    words = packed["nonfaces"].split()
    places = _first_of_equals([word.startswith("=") for word in words])
    nonfaces = np.full(packed["num_nonfaces"], top - 0.5 - len(words) - 1, np.float32)
    nonfaces[[int(word.removeprefix("=")) for word in words]] = top - 0.5 - places
    faces = np.full(packed["num_faces"], top, np.float32)
    for word in packed["faces"].split():
        row, count = map(int, word.split(":"))
        faces[row] = top - count
    return Scores(faces, nonfaces)


def _first_of_equals(is_tied: Sequence[bool]) -> np.ndarray:
    """The place of each, that of the first where several tie: int `(n,)`."""
    places = np.arange(len(is_tied))
    return np.maximum.accumulate(np.where(is_tied, 0, places))
