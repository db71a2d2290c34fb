"""What `results.json` has of models, of groups, of pairs of models and of runs."""

import math
from typing import Any

from facedebias.auditing.comparison import Comparison
from facedebias.auditing.findings import Division, GroupResult, ModelResult
from facedebias.auditing.runs import Runs, Spread
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.scoring import cutoffs
from facedebias.scoring.score_scale import LOGIT, PROBABILITY


def model_results(model: ModelResult) -> dict[str, Any]:
    """One model: overall, by group, and between groups."""
    main = model.main
    worst = main.worst.get("true_positive_rate")
    return {
        "path": model.path,
        "score_kind": model.kind,
        "threshold": _finite(model.threshold),
        # JSON knows no infinity, which --threshold 0 and 1 stand for.
        "threshold_logit": _threshold_logit(model),
        "group_thresholds": {
            group.name: _finite(value) for group, value in zip(main.groups, model.thresholds, strict=True)
        }
        if len(set(model.thresholds)) > 1
        else None,
        "num_rows": model.num_rows,
        "num_nonfaces": model.num_negatives,
        **_flat("fpr", model.overall["false_positive_rate"]),
        **_flat("overall_recall", model.overall["true_positive_rate"]),
        **_flat("mean_recall", main.means.get("true_positive_rate")),
        "worst_group": None
        if worst is None
        else {"name": worst.name, "recall": worst.value, "interval": _ends(worst.interval)},
        "worst_group_accuracy": _worst(main).get("accuracy"),
        **_flat("gap", _estimate(main.differences.get("equal_opportunity_difference"))),
        **_flat("variance", _estimate(main.differences.get("true_positive_rate_variance"))),
        "overall": {
            "n": model.num_rows,
            "effective_rows": model.effective_rows,
            **_metrics(model.overall),
        },
        **_division(main),
        "by_attribute": {division.label: _division(division) for division in model.marginals},
    }


def _division(division: Division) -> dict[str, Any]:
    return {
        "groups": {group.name: _group(group) for group in division.groups},
        "mean_of_groups": _metrics(dict(division.means)),
        "worst": _worst(division),
        "differences": {name: _between(figure) for name, figure in division.differences.items()},
        "compared_groups": list(division.compared["true_positive_rate"]),
        "small_groups": division.small,
        "notes": list(division.notes),
    }


def _worst(division: Division) -> dict[str, Any]:
    return {
        name: {"name": worst.name, "value": worst.value, "interval": _ends(worst.interval)}
        for name, worst in division.worst.items()
    }


def _group(group: GroupResult) -> dict[str, Any]:
    recall = group.metrics["true_positive_rate"]
    mean = group.metrics.get("mean_score")
    return {
        "n": group.num_rows,
        "effective_rows": group.effective_rows,
        "num_positives": group.num_positives,
        "num_found": group.num_found,
        "is_small": "true_positive_rate" in group.small_for,
        "small_for": list(group.small_for),
        "recall": recall.value if recall else None,
        "interval": _ends(recall.interval) if recall else None,
        "mean_probability": mean.value if mean else None,
        **_metrics(group.metrics),
        "p_values": {
            name: {"p_value": group.raw_p_values[name], "p_value_holm": p_value}
            for name, p_value in group.p_values.items()
        },
    }


def _metrics(metrics: dict[str, Estimate | None]) -> dict[str, Any]:
    return {key: value for name, estimate in metrics.items() for key, value in _flat(name, estimate).items()}


def _between(figure: Between) -> dict[str, Any]:
    return {
        "value": figure.value,
        "interval": _ends(figure.interval),
        "p_value": figure.p_value,
        "highest": figure.highest,
        "lowest": figure.lowest,
        "detectable": figure.detectable,
        "detectable_in": figure.detectable_in,
        "chance": figure.chance,
        "left_out": list(figure.left_out),
        "pairs": [
            {
                "higher": pair.higher,
                "lower": pair.lower,
                "difference": pair.difference,
                "p_value": pair.raw_p_value,
                "p_value_holm": pair.p_value,
            }
            for pair in figure.pairs
        ],
    }


def comparison_results(comparison: Comparison) -> dict[str, Any]:
    """Two models: how gaps between groups changed."""
    return {
        "before": comparison.before,
        "after": comparison.after,
        "rates": {
            name: {
                "gap_before": change.gap_before,
                "gap_after": change.gap_after,
                "change": change.change,
                "interval": _ends(change.interval),
                "p_value": change.p_value,
                "leveled_down": change.leveled_down,
                "is_leveling_down": change.is_leveling_down,
                "groups": {
                    group.name: {
                        "before": group.before,
                        "after": group.after,
                        "only_before": group.only_before,
                        "only_after": group.only_after,
                        "p_value": group.raw_p_value,
                        "p_value_holm": group.p_value,
                    }
                    for group in change.groups
                },
            }
            for name, change in comparison.rates.items()
        },
    }


def run_results(runs: Runs) -> dict[str, Any]:
    """Runs of one model: each figure's mean and spread."""

    def spreads(figures: dict[str, Spread]) -> dict[str, Any]:
        return {
            name: {"mean": s.mean, "standard_deviation": s.deviation, "values": list(s.values)}
            for name, s in figures.items()
        }

    return {
        "models": list(runs.models),
        "overall": spreads(runs.overall),
        "groups": {name: spreads(figures) for name, figures in runs.groups.items()},
        "worst": spreads(runs.worst),
        "differences": spreads(runs.differences),
    }


def _flat(name: str, estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {name: None, f"{name}_interval": None}
    return {name: estimate.value, f"{name}_interval": _ends(estimate.interval)}


def _estimate(figure: Between | None) -> Estimate | None:
    return None if figure is None or figure.value is None else Estimate(figure.value, figure.interval)


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _threshold_logit(model: ModelResult) -> float | None:
    if model.kind == LOGIT:
        return _finite(model.threshold_score)
    return _finite(cutoffs.logit(model.threshold)) if model.kind == PROBABILITY else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
