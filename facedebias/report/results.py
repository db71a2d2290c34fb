"""`results.json`: an audit for programs; docs/evaluation.md describes every field."""

import math
from pathlib import Path
from typing import Any

from facedebias import run_record
from facedebias.audit.audit import Audit, Estimate, ModelResult


def as_json(audit: Audit) -> dict[str, Any]:
    """Plain values; fractions from 0 to 1, the variance in %^2."""
    return {
        "data": audit.data,
        "data_sha256": _sha256(audit.data),
        "nonfaces": audit.nonfaces,
        "nonfaces_sha256": _sha256(audit.nonfaces),
        "split": audit.split,
        "groups": list(audit.group_attributes),
        "threshold_rule": audit.threshold_rule,
        "models": {model.name: _model(model) for model in audit.models},
        "notes": list(audit.notes),
        **run_record.provenance(),
    }


def _model(model: ModelResult) -> dict[str, Any]:
    return {
        "path": model.path,
        "threshold": model.threshold,
        # JSON knows no infinity, which --threshold 0 and 1 stand for.
        "threshold_logit": model.threshold_logit if math.isfinite(model.threshold_logit) else None,
        "num_nonfaces": model.num_nonfaces,
        **_estimate("fpr", model.fpr),
        **_estimate("overall_recall", model.overall_recall),
        **_estimate("mean_recall", model.mean_recall),
        "worst_group": {"name": model.worst_group, **_recall(model.worst_recall)},
        **_estimate("gap", model.gap),
        **_estimate("variance", model.variance),
        "groups": {
            group.name: {
                "n": group.num_faces,
                "num_found": group.num_found,
                **_recall(group.recall),
                "mean_probability": group.mean_probability,
            }
            for group in model.groups
        },
    }


def _estimate(name: str, estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {name: None, f"{name}_interval": None}
    return {name: estimate.value, f"{name}_interval": list(estimate.interval)}


def _recall(estimate: Estimate) -> dict[str, Any]:
    return {"recall": estimate.value, "interval": list(estimate.interval)}


def _sha256(location: str) -> str | None:
    return run_record.sha256(location) if Path(location).is_file() else None
