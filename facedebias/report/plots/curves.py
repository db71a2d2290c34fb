"""What charts of scores show, the same at every threshold: ridges, ROC curves, reliability."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import roc_curve

from facedebias.auditing.inputs.groups import SHARED, Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.statistics import calibration
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import LOGIT

_NUM_BINS = 48
_MOST_ROC_POINTS = 120
_RIDGE_HEIGHT = 1.25  # of a row, so that ridges may reach a little into the one above


@dataclass(frozen=True)
class Curves:
    """Rows of the charts of one model and division.

    Attributes:
        ridge_names: from top to bottom.
        ridges: rows of the distributions.
        ridge_group: group of each ridge; None for negatives that all groups share.
        roc: rows of the ROC curves; empty if no group has one.
        reliability: rows of the reliability curves.
        axis: title of the axis of scores.
        span: ends of the axis of scores.
    """

    ridge_names: list[str]
    ridges: list[dict[str, Any]]
    ridge_group: list[int | None]
    roc: list[dict[str, Any]]
    reliability: list[dict[str, Any]]
    axis: str
    span: tuple[float, float]


def compute(scores: ModelScores, sample: Sample, groups: Groups, least_rate: float) -> Curves:
    """Computes the rows of one model and division.

    Args:
        scores: of the model.
        sample: the rows.
        groups: the division.
        least_rate: false positive rate that stands for 0 on the logarithmic axis.
    """
    counted = groups.is_counted
    values = scores.scores[counted].astype(float)
    # A handful of extreme logits must not squeeze all others together.
    low, high = np.quantile(values, [0.001, 0.999])
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _NUM_BINS + 1)
    names, ridges, owners = [], [], []
    parts = [(group, groups.codes == group) for group in range(len(groups.names))]
    shared = groups.codes == SHARED
    parts += [(SHARED, shared)] if shared.any() else []
    for number, (group, rows) in enumerate(parts):
        is_shared = group == SHARED
        name = "in no group" if is_shared else groups.names[group]
        names.append(name)
        owners.append(None if is_shared else group)
        base = len(parts) - 1 - number
        for kind, wanted in (("negatives", ~sample.labels), ("positives", sample.labels)):
            worth = row_weights.part(sample.weights, rows & wanted)
            ridges += _ridge(scores.scores[rows & wanted], worth, edges, base, f"{number} {kind}", kind)
    return Curves(
        ridge_names=names,
        ridges=ridges,
        ridge_group=owners,
        roc=_roc(scores, sample, groups, least_rate),
        reliability=_reliability(scores, sample, groups),
        axis={LOGIT: "logit"}.get(scores.kind, scores.kind),
        span=(round(float(low), 4), round(float(high), 4)),
    )


def _ridge(
    values: np.ndarray, weights: np.ndarray | None, edges: np.ndarray, base: int, ridge: str, kind: str
) -> list[dict[str, Any]]:
    if not len(values):
        return []
    clipped = np.clip(values, edges[0], edges[-1])
    counts, _ = np.histogram(clipped, edges, weights=row_weights.relative(weights))
    # A light smoothing, as bins of few rows would draw a comb.
    shares = np.convolve(counts / counts.sum(), [0.25, 0.5, 0.25], mode="same")
    tops = base + _RIDGE_HEIGHT * shares / shares.max()
    centres = (edges[:-1] + edges[1:]) / 2
    return [
        {"score": _short(centre), "base": base, "top": _short(top), "ridge": ridge, "kind": kind}
        for centre, top in zip(centres, tops, strict=True)
    ]


def _roc(scores: ModelScores, sample: Sample, groups: Groups, least_rate: float) -> list[dict[str, Any]]:
    found = []
    for group, name in enumerate(groups.names):
        rows = (groups.codes == group) | (groups.codes == SHARED)
        labels = sample.labels[rows]
        if labels.all() or not labels.any():
            continue
        worth = row_weights.relative(row_weights.part(sample.weights, rows))
        fpr, tpr, _ = roc_curve(labels, scores.scores[rows], sample_weight=worth)
        # What is left of the axis is one line upwards; its end says where the curve begins.
        start = int(np.searchsorted(fpr, 0.0, side="right")) - 1
        fpr, tpr = fpr[start:], tpr[start:]
        kept = _thinned(fpr)
        found += [
            {"group": name, "fpr": _short(max(x, least_rate)), "tpr": _short(y), "order": order}
            for order, (x, y) in enumerate(zip(fpr[kept], tpr[kept], strict=True))
        ]
    return found


def _thinned(fpr: np.ndarray) -> np.ndarray:
    """Indices of points spread evenly on the chart's logarithmic axis, ends included."""
    if len(fpr) <= _MOST_ROC_POINTS:
        return np.arange(len(fpr))
    least = fpr[fpr > 0].min(initial=1.0)
    wanted = np.geomspace(least, 1.0, _MOST_ROC_POINTS)
    return np.unique([0, *np.searchsorted(fpr, wanted, side="right") - 1, len(fpr) - 1])


def _reliability(scores: ModelScores, sample: Sample, groups: Groups) -> list[dict[str, Any]]:
    """Curves of the groups that have both labels; that of all rows, if there are none."""
    if scores.probabilities is None:
        return []
    parts = [(name, groups.codes == group) for group, name in enumerate(groups.names)]
    parts = [(name, rows) for name, rows in parts if 0 < sample.labels[rows].sum() < rows.sum()]
    if not parts:
        parts = [("all rows", groups.is_counted)]
    found = []
    for name, rows in parts:
        given = sample.labels[rows], scores.probabilities[rows]
        sizes = calibration.reliability(*given)[:, 0]  # of rows, whatever they weigh
        table = calibration.reliability(*given, row_weights.part(sample.weights, rows))
        found += [
            {"group": name, "predicted": _short(x), "observed": _short(y), "order": order, "n": int(size)}
            for order, (size, (_, x, y)) in enumerate(zip(sizes, table, strict=True))
        ]
    return found


def _short(value: float) -> float:
    """Enough digits for a chart."""
    return float(f"{float(value):.4g}")
