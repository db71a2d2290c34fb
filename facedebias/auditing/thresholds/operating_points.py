"""Thresholds that a rule sets on a sample, and the other places a reader may want to see it at."""

import numpy as np

from facedebias.auditing.inputs.groups import SHARED, Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.scoring import cutoffs
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import LOGIT, SCORE
from facedebias.scoring.threshold_rule import FIXED, FPR, LOW_FPR, TPR, Rule

NUM_PLACES = 31


def check(rule: Rule, sample: Sample, groups: Groups) -> None:
    """Refuses rules that the sample has too few rows for.

    Raises:
        InputError: says which rows are missing.
    """
    if rule.kind == FIXED:
        return
    if rule.per_group and np.any(groups.codes == SHARED):
        raise InputError(
            f"{setting('per_group')}: the negatives of {sample.negatives} belong to no group, so that no "
            "group's own threshold could be judged on them. Use one threshold for all."
        )
    for index, part in enumerate(_deciding(rule, sample, groups)):
        size, where = int(part.sum()), sample.data if rule.kind == TPR else sample.negatives
        if rule.per_group:
            where = f"{where}, group {groups.names[index]}"
        if rule.kind == FPR:
            worth = None if sample.weights is None else row_weights.effective_size(sample.weights, part)
            cutoffs.check_enough(size, rule.values[0], where, sample.is_detection, worth)
        elif size == 0:
            raise InputError(
                f"{where}: no positives to set a threshold on by {setting('tpr')}; fix it with "
                f"{setting('threshold')}."
            )


def _deciding(rule: Rule, sample: Sample, groups: Groups) -> list[np.ndarray]:
    """Rows that set each threshold of a rule at a rate, bool `(n,)` each."""
    counted = groups.is_counted & (sample.labels if rule.kind == TPR else ~sample.labels)
    if not rule.per_group:
        return [counted]
    return [counted & (groups.codes == group) for group in range(len(groups.names))]


def _sizes(rule: Rule, sample: Sample, groups: Groups) -> list[float]:
    """How many rows set each threshold; effective ones if they are weighted."""
    return [row_weights.effective_size(sample.weights, part) for part in _deciding(rule, sample, groups)]


def num_passing(rule: Rule, sample: Sample, groups: Groups) -> list[int]:
    """Negatives, as many as they are worth, that may pass each threshold at a false positive rate."""
    return [cutoffs.num_allowed(cutoffs.whole(size), rule.values[0]) for size in _sizes(rule, sample, groups)]


def low_rule(rule: Rule, sample: Sample, groups: Groups) -> Rule | None:
    """The same rule at the lowest false positive rate that the negatives support, down to 0.1%.

    A rate is supported where at least one negative may pass each threshold.

    Returns:
        None if the rule is not at such a rate, or if no threshold lets fewer negatives pass.
    """
    if rule.kind != FPR:
        return None
    fewest = cutoffs.whole(min(_sizes(rule, sample, groups)))
    low = rule.at(cutoffs.supported_rate(fewest, LOW_FPR))
    if not 0.0 < low.values[0] < rule.values[0]:
        return None
    at_both = zip(num_passing(low, sample, groups), num_passing(rule, sample, groups), strict=True)
    return low if any(fewer < more for fewer, more in at_both) else None


def find(
    rule: Rule,
    model_index: int,
    scores: ModelScores,
    labels: np.ndarray,
    groups: Groups,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """A model's threshold in each group, in units of its scores, float64 `(num_groups,)`.

    Args:
        rule: how it is set.
        model_index: place of the model among those compared.
        scores: its answers.
        labels: bool `(n,)`.
        groups: the main division.
        weights: float `(n,)`, by which rates are weighted; None if all rows count the same.
    """
    value, num_groups = rule.value(model_index), len(groups.names)
    if rule.kind == FIXED:
        # As the scores hold it: 0.7 in 32 bits is a little less than 0.7.
        place = np.asarray(cutoffs.logit(value) if scores.kind == LOGIT else value)
        return np.full(num_groups, place.astype(scores.scores.dtype), float)
    counted = groups.is_counted & (labels if rule.kind == TPR else ~labels)
    set_at = cutoffs.threshold_at_tpr if rule.kind == TPR else cutoffs.threshold_at_fpr

    def of(rows: np.ndarray) -> float:
        return set_at(scores.scores[rows], value, row_weights.part(weights, rows))

    if not rule.per_group:
        return np.full(num_groups, of(counted))
    return np.array([of(counted & (groups.codes == group)) for group in range(num_groups)])


def decide(scores: np.ndarray, found: np.ndarray, groups: Groups) -> np.ndarray:
    """The decisions, bool `(n,)`: score at least the threshold of the row's group."""
    # Shared rows meet the first group's threshold, which is then everybody's.
    return scores >= found[np.maximum(groups.codes, 0)]


def describe(rule: Rule, sample: Sample, groups: Groups, models: list[ModelScores]) -> str:
    """The rule in words."""
    whom = "for each group of each model" if rule.per_group else "for each model"
    weighted = "" if row_weights.relative(sample.weights) is None else "weighted "
    if rule.kind == FPR:
        size = int(np.sum(groups.is_counted & ~sample.labels))
        what = "non-faces" if sample.is_detection else "negatives"
        what += ", each by its highest window" if sample.windows else ""
        return f"{whom}, {weighted}false positive rate at most {rule.values[0]:g} on {size:,} {what}"
    if rule.kind == TPR:
        size = int(np.sum(groups.is_counted & sample.labels))
        return f"{whom}, {weighted}true positive rate at least {rule.values[0]:g} on {size:,} positives"
    listed = ", ".join(f"{value:g}" for value in rule.values)
    subjects = sorted({"score" if model.kind == SCORE else "probability" for model in models})
    return f"fixed, {' or '.join(subjects)} at least {listed}"


def places(rule: Rule, models: list[ModelScores], sample: Sample, groups: Groups) -> list[float]:
    """Values to show the rule at, ascending, its own among them.

    Rates are spaced evenly on a logarithmic scale of errors, from one row's worth to a half;
    fixed thresholds follow the quantiles of all models' scores.
    """
    counted = groups.is_counted
    if rule.kind == FIXED:
        pooled = [m.scores if m.probabilities is None else m.probabilities for m in models]
        spread = np.quantile(
            np.concatenate([p[counted] for p in pooled]), np.linspace(0.01, 0.99, NUM_PLACES)
        )
        if any(model.probabilities is not None for model in models):
            spread = np.concatenate([spread[::2], np.linspace(0.05, 0.95, 19)])
        return sorted({*rule.values, *np.round(spread, 4).tolist()})
    sizes = _sizes(rule, sample, groups)
    errors = [float(f"{e:.3g}") for e in np.geomspace(min(0.5, 1.05 / min(sizes)), 0.5, NUM_PLACES)]
    return sorted({rule.values[0], *(errors if rule.kind == FPR else [1 - error for error in errors])})
