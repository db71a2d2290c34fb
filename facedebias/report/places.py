"""The audit at every place of the threshold that the page's slider can take."""

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from facedebias.auditing import comparison, measuring
from facedebias.auditing.audit import Audit
from facedebias.auditing.comparison import Comparison
from facedebias.auditing.findings import Division
from facedebias.auditing.inputs.groups import Groups, divide
from facedebias.auditing.measuring import Options
from facedebias.auditing.statistics.between import Resampling
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import RATES
from facedebias.auditing.thresholds import operating_points
from facedebias.scoring.cutoffs import ROUGH
from facedebias.scoring.threshold_rule import FIXED, FPR, TPR, Rule, in_percent
from facedebias.text import counted

SHOWN = tuple(name for name, disparity in DISPARITIES.items() if disparity.metrics[0] in RATES)
"""Figures between groups that follow the slider."""

AXES = {FIXED: "score", FPR: "false positive rate", TPR: "true positive rate"}
"""What a rule's value is called."""

_NUM_DRAWS = 200  # at the places that are no operating points of the audit


@dataclass(frozen=True)
class Place:
    """Every model at one place of the rule.

    Attributes:
        label: of the place, e.g. "1%".
        value: the rate, or the threshold as a probability.
        thresholds: of each model, in units of its scores, `(num_groups,)` each.
        overall: of each model: rate -> value.
        divisions: of each model: the main division, then the marginal ones.
        comparisons: of each further model with the first.
    """

    label: str
    value: float
    thresholds: tuple[np.ndarray, ...]
    overall: tuple[dict[str, Estimate | None], ...]
    divisions: tuple[tuple[Division, ...], ...]
    comparisons: tuple[Comparison, ...]

    def where(self, audit: Audit, index: int) -> str:
        """The place in words, with the false positive rate of a model there if it has one.

        Args:
            audit: whose place it is.
            index: of the model in it.
        """
        if audit.rule.kind == FPR:
            few = min(operating_points.num_passing(audit.rule.at(self.value), audit.sample, audit.groups))
            rough = f" ({counted(few, 'negative')} may pass)" if few < ROUGH else ""
            return f"a false positive rate of {in_percent(self.value)}{rough}"
        reached = self.overall[index]["false_positive_rate"]
        if reached is None:
            return self.label
        return f"a false positive rate of {in_percent(reached.value)} ({self.label})"


def all_groups(audit: Audit) -> tuple[Groups, ...]:
    """The main division and those by one attribute each."""
    names = audit.groups.attributes
    return (audit.groups, *(divide(audit.sample, (name,)) for name in names if len(names) > 1))


def compute(audit: Audit, show_progress: bool) -> tuple[list[Place], int]:
    """Computes the rates and the figures between groups at every place.

    Returns:
        The places, ascending, and the number of the audit's own.
    """
    values = operating_points.places(audit.rule, list(audit.scores), audit.sample, audit.groups)
    if audit.low:
        values = sorted({*values, audit.low.rate})
    divisions = all_groups(audit)
    bar = tqdm(values, "thresholds", unit="place", disable=None if show_progress else True)
    own = values.index(audit.rule.values[0])
    return [_place(audit, value, divisions, value == values[own]) for value in bar], own


def _place(audit: Audit, value: float, divisions: tuple[Groups, ...], is_own: bool) -> Place:
    # At its own place every model keeps its own value, should they differ.
    rule = audit.rule if is_own else audit.rule.at(value)
    resampling = audit.options.resampling
    if not is_own and not (audit.low and value == audit.low.rate):
        resampling = Resampling(min(_NUM_DRAWS, resampling.num_draws), resampling.seed)
    options = Options(audit.options.min_group, resampling)
    found, decisions = [], []
    for index, scores in enumerate(audit.scores):
        weights = audit.sample.weights
        found.append(operating_points.find(rule, index, scores, audit.sample.labels, audit.groups, weights))
        decisions.append(operating_points.decide(scores.scores, found[-1], audit.groups))
    results = [tuple(_division(audit, selected, d, options) for d in divisions) for selected in decisions]
    main = audit.groups
    return Place(
        label=label(rule, value),
        value=value,
        thresholds=tuple(found),
        overall=tuple(measuring.overall_rates(audit.sample, s, audit.groups) for s in decisions),
        divisions=tuple(results),
        comparisons=tuple(
            comparison.compare(
                (audit.scores[0].name, audit.scores[index].name),
                audit.sample.labels,
                (decisions[0], decisions[index]),
                main.codes,
                main.names,
                results[index][0].compared,
                (resampling.num_draws, resampling.seed),
                weights=audit.sample.weights,
            )
            for index in range(1, len(decisions))
        ),
    )


def label(rule: Rule, value: float) -> str:
    """A place as people read it."""
    return f"{AXES[rule.kind]} {value:.4g}"


def _division(audit: Audit, selected: np.ndarray, groups: Groups, options: Options) -> Division:
    counts, rows_counted = measuring.count_both(audit.sample, selected, groups)
    tested = ("true_positive_rate",)
    return measuring.figures_of(counts, groups, options, SHOWN, tested=tested, rows_counted=rows_counted)
