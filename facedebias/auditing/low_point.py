"""A second operating point beside that of an audit: the lowest false positive rate that negatives support."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from facedebias.auditing import measuring
from facedebias.auditing.findings import ModelResult
from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.measuring import Options
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.thresholds import operating_points, yes_no
from facedebias.scoring.cutoffs import ROUGH
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.threshold_rule import Rule, in_percent
from facedebias.text import counted

RECALL = "true_positive_rate"
FIGURES = tuple(name for name, disparity in DISPARITIES.items() if disparity.metrics == (RECALL,))
"""Figures between groups at this point: those of recall."""


@dataclass(frozen=True)
class LowPoint:
    """Every model at one low false positive rate.

    Attributes:
        rule: how thresholds were set there.
        threshold_rule: the same in words.
        num_passing: negatives that may pass a threshold, as many as they are worth by their weights; with
            a threshold for each group, in the group with the fewest.
        models: results by model, of its rates, and between groups of its recall; no score metrics, and
            no division but the main one.
        notes: what a reader must know.
    """

    rule: Rule
    threshold_rule: str
    num_passing: int
    models: tuple[ModelResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """The false positive rate, the same for all models."""
        return self.rule.values[0]

    @property
    def title(self) -> str:
        """E.g. "At 0.1% false positives"."""
        return f"At {in_percent(self.rate)} false positives"

    @property
    def is_rough(self) -> bool:
        """Whether so few negatives may pass that others would set another threshold."""
        return self.num_passing < ROUGH


def measure(
    rule: Rule,
    scores: Sequence[ModelScores],
    sample: Sample,
    groups: Groups,
    results: Sequence[ModelResult],
    options: Options,
) -> LowPoint | None:
    """Computes the rates of every model at the low point.

    Args:
        rule: of the audit.
        scores: each model's answers.
        sample: the rows.
        groups: the main division.
        results: what was found of each model at the audit's own point.
        options: see there.

    Returns:
        None if there is no such point: the rule is not at a false positive rate, the negatives support none
        below it, or a model answers only yes or no.
    """
    low = operating_points.low_rule(rule, sample, groups)
    if low is None or any(map(yes_no.has_two_answers, scores)):
        return None
    num_passing = min(operating_points.num_passing(low, sample, groups))
    ties = [yes_no.check(low, model, sample.labels, groups, sample.weights) for model in scores]
    return LowPoint(
        rule=low,
        threshold_rule=operating_points.describe(low, sample, groups, list(scores)),
        num_passing=num_passing,
        models=tuple(
            _model(low, index, model, sample, groups, result, options)
            for index, (model, result) in enumerate(zip(scores, results, strict=True))
        ),
        notes=(*_roughness(low, num_passing, sample), *filter(None, ties)),
    )


def _model(
    rule: Rule,
    index: int,
    scores: ModelScores,
    sample: Sample,
    groups: Groups,
    result: ModelResult,
    options: Options,
) -> ModelResult:
    found = operating_points.find(rule, index, scores, sample.labels, groups, sample.weights)
    selected = operating_points.decide(scores.scores, found, groups)
    counts, rows_counted = measuring.count_both(sample, selected, groups)
    return replace(
        result,
        thresholds=tuple(map(float, found)),
        overall=measuring.overall_rates(sample, selected, groups),
        main=measuring.figures_of(
            counts, groups, options, FIGURES, tested=(RECALL,), rows_counted=rows_counted
        ),
        marginals=(),
    )


def _roughness(rule: Rule, num_passing: int, sample: Sample) -> list[str]:
    """A warning where few negatives decide."""
    if num_passing >= ROUGH:
        return []
    what = "non-face" if sample.is_detection else "negative"
    where = " in the group with the fewest" if rule.per_group else ""
    return [
        f"at most {counted(num_passing, what)} may pass at {in_percent(rule.values[0])}{where}. So few "
        f"decide the threshold that it is rough: other {what}s would set another. Intervals hold it fixed."
    ]
