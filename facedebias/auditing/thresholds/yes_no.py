"""Models that answer only yes or no, or whose scores tie: no threshold lies between equal scores."""

import math

import numpy as np

from facedebias.auditing.inputs.groups import Groups
from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.scoring.cutoffs import num_allowed, threshold_at_fpr
from facedebias.scoring.model_scores import ModelScores, sigmoid
from facedebias.scoring.score_scale import LOGIT, SCORE
from facedebias.scoring.threshold_rule import FIXED, FPR, TPR, Rule

# Of rules: the rate, whose it is, and the setting that asks for it.
_RATES = {
    FPR: ("false positive rate", "negatives", "fpr"),
    TPR: ("true positive rate", "positives", "tpr"),
}


def check(
    rule: Rule, scores: ModelScores, labels: np.ndarray, groups: Groups, weights: np.ndarray | None = None
) -> str:
    """Refuses a rate that a model of two answers does not have.

    A threshold between its answers decides as the model does. Any other selects all rows or none.

    Args:
        rule: how thresholds are set.
        scores: of a model.
        labels: bool `(n,)`.
        groups: those that thresholds are set for, and the rows that count.
        weights: float `(n,)`, how much each row counts; None if all count the same.

    Returns:
        What a reader must know of such a model; empty of others, and where the threshold is given.

    Raises:
        InputError: if its rate does not meet the one asked for.
    """
    low, high = scores.scores.min(), scores.scores.max()
    if not has_two_answers(scores):
        return _told_of_ties(rule, scores, groups.is_counted & ~labels, weights)
    if low == high:
        return (
            f"model {scores.name} answers {low:g} for every row, so it tells none apart; check the scores, "
            "or how the model was asked."
        )
    if rule.kind == FIXED:
        return ""
    rate_name, whom, flag = _RATES[rule.kind]
    counted = groups.is_counted & (~labels if rule.kind == FPR else labels)
    answers = f"answers only {low:g} or {high:g}, so"
    for where, part in _parts(rule, counted, groups).items():
        rate, counts = _rate(scores.scores == high, part, weights, whom)
        if (rate > rule.values[0]) if rule.kind == FPR else (rate < rule.values[0]):
            raise InputError(
                f"{scores.path}: {answers} no threshold sets its {rate_name}{where}: it is {counts}, and "
                f"{setting(flag, rule.values[0])} asks for {rule.values[0]:.1%}. "
                f"{_ways_out(scores, flag, None if where else rate, low, high)}"
            )
    _, counts = _rate(scores.scores == high, counted, weights, whom)
    return f"model {scores.name} {answers} its {rate_name} is {counts} whatever {setting(flag)} asks."


def has_two_answers(scores: ModelScores) -> bool:
    """Whether a model gives at most two different scores."""
    values = scores.scores
    return bool(np.all((values == values.min()) | (values == values.max())))


def _told_of_ties(rule: Rule, scores: ModelScores, counted: np.ndarray, weights: np.ndarray | None) -> str:
    """A note where so many negatives tie that the rate is less than half of what was asked for."""
    if rule.kind != FPR or rule.per_group:
        return ""
    negatives, asked = scores.scores[counted], rule.values[0]
    own = None if weights is None else weights[counted]
    found = threshold_at_fpr(negatives, asked, own)
    size, rate = len(negatives), float(np.average(negatives >= found, weights=own))
    # Of few negatives a whole number passes, which may be less than was asked for.
    if rate >= (num_allowed(size, asked) / size if own is None else asked) / 2:
        return ""
    highest = negatives[negatives < found].max()
    num_tied = int(np.sum(negatives == highest))
    if num_tied < 2:  # a single one of much weight
        return ""
    return (
        f"{num_tied:,} of {size:,} negatives have the same score from "
        f"{scores.name}, {highest:g}, so its false positive rate is {rate:.1%} and not {asked:.1%}: "
        "no threshold lies between equal scores."
    )


def _parts(rule: Rule, counted: np.ndarray, groups: Groups) -> dict[str, np.ndarray]:
    """Where the rate must hold, as messages say it, and the rows that it is of."""
    if not rule.per_group:
        return {"": counted}
    return {f" in {name}": counted & (groups.codes == code) for code, name in enumerate(groups.names)}


def _rate(is_yes: np.ndarray, part: np.ndarray, weights: np.ndarray | None, whom: str) -> tuple[float, str]:
    """A rate among some rows, and how it came about."""
    count, size = int(is_yes[part].sum()), int(part.sum())
    if weights is None:
        return count / size, f"{count / size:.1%} ({count:,} of {size:,} {whom})"
    rate = float(np.average(is_yes[part], weights=weights[part]))
    return rate, f"{rate:.1%} by weight ({count:,} of {size:,} {whom})"


def _ways_out(scores: ModelScores, flag: str, rate: float | None, low: np.floating, high: np.floating) -> str:
    found = f"Audit it as it decides with {setting('threshold', _between(scores, low, high))}"
    if rate is not None:
        # Rounded to where the rate is still met.
        rounded = math.ceil(rate * 1e4) / 1e4 if flag == "fpr" else math.floor(rate * 1e4) / 1e4
        found += f", or all models at its rate with {setting(flag, rounded)}" if 0 < rounded < 1 else ""
    if scores.other_outputs:
        names = ", ".join(repr(name) for name in scores.other_outputs)
        return f"{found}, or name an output that gives scores with {setting('output_name')}: {names}."
    return f"{found}, or give its scores in place of its decisions."


def _between(scores: ModelScores, low: np.floating, high: np.floating) -> float:
    """A value of `--threshold` that tells the two answers apart, 0.5 if it does."""
    if scores.kind == SCORE:
        return float(low + high) / 2
    ends = sigmoid(np.array([low, high], np.float64)) if scores.kind == LOGIT else np.array([low, high])
    return 0.5 if ends[0] < 0.5 <= ends[1] else float(ends.mean())
