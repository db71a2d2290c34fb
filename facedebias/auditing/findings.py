"""What is found about one model: plain records."""

from dataclasses import dataclass

import numpy as np

from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.intervals import Estimate, Interval
from facedebias.scoring.model_scores import sigmoid
from facedebias.scoring.score_scale import LOGIT


@dataclass(frozen=True)
class Worst:
    """The group that fares worst by a metric.

    Attributes:
        name: of the group.
        value: its value.
        interval: of the worst group in truth, whichever it is; None for score metrics.
    """

    name: str
    value: float
    interval: Interval | None


@dataclass(frozen=True)
class GroupResult:
    """One group under one model.

    Attributes:
        name: e.g. "Black Female".
        num_rows: of the group, whatever they weigh.
        num_positives: those that are positive, whatever they weigh.
        num_found: positives selected, whatever they weigh.
        small_for: metrics that rest on too few of its rows for figures between groups; effective
            ones if they are weighted.
        metrics: name of a metric -> its value; None where it is undefined.
        p_values: name of a rate -> Fisher's test against the rest, corrected by Holm's method
            for the number of groups; None where there is none.
        raw_p_values: the same, uncorrected.
        effective_rows: effective sample size of the group's weights; None without weights.
    """

    name: str
    num_rows: int
    num_positives: int
    num_found: int
    small_for: tuple[str, ...]
    metrics: dict[str, Estimate | None]
    p_values: dict[str, float | None]
    raw_p_values: dict[str, float | None]
    effective_rows: float | None = None


@dataclass(frozen=True)
class Division:
    """A model on the groups that some attributes make.

    Attributes:
        attributes: whose combinations the groups are; empty for one group.
        groups: results by group.
        means: rate -> its unweighted mean over groups.
        worst: metric -> the group that fares worst, small groups left out.
        differences: figures between groups by name, small groups left out.
        compared: metric -> groups with enough rows for it.
        small: metric -> group -> rows that it rests on, of the groups with too few.
        notes: rows and groups left out.
    """

    attributes: tuple[str, ...]
    groups: tuple[GroupResult, ...]
    means: dict[str, Estimate]
    worst: dict[str, Worst]
    differences: dict[str, Between]
    compared: dict[str, tuple[str, ...]]
    small: dict[str, dict[str, float]]
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The attributes in words."""
        return " x ".join(self.attributes) or "all"


@dataclass(frozen=True)
class ModelResult:
    """One model.

    Attributes:
        name: what reports call it.
        path: where it came from.
        kind: of its scores.
        thresholds: in units of its scores, one for each group; all equal unless the rule is
            per group.
        num_rows: in groups, and shared ones, whatever they weigh.
        num_negatives: those of them that are negative.
        overall: metric -> its value over all these rows; None where it is undefined.
        main: by all attributes together.
        marginals: by each attribute alone, if there are several.
        effective_rows: effective sample size of the weights of all these rows; None without weights.
    """

    name: str
    path: str
    kind: str
    thresholds: tuple[float, ...]
    num_rows: int
    num_negatives: int
    overall: dict[str, Estimate | None]
    main: Division
    marginals: tuple[Division, ...] = ()
    effective_rows: float | None = None

    @property
    def threshold_score(self) -> float:
        """The threshold in units of the scores; the first group's if they differ."""
        return self.thresholds[0]

    @property
    def threshold(self) -> float:
        """The threshold as a probability, or as it is for scores that are none."""
        return float(sigmoid(np.array(self.threshold_score))) if self.kind == LOGIT else self.threshold_score

    @property
    def groups(self) -> tuple[GroupResult, ...]:
        """Of the main division."""
        return self.main.groups
