"""The order of a model's scores, which is all that recall at a false positive rate depends on.

Written down in about a kilobyte of text it stands for the scores of thousands of pictures, so that
the repository can hold what each run of the study said, and anyone can make the tables again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from facedebias.scoring.cutoffs import num_allowed
from studies.debiasing.judging.recall_metrics import Scores

# Pictures drawn anew put the threshold elsewhere than behind the last non-face that may pass. Non-faces
# that it hardly ever falls behind, one draw in a million by Poisson's distribution, need no order.
_RARE = 1e-6


def ends(num_nonfaces: int, fpr: float) -> tuple[int, int]:
    """From behind which to behind which non-face the threshold may fall in pictures drawn anew."""
    places, allowed = np.arange(num_nonfaces + 1), num_allowed(num_nonfaces, fpr)
    # The first so many are drawn about as often as a Poisson variable with that mean.
    first = int(np.sum(stats.poisson.sf(allowed, places) < _RARE)) - 1
    last = int(np.sum(stats.poisson.cdf(allowed, places) >= _RARE))
    return first, min(last, num_nonfaces)


def pack(scores: Scores, fprs: Sequence[float]) -> dict[str, Any]:
    """Which non-faces come first, and which faces come behind one of those.

    Args:
        scores: of a test.
        fprs: false positive rates that the order will be needed for; more of it is kept.

    Returns:
        `num_faces`, `num_nonfaces`, `num_positive` (non-faces at or above logit 0); `nonfaces`, the
        numbers of the highest ones in falling order, "=" before one that ties with the one before
        it; `faces`, as "number:count" each face that may be missed: how many of those non-faces are at
        or above it, with no count if all are.
    """
    nonfaces = scores.nonfaces
    num_positive = int(np.sum(nonfaces >= 0.0))
    firsts, depths = zip(*(ends(len(nonfaces), fpr) for fpr in fprs), strict=True)
    first, depth = min(firsts), max(*depths, num_positive)
    order = np.argsort(-nonfaces, kind="stable")[:depth]
    values = nonfaces[order]
    is_tied = np.diff(values, prepend=np.inf) == 0
    # Falling order: at or above a face are the first so many.
    counts = np.searchsorted(-values, -scores.faces, side="right")
    behind = np.flatnonzero(counts > first)
    return {
        "num_faces": len(scores.faces),
        "num_nonfaces": len(nonfaces),
        "num_positive": num_positive,
        "nonfaces": " ".join(f"{'=' * int(tied)}{row}" for row, tied in zip(order, is_tied, strict=True)),
        "faces": " ".join(f"{row}:{counts[row]}" if counts[row] < depth else str(row) for row in behind),
    }


def unpack(packed: dict[str, Any]) -> Scores:
    """Scores in the order that was packed, with 0 where it was, and equal steps between.

    Non-faces and faces that come behind all that were written down are alike, and so are faces that are
    found in any case.
    """
    top = packed["num_positive"]
    words = packed["nonfaces"].split()
    places = _first_of_equals([word.startswith("=") for word in words])
    nonfaces = np.full(packed["num_nonfaces"], top - 0.5 - len(words) - 1, np.float32)
    nonfaces[[int(word.removeprefix("=")) for word in words]] = top - 0.5 - places
    faces = np.full(packed["num_faces"], top, np.float32)
    for word in packed["faces"].split():
        row, _, count = word.partition(":")
        faces[int(row)] = top - int(count or len(words))
    return Scores(faces, nonfaces)


def _first_of_equals(is_tied: Sequence[bool]) -> np.ndarray:
    """The place of each, that of the first where several tie: int `(n,)`."""
    places = np.arange(len(is_tied))
    return np.maximum.accumulate(np.where(is_tied, 0, places))
