"""Computes what an audit finds about one model from its answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.findings import Division, GroupResult, ModelResult, Worst
from facedebias.auditing.inputs.groups import LEFT_OUT, Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.statistics import intervals, metrics, ranking, significance, support
from facedebias.auditing.statistics.between import BetweenGroups, Resampling
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.intervals import Estimate, Interval
from facedebias.auditing.statistics.metrics import METRICS, RATES, Counts, Rate
from facedebias.auditing.statistics.ranking import ScoredRows, ScoreFigures
from facedebias.auditing.thresholds import operating_points
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores

TESTED = ("true_positive_rate", "false_positive_rate", "accuracy", "selection_rate")
"""Rates of each group that are tested against those of the rest."""


@dataclass(frozen=True)
class Options:
    """What figures depend on beside the rows.

    Attributes:
        min_group: rows of the kind that a metric counts, e.g. positives for recall, below which a
            group is left out of the worst group and of figures between groups by that metric;
            effective rows if they are weighted.
        resampling: how much is drawn.
    """

    min_group: int = 30
    resampling: Resampling = Resampling()


def measure(
    scores: ModelScores,
    sample: Sample,
    divisions: tuple[Groups, ...],
    thresholds: np.ndarray,
    options: Options,
) -> ModelResult:
    """Computes every figure of a model.

    Args:
        scores: its answers.
        sample: the rows.
        divisions: the main division first, then those by one attribute each.
        thresholds: float `(num_groups,)`, of the main division's groups.
        options: see there.
    """
    main = divisions[0]
    selected = operating_points.decide(scores.scores, thresholds, main)
    counted = main.is_counted
    together = Groups((), ("all",), np.where(counted, 0, LEFT_OUT))
    labels = sample.labels[counted]
    (everyone,) = _divide(scores, sample, selected, together, options).groups
    return ModelResult(
        name=scores.name,
        path=scores.path,
        kind=scores.kind,
        thresholds=tuple(map(float, thresholds)),
        num_rows=len(labels),
        num_negatives=int(np.sum(~labels)),
        overall=everyone.metrics,
        main=_divide(scores, sample, selected, main, options),
        marginals=tuple(_divide(scores, sample, selected, other, options) for other in divisions[1:]),
        effective_rows=everyone.effective_rows,
    )


def _divide(
    scores: ModelScores, sample: Sample, selected: np.ndarray, groups: Groups, options: Options
) -> Division:
    counted, num_groups = groups.is_counted, len(groups.names)
    rows = ScoredRows(
        scores.scores[counted],
        None if scores.probabilities is None else scores.probabilities[counted],
        sample.labels[counted],
        groups.codes[counted],
        row_weights.part(sample.weights, counted),
    )
    rng = np.random.default_rng(options.resampling.seed)
    score_figures = ranking.measure(rows, num_groups, options.resampling.num_draws, rng)
    counts, rows_counted = count_both(sample, selected, groups)
    return figures_of(counts, groups, options, DISPARITIES, score_figures, rows_counted=rows_counted)


def count_both(sample: Sample, selected: np.ndarray, groups: Groups) -> tuple[Counts, Counts | None]:
    """Counts by weights, and the same of rows, whatever they weigh; None for these without weights."""
    rows = metrics.count(sample.labels, selected, groups.codes, len(groups.names))
    if sample.weights is None:
        return rows, None
    weighted = metrics.count(sample.labels, selected, groups.codes, len(groups.names), sample.weights)
    return weighted, rows


def figures_of(
    counts: Counts,
    groups: Groups,
    options: Options,
    disparities: Iterable[str],
    scores: ScoreFigures | None = None,
    tested: Sequence[str] = TESTED,
    rows_counted: Counts | None = None,
) -> Division:
    """The figures of one division from its counts, and those of its scores if they are given.

    Args:
        counts: `(num_groups,)`, as many rows as they are worth.
        groups: the division.
        options: see there.
        disparities: names of the figures between groups wanted.
        scores: of all groups.
        tested: rates of each group that are tested against the rest.
        rows_counted: int `(num_groups,)`, rows whatever they weigh; None if they have no weights.
    """
    between = BetweenGroups(groups.names, counts, scores, options.min_group, options.resampling, tested)
    small, num_groups = {}, len(groups.names)
    if num_groups > 1:
        small = support.small_groups(groups.names, support.sizes(counts, scores), options.min_group)
    compared = between.compared()
    return Division(
        attributes=groups.attributes,
        groups=_groups(counts, rows_counted, groups, scores, small, tested),
        means=_means(counts),
        worst=_worst(counts, scores, groups.names, compared if num_groups > 1 else None),
        differences=between.figures(disparities) if num_groups > 1 else {},
        compared=compared,
        small=small,
        notes=(*groups.notes, *support.notes(small, num_groups, options.min_group, rows_counted is not None)),
    )


def _groups(
    counts: Counts,
    rows_counted: Counts | None,
    groups: Groups,
    scores: ScoreFigures | None,
    small: Mapping[str, Mapping[str, float]],
    tested: Sequence[str],
) -> tuple[GroupResult, ...]:
    rows = rows_counted or counts
    raw = {name: significance.against_the_rest(counts, name) for name in tested}
    corrected = {name: significance.holm(values) for name, values in raw.items()}
    rates = rate_estimates(counts)
    of_scores = scores.estimates if scores else {}
    return tuple(
        GroupResult(
            name=name,
            num_rows=int(rows.total[group]),
            num_positives=int(rows.tp[group] + rows.fn[group]),
            num_found=int(rows.tp[group]),
            small_for=tuple(metric for metric, few in small.items() if name in few),
            metrics=rates[group] | {metric: values[group] for metric, values in of_scores.items()},
            p_values=significance.as_plain(corrected, group),
            raw_p_values=significance.as_plain(raw, group),
            effective_rows=None if rows_counted is None else float(counts.total[group]),
        )
        for group, name in enumerate(groups.names)
    )


def rate_estimates(counts: Counts) -> list[dict[str, Estimate | None]]:
    """Every rate of every group with Wilson's interval, a dictionary for each group."""
    found: list[dict[str, Estimate | None]] = [{} for _ in range(len(counts.tp))]
    for name, rate in RATES.items():
        sizes, hits = rate.asked(counts)
        low, high = intervals.wilson(hits, sizes)
        for group, (value, *ends) in enumerate(zip(rate(counts), low, high, strict=True)):
            estimate = Estimate(float(value), (float(ends[0]), float(ends[1])))
            found[group][name] = estimate if np.isfinite(value) else None
    return found


def overall_rates(sample: Sample, selected: np.ndarray, groups: Groups) -> dict[str, Estimate | None]:
    """Every rate over all rows that count, with Wilson's interval."""
    codes = np.where(groups.is_counted, 0, LEFT_OUT)
    return rate_estimates(metrics.count(sample.labels, selected, codes, 1, sample.weights))[0]


def _means(counts: Counts) -> dict[str, Estimate]:
    """Unweighted means of rates over the groups that have them."""
    found = {}
    for name, rate in RATES.items():
        sizes, hits = rate.asked(counts)
        hits, sizes = hits[sizes > 0], sizes[sizes > 0]
        if len(sizes):
            found[name] = Estimate(float(np.mean(hits / sizes)), intervals.mean_of_groups(hits, sizes))
    return found


def _worst(
    counts: Counts,
    scores: ScoreFigures | None,
    names: tuple[str, ...],
    compared: Mapping[str, tuple[str, ...]] | None,
) -> dict[str, Worst]:
    """The group that fares worst by each metric of which one end is better, among those compared."""
    values = {name: rate(counts) for name, rate in RATES.items()} | (scores.values if scores else {})
    found = {}
    for name in values:
        metric = METRICS[name]
        wanted = names if compared is None else compared[name]
        defined = np.array(
            [g for g in range(len(names)) if names[g] in wanted and np.isfinite(values[name][g])]
        )
        if metric.higher_is_better is None or not len(defined):
            continue
        group = defined[metrics.worst(values[name][defined], metric.higher_is_better)]
        interval = _worst_interval(metric, counts.take(defined)) if isinstance(metric, Rate) else None
        found[name] = Worst(names[group], float(values[name][group]), interval)
    return found


def _worst_interval(rate: Rate, counts: Counts) -> Interval:
    bound = intervals.lowest if rate.higher_is_better else intervals.highest
    sizes, hits = rate.asked(counts)
    return bound(hits, sizes)
