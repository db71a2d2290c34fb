"""Where a score becomes a decision: a row is selected where its score is at least a threshold."""

import math

import numpy as np

from facedebias.errors import InputError


def threshold_at_fpr(negative_scores: np.ndarray, fpr: float) -> float:
    """The smallest threshold that keeps the false positive rate at or below `fpr`.

    With the n scores in falling order s_1 >= s_2 >= ... and k = floor(fpr n) of them allowed
    to pass, the threshold is the next number above s_(k+1): whatever ties with s_(k+1) fails
    with it, so that never more than k negatives have s >= threshold.

    Logits are better here than probabilities, which saturate: float32 makes 1 of every logit
    above 17.

    Args:
        negative_scores: float `(n,)`, n >= 1, finite.
        fpr: false positive rate, in [0, 1).

    Returns:
        The threshold, a number that the scores' own dtype represents exactly. In another
        precision it would round back to s_(k+1) and let the ties pass.
    """
    allowed = num_allowed(len(negative_scores), fpr)
    # Ascending order, so s_(k+1) is k+1 places from the end.
    best_refused = np.sort(negative_scores)[-1 - allowed]
    return float(np.nextafter(best_refused, np.array(np.inf, negative_scores.dtype)))


def threshold_at_tpr(positive_scores: np.ndarray, tpr: float) -> float:
    """The largest threshold that keeps the true positive rate at or above `tpr`.

    With the n scores in falling order it is s_k, where k is the smallest number with
    k / n >= tpr.

    Args:
        positive_scores: float `(n,)`, n >= 1, finite.
        tpr: true positive rate, in (0, 1].
    """
    size = len(positive_scores)
    num_needed = max(1, math.ceil(tpr * size) - 1)
    while num_needed / size < tpr:  # the product rounds
        num_needed += 1
    return float(np.sort(positive_scores)[-num_needed])


def check_enough(num_rows: int, fpr: float, where: str, is_detection: bool) -> None:
    """Refuses false positive rates that are finer than the negatives can show.

    Args:
        num_rows: how many negatives there are.
        fpr: the rate asked for, in (0, 1).
        where: what the negatives were looked for in, for the message.
        is_detection: whether they are non-faces, so that `--nonfaces` can give more.

    Raises:
        InputError: if not even one of them may be selected.
    """
    what, way = ("non-faces", "give more with --nonfaces") if is_detection else ("negatives", "add rows")
    if num_rows == 0:
        raise InputError(
            f"{where}: no {what}, which setting a threshold at a false positive rate needs; {way}, or fix "
            "the threshold with --threshold."
        )
    if num_allowed(num_rows, fpr) == 0:
        raise InputError(
            f"{where}: {num_rows:,} {what} are too few for --fpr={fpr:g}; expected at least "
            f"{math.ceil(1 / fpr):,}. Raise --fpr, {way}, or fix the threshold with --threshold."
        )


def logit(probability: float) -> float:
    """log(p / (1 - p)); minus and plus infinity at 0 and 1."""
    if probability <= 0.0 or probability >= 1.0:
        return math.inf if probability >= 1.0 else -math.inf
    return math.log(probability) - math.log1p(-probability)


def num_allowed(num_negatives: int, fpr: float) -> int:
    """The largest k with k / n <= fpr; floor(fpr n) alone is off where fpr n rounds down or up."""
    allowed = min(math.floor(fpr * num_negatives) + 1, num_negatives - 1)
    while allowed / num_negatives > fpr:
        allowed -= 1
    return allowed
