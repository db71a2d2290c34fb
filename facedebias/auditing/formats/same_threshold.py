"""What a format does to each group: recall at the threshold of the model in float32."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.findings import ModelResult
from facedebias.auditing.formats import families
from facedebias.auditing.formats.families import Family
from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.statistics import paired, significance
from facedebias.auditing.statistics.intervals import Interval
from facedebias.auditing.thresholds import operating_points
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores

ALL_POSITIVES, ALL_NEGATIVES = "all positives", "all negatives"


@dataclass(frozen=True)
class Shift:
    """Rows of which a share is selected, by a model in float32 and in another format, at one threshold.

    Attributes:
        name: of the group, `ALL_POSITIVES` or `ALL_NEGATIVES`.
        num_rows: whatever they weigh.
        before: share that the model in float32 selects.
        after: that the other format does.
        only_before: rows that only the first selects.
        only_after: rows that only the second does.
        interval: 95%, of `after - before`; Tango's score interval of paired shares.
        p_value: McNemar's exact test; of groups, corrected by Holm's method for their number.
    """

    name: str
    num_rows: int
    before: float
    after: float
    only_before: int
    only_after: int
    interval: Interval
    p_value: float

    @property
    def change(self) -> float:
        """Of the share; below 0 fewer rows are selected."""
        return self.after - self.before


@dataclass(frozen=True)
class FormatResult:
    """One format.

    Attributes:
        model: its name in the audit.
        label: the format, e.g. "LiteRT int8".
        groups: recall by group, groups without positives left out.
        positives: recall over all rows.
        negatives: false positive rate over all rows; None without negatives.
    """

    model: str
    label: str
    groups: tuple[Shift, ...]
    positives: Shift
    negatives: Shift | None


@dataclass(frozen=True)
class FormatFamily:
    """A model and its other formats.

    Attributes:
        base: name of the model in float32.
        label: its format.
        results: of the others.
    """

    base: str
    label: str
    results: tuple[FormatResult, ...]


def measure(
    scores: Sequence[ModelScores], results: Sequence[ModelResult], sample: Sample, groups: Groups
) -> tuple[FormatFamily, ...]:
    """Finds models that are one in several formats, and what changes between these.

    Args:
        scores: each model's answers.
        results: what was found of each, with its thresholds.
        sample: the rows; of a file of predictions no model is known.
        groups: the main division.
    """
    if sample.read is None:
        return ()
    found = families.find([model.path for model in scores])
    return tuple(_measured(family, scores, results, sample, groups) for family in found)


def _measured(
    family: Family,
    scores: Sequence[ModelScores],
    results: Sequence[ModelResult],
    sample: Sample,
    groups: Groups,
) -> FormatFamily:
    thresholds = np.array(results[family.base].thresholds)
    base = operating_points.decide(scores[family.base].scores, thresholds, groups)
    found = []
    for number in family.others:
        if scores[number].kind != scores[family.base].kind:
            continue  # their thresholds are on other scales
        own = operating_points.decide(scores[number].scores, thresholds, groups)
        shifts = _by_group(base, own, sample, groups)
        everyone = groups.is_counted
        negatives = everyone & ~sample.labels
        found.append(
            FormatResult(
                scores[number].name,
                family.labels[number],
                shifts,
                _shift(ALL_POSITIVES, base, own, everyone & sample.labels, sample),
                _shift(ALL_NEGATIVES, base, own, negatives, sample) if negatives.any() else None,
            )
        )
    return FormatFamily(scores[family.base].name, family.labels[family.base], tuple(found))


def _by_group(base: np.ndarray, own: np.ndarray, sample: Sample, groups: Groups) -> tuple[Shift, ...]:
    parts = [
        (name, rows)
        for code, name in enumerate(groups.names)
        if (rows := (groups.codes == code) & sample.labels).any()
    ]
    shifts = [_shift(name, base, own, rows, sample) for name, rows in parts]
    corrected = significance.holm(np.array([shift.p_value for shift in shifts]))
    return tuple(
        Shift(**{**vars(shift), "p_value": float(p_value)})
        for shift, p_value in zip(shifts, corrected, strict=True)
    )


def _shift(name: str, base: np.ndarray, own: np.ndarray, rows: np.ndarray, sample: Sample) -> Shift:
    before, after = base[rows], own[rows]
    worth = np.ones(len(before))
    if sample.weights is not None:
        worth = row_weights.effective(sample.weights[rows], np.zeros(len(before), int), 1)
    lost, gained, size = (float(worth[part].sum()) for part in (before & ~after, after & ~before, ...))
    return Shift(
        name=name,
        num_rows=len(before),
        before=float(worth[before].sum() / size),
        after=float(worth[after].sum() / size),
        only_before=int(np.sum(before & ~after)),
        only_after=int(np.sum(after & ~before)),
        interval=paired.paired_difference(lost, gained, size),
        p_value=significance.mcnemar(round(lost), round(gained)),
    )
