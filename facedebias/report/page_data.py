"""The figures of `report.html` at every threshold, as its script reads them."""

import math
from typing import Any

from facedebias.auditing.audit import Audit
from facedebias.auditing.comparison import Comparison, RateChange
from facedebias.auditing.findings import Division
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import METRICS, RATES, SCORE_METRICS
from facedebias.report import verdict
from facedebias.report.places import SHOWN, Place

DEFAULT_METRIC = "false_negative_rate"  # bars start at 0, and misses are small where a model is good
_DIGITS = 5


def figures(audit: Audit, shown: list[Place], own: int) -> dict[str, Any]:
    """What the page's script draws from.

    Args:
        audit: what was found.
        shown: the places of the slider.
        own: which of them is the audit's own.
    """
    first = audit.models[0]
    return {
        "own": own,
        "metric": DEFAULT_METRIC,
        "models": [model.name for model in audit.models],
        "places": [{"label": place.label, "value": place.value} for place in shown],
        "metrics": [{"name": metric.name, "label": metric.label} for metric in METRICS.values()],
        "figures": [{"name": d.name, "label": d.label} for d in DISPARITIES.values()],
        "divisions": [
            {
                "label": division.label,
                "groups": [
                    {
                        "name": g.name,
                        "n": g.num_rows,
                        "positives": g.num_positives,
                        "small": list(g.small_for),
                    }
                    for g in division.groups
                ],
            }
            for division in (first.main, *first.marginals)
        ],
        "at": [_at(audit, place) for place in shown],
        "widest": _widest(audit, shown),
        "changes": [[_pair(pair) for pair in place.comparisons] for place in shown],
        "scores": [
            [_score_figures(division) for division in (model.main, *model.marginals)]
            for model in audit.models
        ],
    }


def _at(audit: Audit, place: Place) -> list[dict[str, Any]]:
    """Every model at one place."""
    found = []
    for index, scores in enumerate(audit.scores):
        thresholds = sorted(set(place.thresholds[index].tolist()))
        text = f"{scores.kind} {thresholds[0]:.4g}"
        if len(thresholds) > 1:
            text = f"{scores.kind} {thresholds[0]:.4g} to {thresholds[-1]:.4g}, by group"
        given = place.thresholds[index].tolist() if len(thresholds) > 1 else thresholds
        found.append(
            {
                "threshold": text,
                # JSON knows no infinity; null stands for a threshold that nothing reaches.
                "thresholds": [
                    value if math.isfinite(value) else (None if value > 0 else -1e30) for value in given
                ],
                "overall": _triples(place.overall[index]),
                "divisions": [_division(scores.name, d) for d in place.divisions[index]],
            }
        )
    return found


def _widest(audit: Audit, shown: list[Place]) -> list[list[str]]:
    """Where the gap is widest, in a sentence for each model: by division."""

    def of(index: int, division: int) -> str:
        figures = [place.divisions[index][division] for place in shown]
        return verdict.widest_sentence(
            audit.scores[index].name, figures, lambda number: shown[number].where(audit, index)
        )

    return [
        [of(index, division) for index in range(len(audit.scores))]
        for division in range(len(shown[0].divisions[0]))
    ]


def _division(name: str, division: Division) -> dict[str, Any]:
    worst = division.worst.get("true_positive_rate")
    return {
        "groups": [_triples({k: group.metrics[k] for k in RATES}) for group in division.groups],
        "p": [_short(group.p_values["true_positive_rate"]) for group in division.groups],
        "worst": worst and {"name": worst.name, "value": _triple(Estimate(worst.value, worst.interval))},
        "differences": {name: _figure(division.differences.get(name)) for name in SHOWN},
        "sentence": verdict.model_sentence(name, division),
    }


def _score_figures(division: Division) -> dict[str, Any]:
    """What does not follow the slider, of the audit's own threshold."""
    return {
        "groups": [_triples({k: group.metrics[k] for k in SCORE_METRICS}) for group in division.groups],
        "differences": {
            name: _figure(figure) for name, figure in division.differences.items() if name not in SHOWN
        },
    }


def _pair(pair: Comparison) -> dict[str, Any]:
    return {
        "sentences": verdict.comparison_sentences(pair),
        "rates": {name: _rate_change(change) for name, change in pair.rates.items()},
    }


def _rate_change(change: RateChange) -> list[dict[str, Any]]:
    return [
        {"before": group.only_before, "after": group.only_after, "p": _short(group.p_value)}
        for group in change.groups
    ]


def _figure(figure: Between | None) -> list[float | None] | None:
    """Value, low, high, p, detectable, by chance."""
    if figure is None or figure.value is None:
        return None
    ends = figure.interval or (None, None)
    return [_short(x) for x in (figure.value, *ends, figure.p_value, figure.detectable, figure.chance)]


def _triples(metrics: dict[str, Estimate | None]) -> dict[str, list[float | None] | None]:
    return {name: _triple(estimate) for name, estimate in metrics.items()}


def _triple(estimate: Estimate | None) -> list[float | None] | None:
    if estimate is None:
        return None
    return [_short(x) for x in (estimate.value, *(estimate.interval or (None, None)))]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")
