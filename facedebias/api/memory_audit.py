"""The audit of rows in memory, and further metrics of the same decisions."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from facedebias.api import custom_metrics
from facedebias.api.arguments.row_order import Rows
from facedebias.api.custom_metrics import Answers, CustomResult, Metric
from facedebias.auditing.audit import Audit
from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.predictions.reading import shared_rows
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.thresholds import operating_points
from facedebias.data.face_columns import Attribute
from facedebias.scoring.model_scores import ModelScores

DATA = "y_true"
"""What messages and reports call the place that labels came from."""


def make_sample(
    labels: np.ndarray,
    attributes: Mapping[str, Attribute],
    rows: Rows,
    notes: Sequence[str],
    weights: np.ndarray | None,
) -> Sample:
    """Rows in memory as the sample of an audit.

    Args:
        labels: bool `(n,)`.
        attributes: name -> values of the rows.
        rows: names them.
        notes: what a reader must know.
        weights: float64 `(n,)`; None if all rows count the same.
    """
    return Sample(
        labels=labels,
        attributes=attributes,
        is_shared=shared_rows(labels, dict(attributes)),
        data=DATA,
        negatives=DATA,
        locate=rows.locate,
        notes=tuple(notes),
        weights=weights,
        # One byte a row: reports of the same labels can be told from others.
        sha256=hashlib.sha256(labels.tobytes()).hexdigest(),
        identify=rows.identify,
    )


def run(config: AuditConfig, sample: Sample, scores: list[ModelScores]) -> Audit:
    """Audits models on a sample, by all of its attributes together and by each alone.

    Raises:
        InputError: if the rows are too few for the rate asked for, or no row is in a group.
    """
    groups = divide(sample, tuple(sample.attributes))
    operating_points.check(config.rule, sample, groups)
    return audit_scores(config, sample, groups, scores, [model.name for model in scores])


def decisions(audit: Audit, index: int) -> np.ndarray:
    """Decisions of a model, bool `(n,)`, at its thresholds."""
    thresholds = np.array(audit.models[index].thresholds)
    return operating_points.decide(audit.scores[index].scores, thresholds, audit.groups)


def add_metrics(audit: Audit, index: int, metrics: Mapping[str, Metric]) -> tuple[CustomResult, ...]:
    """Further metrics of one model.

    Args:
        audit: what was found.
        index: of the model in it.
        metrics: name -> function.

    Raises:
        InputError: if one fails.
    """
    scores = audit.scores[index]
    answers = Answers(
        audit.sample.labels.astype(np.int64),
        decisions(audit, index).astype(np.int64),
        scores.scores if scores.probabilities is None else scores.probabilities,
        audit.sample.weights,
    )
    drawn = audit.options.resampling
    return tuple(
        custom_metrics.measure(
            name, metric, answers, audit.groups, audit.options.min_group, drawn.num_draws, drawn.seed
        )
        for name, metric in metrics.items()
    )
