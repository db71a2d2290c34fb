"""What scores are: probabilities, percentages, logits or other numbers, told or plain from their values."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError

LOGIT, PROBABILITY, PERCENT, SCORE = "logit", "probability", "percent", "score"
SCORE_KINDS = (LOGIT, PROBABILITY, PERCENT, SCORE)
RANKED = "ranked"
"""Asked for in place of a kind where thresholds are set at a rate: the order of scores is then enough."""

_ROUNDING = 1e-6  # what sums and products in float32 miss 0 or 1 by
_LARGEST_LOGIT = 1000.0
_MOST_INSIDE = 0.9  # share of logits that may lie from 0 to 1
_FEW = 10


@dataclass(frozen=True)
class Scale:
    """Scores on a scale that thresholds can be compared with.

    Attributes:
        kind: `LOGIT`, `PROBABILITY` or `SCORE`; percentages have become probabilities.
        scores: float `(n,)`.
        note: what was done to them, without the model's name; empty for nothing.
    """

    kind: str
    scores: np.ndarray
    note: str = ""


def find_scale(path: str, scores: np.ndarray, kind: str | None, locate: Callable[[int], str]) -> Scale:
    """Checks scores against their kind, or finds a kind that is plain.

    Values from 0 to 1 are plainly probabilities. Plainly logits are values below -1 and above 1, most
    of them outside [0, 1]. All others may be anything, as percentages, ratings or distances.

    Args:
        path: of the model or file, for messages.
        scores: float `(n,)`, finite.
        kind: one of `SCORE_KINDS`, None to find it, or `RANKED` to find it or else take any number.
        locate: names a row.

    Raises:
        InputError: if a score does not fit its kind, or no kind is plain and one is needed.
    """
    if kind == LOGIT and scores.min() >= 0 and scores.max() <= 1:
        said = f"but were taken for logits as {setting('output_kind')} says"
        note = f"they lie from 0 to 1, as probabilities do, {said}"
        return Scale(kind, scores, note)
    if kind in {LOGIT, SCORE}:
        return Scale(kind, scores)
    if kind == PERCENT:
        scale = _clipped(scores / 100)
        if scale is None:
            raise InputError(_outside(path, scores, 100, locate, "a percentage"))
        divided = "percentages were divided by 100"
        return Scale(PROBABILITY, scale.scores, f"{divided}, and {scale.note}" if scale.note else divided)
    scale = _clipped(scores)
    if scale is not None:
        return scale
    if kind == PROBABILITY:
        raise InputError(_outside(path, scores, 1, locate, "a probability"))
    if _plainly_logits(scores):
        return Scale(LOGIT, scores)
    if kind == RANKED:
        run = f"they run from {scores.min():g} to {scores.max():g}, which does not show what they are"
        return Scale(SCORE, scores, f"{run}; only their order was used ({setting('output_kind')} names it)")
    raise InputError(_question(path, scores, locate))


def check_threshold(value: float, kind: str | None) -> None:
    """Refuses a threshold that does not fit the kind of scores.

    Args:
        value: as `--threshold` gave it: in percent for `PERCENT`, else a probability or a score.
        kind: one of `SCORE_KINDS`, or None.

    Raises:
        InputError: if it does not fit.
    """
    given = setting("threshold", value)
    if kind == SCORE:
        if not math.isfinite(value):
            raise InputError(f"{given}: expected a finite score.")
    elif kind == PERCENT:
        if 0 < value <= 1:
            raise InputError(
                f"{given}: is in percent with {_kind(PERCENT)}, where 50 is half. Give {100 * value:g}, or "
                f"probabilities and {_kind(PROBABILITY)}."
            )
        if not 0 <= value <= 100:
            raise InputError(f"{given}: expected a percentage from 0 to 100.")
    elif not 0 <= value <= 1:
        raise InputError(
            f"{given}: expected a probability from 0 to 1. For percentages give {_kind(PERCENT)}, for other "
            f"scores {_kind(SCORE)}."
        )


def as_compared(threshold: float, kind: str | None) -> float:
    """The threshold as a probability where it was given in percent, else as it is."""
    return threshold / 100 if kind == PERCENT else threshold


def _clipped(scores: np.ndarray) -> Scale | None:
    """Probabilities; None if a score lies farther from [0, 1] than rounding explains."""
    beyond = np.maximum(scores - 1, -scores)
    # float32 has no number nearer to 1 + 1e-6 than 6e-8.
    if not np.all(beyond <= _ROUNDING + 1e-7):
        return None
    num_outside = int(np.sum(beyond > 0))
    if not num_outside:
        return Scale(PROBABILITY, scores)
    who = "1 score was" if num_outside == 1 else f"{num_outside:,} scores were"
    note = f"{who} outside 0 to 1 by rounding (at most {beyond.max():.1g}) and clipped"
    return Scale(PROBABILITY, np.clip(scores, 0, 1), note)


def _plainly_logits(scores: np.ndarray) -> bool:
    low, high = float(scores.min()), float(scores.max())
    if not (low < -1 and high > 1 and max(-low, high) <= _LARGEST_LOGIT):
        return False
    # One negative number among many others is a mark of rows without an answer, as -9 or -999.
    negative = np.unique(scores[scores < 0])
    if len(negative) == 1 and len(np.unique(scores)) > _FEW:
        return False
    return float(np.mean((scores >= 0) & (scores <= 1))) <= _MOST_INSIDE


def _outside(path: str, scores: np.ndarray, limit: int, locate: Callable[[int], str], what: str) -> str:
    row = int(np.argmax((scores < -_ROUNDING) | (scores > limit + _ROUNDING)))
    return (
        f"{path}: gives {scores[row]:.8g} for {locate(row)}; {what} lies from 0 to {limit}. If these are "
        f"something else, say so with {setting('output_kind')}."
    )


def _question(path: str, scores: np.ndarray, locate: Callable[[int], str]) -> str:
    low, high = float(scores.min()), float(scores.max())
    outside = (scores < -_ROUNDING) | (scores > 1 + _ROUNDING)
    if np.mean(outside) <= 1 - _MOST_INSIDE:
        row = int(np.argmax(outside))
        lie = "lies" if outside.sum() == 1 else "lie"
        return (
            f"{path}: {outside.sum():,} of {len(scores):,} scores {lie} outside 0 to 1, farther than "
            f"rounding explains (first {scores[row]:.8g}, {locate(row)}). Repair them, or say {_choices()}"
        )
    if len(answers := np.unique(scores)) <= 2 and len(scores) > _FEW:
        held = " or ".join(f"{answer:g}" for answer in answers)
        return (
            f"{path}: every score is {held}. Write decisions as 1 for positive and 0 for negative, or say "
            f"{_choices()}"
        )
    run = f"{path}: scores run from {low:g} to {high:g}"
    if low >= 0 and 10 < high <= 100:
        return f"{run}; are they percent? Say {_choices()}"
    return f"{run}, which does not show what they are. Say {_choices()}"


def _choices() -> str:
    thresholds = f"{setting('threshold')}, {setting('fpr')} or {setting('tpr')}"
    return (
        f"what scores are with {setting('output_kind')}: probability (0 to 1), percent (0 to 100), logit (0 "
        f"is even) or score (others, with {thresholds})."
    )


def _kind(kind: str) -> str:
    return setting("output_kind", kind)
