"""Where a score becomes a decision: a face is reported where the logit is at least a threshold."""

import math

import numpy as np

from facedebias.errors import InputError


def threshold_at_fpr(nonface_logits: np.ndarray, fpr: float) -> float:
    """The smallest threshold that keeps the false positive rate at or below `fpr`.

    With the n logits in falling order s_1 >= s_2 >= ... and k = floor(fpr n) of them allowed
    to pass, the threshold is the next number above s_(k+1): whatever ties with s_(k+1) fails
    with it, so that never more than k non-faces have s >= threshold.

    Logits are used because probabilities saturate: float32 makes 1 of every logit above 17.

    Args:
        nonface_logits: float `(n,)`, n >= 1, finite.
        fpr: false positive rate, in [0, 1).

    Returns:
        The threshold, a number that the logits' own dtype represents exactly. In another
        precision it would round back to s_(k+1) and let the ties pass.
    """
    num_allowed = _num_allowed(len(nonface_logits), fpr)
    # Ascending order, so s_(k+1) is k+1 places from the end.
    best_refused = np.sort(nonface_logits)[-1 - num_allowed]
    return float(np.nextafter(best_refused, np.array(np.inf, nonface_logits.dtype)))


def check_enough_nonfaces(num_nonfaces: int, fpr: float, where: str) -> None:
    """Refuses false positive rates that are finer than the non-faces can show.

    Args:
        num_nonfaces: how many there are.
        fpr: the rate asked for, in (0, 1).
        where: what the non-faces were looked for in, for the message.

    Raises:
        InputError: if not even one of them may be taken for a face.
    """
    if num_nonfaces == 0:
        raise InputError(
            f"{where}: no non-faces, which setting a threshold at a false positive rate needs; give some "
            "with --nonfaces, or fix the threshold with --threshold."
        )
    if _num_allowed(num_nonfaces, fpr) == 0:
        raise InputError(
            f"{where}: {num_nonfaces:,} non-faces are too few for --fpr={fpr:g}; expected at least "
            f"{math.ceil(1 / fpr):,}. Give more with --nonfaces, raise --fpr or fix --threshold."
        )


def logit(probability: float) -> float:
    """log(p / (1 - p)); minus and plus infinity at 0 and 1."""
    if probability in (0.0, 1.0):
        return math.inf if probability else -math.inf
    return math.log(probability) - math.log1p(-probability)


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


def _num_allowed(num_nonfaces: int, fpr: float) -> int:
    """The largest k with k / n <= fpr; floor(fpr n) alone is off where fpr n rounds down or up."""
    num_allowed = min(math.floor(fpr * num_nonfaces) + 1, num_nonfaces - 1)
    while num_allowed / num_nonfaces > fpr:
        num_allowed -= 1
    return num_allowed
