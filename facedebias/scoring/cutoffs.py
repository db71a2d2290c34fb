"""Where a score becomes a decision: a row is selected where its score is at least a threshold."""

import math

import numpy as np

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.scoring.weights import relative

ROUGH = 10
"""Negatives that may pass, below which they are so few that another sample would set another threshold."""

_ROUNDING = 1e-9  # of sums of weights, which must not decide on a row


def threshold_at_fpr(negative_scores: np.ndarray, fpr: float, weights: np.ndarray | None = None) -> float:
    """The smallest threshold that keeps the false positive rate at or below `fpr`.

    With the n scores in falling order s_1 >= s_2 >= ... and k = floor(fpr n) of them allowed
    to pass, the threshold is the next number above s_(k+1): whatever ties with s_(k+1) fails
    with it, so that never more than k negatives have s >= threshold.

    Logits are better here than probabilities, which saturate: float32 makes 1 of every logit
    above 17.

    With weights the rate is the weighted one, and k the largest number whose weights make up no
    more than `fpr` of all.

    Args:
        negative_scores: float `(n,)`, n >= 1, finite.
        fpr: false positive rate, in [0, 1).
        weights: float `(n,)`, above 0; None if all negatives count the same.

    Returns:
        The threshold, a number that the scores' own dtype represents exactly. In another
        precision it would round back to s_(k+1) and let the ties pass.
    """
    weights = relative(weights)
    if weights is None:
        allowed = num_allowed(len(negative_scores), fpr)
    else:
        passing = _weight_from_top(negative_scores, weights)
        allowed = int(np.searchsorted(passing[:-1], fpr + _ROUNDING, side="right"))
    # Ascending order, so s_(k+1) is k+1 places from the end.
    best_refused = np.sort(negative_scores)[-1 - allowed]
    return float(np.nextafter(best_refused, np.array(np.inf, negative_scores.dtype)))


def threshold_at_tpr(positive_scores: np.ndarray, tpr: float, weights: np.ndarray | None = None) -> float:
    """The largest threshold that keeps the true positive rate at or above `tpr`.

    With the n scores in falling order it is s_k, where k is the smallest number with
    k / n >= tpr; with weights, whose weights make up at least `tpr` of all.

    Args:
        positive_scores: float `(n,)`, n >= 1, finite.
        tpr: true positive rate, in (0, 1].
        weights: float `(n,)`, above 0; None if all positives count the same.
    """
    size, weights = len(positive_scores), relative(weights)
    if weights is not None:
        passing = _weight_from_top(positive_scores, weights)
        num_needed = 1 + int(np.searchsorted(passing[:-1], tpr - _ROUNDING))
        return float(np.sort(positive_scores)[-num_needed])
    num_needed = max(1, math.ceil(tpr * size) - 1)
    while num_needed / size < tpr:  # the product rounds
        num_needed += 1
    return float(np.sort(positive_scores)[-num_needed])


def _weight_from_top(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of all weight that the k highest scores have, float64 `(n,)`, for k = 1, 2, ..."""
    sums = np.cumsum(weights[np.argsort(-scores, kind="stable")])
    return sums / sums[-1]


def check_enough(
    num_rows: int, fpr: float, where: str, is_detection: bool, effective: float | None = None
) -> None:
    """Refuses false positive rates that are finer than the negatives can show.

    Args:
        num_rows: how many negatives there are.
        fpr: the rate asked for, in (0, 1).
        where: what the negatives were looked for in, for the message.
        is_detection: whether they are non-faces, so that `--nonfaces` can give more.
        effective: as how many they count by their weights, their effective sample size; None
            without weights.

    Raises:
        InputError: if not even one of them may be selected; of weighted rows, if not one of as many
            as they count as may be.
    """
    what, way = (
        ("non-faces", f"give more with {setting('nonfaces')}") if is_detection else ("negatives", "add rows")
    )
    if num_rows == 0:
        raise InputError(
            f"{where}: no {what}, which setting a threshold at a false positive rate needs; {way}, or fix "
            f"the threshold with {setting('threshold')}."
        )
    worth = num_rows if effective is None else whole(effective)
    if num_allowed(worth, fpr) == 0:
        weighed = "" if worth == num_rows else f" count as {worth:,} by their weights, which"
        raise InputError(
            f"{where}: {num_rows:,} {what}{weighed} are too few for {setting('fpr', fpr)}; expected at least "
            f"{math.ceil(1 / fpr):,}. Raise {setting('fpr')}, {way}, or fix the threshold with "
            f"{setting('threshold')}."
        )


def logit(probability: float) -> float:
    """log(p / (1 - p)); minus and plus infinity at 0 and 1."""
    if probability <= 0.0 or probability >= 1.0:
        return math.inf if probability >= 1.0 else -math.inf
    return math.log(probability) - math.log1p(-probability)


def whole(effective: float) -> int:
    """Rows that an effective sample size is worth."""
    return math.floor(effective + _ROUNDING)


def supported_rate(num_negatives: int, rate: float) -> float:
    """The lowest false positive rate from `rate` up at which at least one negative may pass.

    It is `rate`, or that of one negative where `rate` is less than one. A single negative supports
    no rate but 0.
    """
    return max(rate, 1.0 / num_negatives) if num_negatives > 1 else 0.0


def num_allowed(num_negatives: int, fpr: float) -> int:
    """The largest k with k / n <= fpr; floor(fpr n) alone is off where fpr n rounds down or up."""
    allowed = min(math.floor(fpr * num_negatives) + 1, num_negatives - 1)
    while allowed / num_negatives > fpr:
        allowed -= 1
    return allowed
