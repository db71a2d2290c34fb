"""What an audit finds: plain records, computed from scores and groups."""

from dataclasses import dataclass

import numpy as np

from facedebias.audit import intervals, metrics, thresholds
from facedebias.audit.groups import Groups
from facedebias.audit.intervals import Interval

SMALL_GROUP = 30  # faces; below it an interval spans ten points and more


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class GroupResult:
    """One group under one model.

    Attributes:
        name: e.g. "Black Female".
        num_faces: faces of the group.
        num_found: those of them that the model took for faces.
        recall: `num_found / num_faces`.
        mean_probability: mean of the model's probabilities of a face.
    """

    name: str
    num_faces: int
    num_found: int
    recall: Estimate
    mean_probability: float


@dataclass(frozen=True)
class ModelResult:
    """One model on all groups, fractions from 0 to 1 except the variance.

    Attributes:
        name: what reports call the model.
        path: its SavedModel.
        threshold_logit: a face is reported where the logit is at least this.
        num_nonfaces: non-faces scored.
        fpr: share of the non-faces taken for faces; None without non-faces.
        overall_recall: over the faces of all groups.
        mean_recall: unweighted mean over groups.
        worst_group: name of the group with the lowest recall.
        worst_recall: its recall; the interval is that of the lowest true recall of any group.
        gap: best minus worst recall; None if there is one group.
        variance: over groups, in %^2; None if there is one group.
        groups: results by group.
    """

    name: str
    path: str
    threshold_logit: float
    num_nonfaces: int
    fpr: Estimate | None
    overall_recall: Estimate
    mean_recall: Estimate
    worst_group: str
    worst_recall: Estimate
    gap: Estimate | None
    variance: Estimate | None
    groups: tuple[GroupResult, ...]

    @property
    def threshold(self) -> float:
        """The threshold as a probability."""
        return thresholds.sigmoid(self.threshold_logit)


@dataclass(frozen=True)
class Audit:
    """Models on the same faces, and how they were compared.

    Attributes:
        data: where the faces came from.
        nonfaces: where the non-faces came from.
        split: part of the data that was used; None for all.
        group_attributes: attributes whose combinations are the groups; empty for one group.
        threshold_rule: how thresholds were set, in words.
        models: results by model.
        notes: what a reader must know about rows left out.
    """

    data: str
    nonfaces: str
    split: str | None
    group_attributes: tuple[str, ...]
    threshold_rule: str
    models: tuple[ModelResult, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scores:
    """A model's answers for pictures.

    Attributes:
        logits: float32 `(n,)`.
        probabilities: float32 `(n,)`, of being a face.
    """

    logits: np.ndarray
    probabilities: np.ndarray


def audit_model(
    name: str, path: str, faces: Scores, groups: Groups, nonfaces: np.ndarray, threshold_logit: float
) -> ModelResult:
    """Computes every figure of a model.

    Args:
        name: of the model.
        path: of the model.
        faces: scores of the rows that `groups` divides.
        groups: the division; rows in no group count nowhere.
        nonfaces: float32 `(num_nonfaces,)`, logits, perhaps none.
        threshold_logit: a face is reported where the logit is at least this.
    """
    is_grouped = groups.codes >= 0
    codes, logits = groups.codes[is_grouped], faces.logits[is_grouped]
    num_groups = len(groups.names)
    found, counts = metrics.count_groups(codes, logits >= threshold_logit, num_groups)
    probabilities = np.bincount(codes, faces.probabilities[is_grouped], num_groups) / counts
    recalls = metrics.recall(found, counts)
    has_pairs = num_groups > 1
    return ModelResult(
        name=name,
        path=path,
        threshold_logit=threshold_logit,
        num_nonfaces=len(nonfaces),
        fpr=share(int(np.sum(nonfaces >= threshold_logit)), len(nonfaces)) if len(nonfaces) else None,
        overall_recall=share(int(found.sum()), int(counts.sum())),
        mean_recall=Estimate(metrics.mean_recall(recalls), intervals.mean_recall(found, counts)),
        worst_group=groups.names[int(np.argmin(recalls))],
        worst_recall=Estimate(float(recalls.min()), intervals.worst_recall(found, counts)),
        gap=Estimate(metrics.gap(recalls), intervals.gap(found, counts)) if has_pairs else None,
        variance=Estimate(metrics.variance(recalls), intervals.variance(found, counts))
        if has_pairs
        else None,
        groups=tuple(
            GroupResult(name, int(n), int(k), share(int(k), int(n)), float(probability))
            for name, n, k, probability in zip(groups.names, counts, found, probabilities, strict=True)
        ),
    )


def share(num_found: int, num_total: int) -> Estimate:
    """A share with Wilson's interval."""
    low, high = intervals.wilson(np.array(num_found), np.array(num_total))
    return Estimate(num_found / num_total, (float(low), float(high)))


def first_bad_score(scores: Scores) -> int | None:
    """Index of the first score that is no finite number; None if all are."""
    bad = ~(np.isfinite(scores.logits) & np.isfinite(scores.probabilities))
    return int(np.argmax(bad)) if bad.any() else None
