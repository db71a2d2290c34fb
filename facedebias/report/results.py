"""`results.json`: an audit for programs; docs/results-json.md describes every field."""

import dataclasses
import os
from typing import Any

from facedebias import provenance
from facedebias.auditing.audit import Audit
from facedebias.auditing.inputs.excluded_facts import ExcludedFacts
from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.auditing.inputs.window_facts import WindowFacts
from facedebias.auditing.low_point import LowPoint
from facedebias.auditing.suspects import Suspects
from facedebias.report.model_results import comparison_results, model_results, run_results
from facedebias.report.sections import format_changes

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
        "models": {model.name: model_results(model) for model in audit.models},
        "low_point": _low_point(audit.low),
        "formats": format_changes.as_json(audit),
        "comparisons": [comparison_results(comparison) for comparison in audit.comparisons],
        "runs": {runs.name: run_results(runs) for runs in audit.runs},
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


def _low_point(low: LowPoint | None) -> dict[str, Any] | None:
    if low is None:
        return None
    return {
        "fpr": low.rate,
        "threshold_rule": low.threshold_rule,
        "num_passing": low.num_passing,
        "is_rough": low.is_rough,
        "notes": list(low.notes),
        "models": {model.name: model_results(model) for model in low.models},
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
        "exhaustive": windows.exhaustive,
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


def _sha256(location: str) -> str | None:
    """None of what is no file, or none any more: a finished audit does not end by that."""
    try:
        return provenance.sha256(location) if os.path.isfile(location) else None
    except OSError:
        return None
