"""`results.json`: an audit for programs; docs/results-json.md describes every field."""

import dataclasses
import math
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.auditing.audit import Audit
from facedebias.auditing.comparison import Comparison
from facedebias.auditing.findings import Division, GroupResult, ModelResult
from facedebias.auditing.inputs.excluded_facts import ExcludedFacts
from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.auditing.inputs.window_facts import WindowFacts
from facedebias.auditing.runs import Runs, Spread
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.suspects import Suspects
from facedebias.scoring import cutoffs
from facedebias.scoring.score_scale import LOGIT, PROBABILITY

SCHEMA_VERSION = 2


def as_json(audit: Audit) -> dict[str, Any]:
    """Plain values; fractions from 0 to 1, variances in %^2."""
    return {
        "schema_version": SCHEMA_VERSION,
        "data": audit.sample.data,
        "data_sha256": audit.sample.sha256 or _sha256(audit.sample.data),
        "nonfaces": audit.sample.negatives,
        "nonfaces_sha256": audit.sample.sha256 or _sha256(audit.sample.negatives),
        "split": audit.split,
        "groups": list(audit.groups.attributes),
        "threshold_rule": audit.threshold_rule,
        "windows": _windows(audit.sample.windows),
        "target": _target(audit.sample.target),
        "min_group": audit.options.min_group,
        "num_draws": audit.options.resampling.num_draws,
        "seed": audit.options.resampling.seed,
        "models": {model.name: _model(model) for model in audit.models},
        "comparisons": [_comparison(comparison) for comparison in audit.comparisons],
        "runs": {runs.name: _runs(runs) for runs in audit.runs},
        "gate": [
            {
                "condition": str(verdict.condition),
                "model": verdict.model,
                "passed": verdict.passed,
                "sentence": verdict.sentence,
            }
            for verdict in audit.verdicts
        ],
        "suspects": _suspects(audit.suspects),
        "exclude": _excluded(audit.sample.excluded),
        "notes": list(audit.notes),
        **provenance.provenance(),
    }


def _windows(windows: WindowFacts | None) -> dict[str, Any] | None:
    if windows is None:
        return None

    def spread(counts: tuple[int, int, int] | None) -> dict[str, int] | None:
        return None if counts is None else dict(zip(("min", "median", "max"), counts, strict=True))

    return {
        "sizes": list(windows.sizes),
        "stride": windows.stride,
        "per_portrait": spread(windows.positives),
        "per_nonface": spread(windows.negatives),
        "nonfaces_enlarged": windows.enlarged,
    }


def _suspects(found: Suspects) -> dict[str, int]:
    counts = {"num_negatives": found.count(False), "num_positives": found.count(True)}
    return {**counts, "num_listed": len(found.listed().rows)}


def _excluded(facts: ExcludedFacts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    groups = {name: {"left_out": lost, "of": size} for name, (lost, size) in facts.groups.items()}
    return {**dataclasses.asdict(facts), "groups": groups}


def _target(facts: TargetFacts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    return {
        "attribute": facts.target.name,
        "positive": facts.target.value,
        "negative": list(facts.others),
        "num_unknown": facts.num_unknown,
    }


def _model(model: ModelResult) -> dict[str, Any]:
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


def _comparison(comparison: Comparison) -> dict[str, Any]:
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


def _runs(runs: Runs) -> dict[str, Any]:
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


def _sha256(location: str) -> str | None:
    return provenance.sha256(location) if Path(location).is_file() else None
