"""Warns of thresholds at a false positive rate that a handful of doubtful labels decide."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from facedebias.auditing.inputs.groups import LEFT_OUT, Groups
from facedebias.auditing.suspects import Suspects
from facedebias.auditing.thresholds import operating_points
from facedebias.configuration.setting_names import are_arguments
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.threshold_rule import FPR, Rule

HANDFUL = 30
"""Negatives that set a threshold, up to which they are few."""

_LEAST_MOVE = 0.01  # of recall
_MOST_NAMED = 8


class _Fragile(NamedTuple):
    """A model's threshold with and without the suspects among the negatives that set it."""

    name: str
    num_suspects: int
    num_deciding: int
    recall: float
    without: float

    @property
    def matters(self) -> bool:
        """Whether recall moves by a point, and where many negatives decide, misses are halved, too.

        On any smooth curve recall rises if the highest negatives go; with few of them each label
        counts, with many only a jump tells of wrong ones.
        """
        is_few = self.num_deciding <= HANDFUL
        moves = self.without - self.recall >= _LEAST_MOVE - 1e-9
        return moves and (is_few or 1 - self.without <= (1 - self.recall) / 2)


def notes(
    rule: Rule,
    labels: np.ndarray,
    groups: Groups,
    models: Sequence[ModelScores],
    thresholds: Sequence[np.ndarray],
    suspects: Suspects,
    weights: np.ndarray | None = None,
) -> tuple[str, ...]:
    """A warning with figures and the way out; none if there is nothing to warn of.

    Args:
        rule: how thresholds were set.
        labels: bool `(n,)`.
        groups: the main division.
        models: their answers.
        thresholds: of each model, float `(num_groups,)`.
        suspects: of these rows and models.
        weights: float `(n,)`, above 0; None if all rows count the same.
    """
    if rule.kind != FPR or not len(suspects.rows):
        return ()
    judged = [
        _judge(rule, index, model, labels, groups, found, suspects, weights)
        for index, (model, found) in enumerate(zip(models, thresholds, strict=True))
    ]
    fragile = [found for found in judged if found and found.matters]
    if not fragile:
        return ()
    who = "every model scores" if len(models) > 1 else "the model scores"
    more = f" {len(fragile) - _MOST_NAMED} more models likewise." if len(fragile) > _MOST_NAMED else ""
    text = (
        f"suspects, negatives that {who} like positives, help to set the threshold. "
        f"{' '.join(map(_sentence, fragile[:_MOST_NAMED]))}{more} Look at them: {_way_out()}"
    )
    return (text,)


def _way_out() -> str:
    if are_arguments():
        return "the report lists them in suspects.csv. Audit again without the rows whose label is wrong."
    return (
        "--output writes suspects.csv and shows them. Delete its lines whose label is right, and audit "
        "again with facedebias evaluate --exclude=suspects.csv."
    )


def _sentence(found: _Fragile) -> str:
    those = "it" if found.num_suspects == 1 else "them"
    return (
        f"{found.name}: {found.num_suspects:,} of the {found.num_deciding:,} highest negatives, which set "
        f"it; recall is {found.recall:.1%}, and would be {found.without:.1%} without {those}."
    )


def _judge(
    rule: Rule,
    index: int,
    model: ModelScores,
    labels: np.ndarray,
    groups: Groups,
    thresholds: np.ndarray,
    suspects: Suspects,
    weights: np.ndarray | None,
) -> _Fragile | None:
    # A threshold is the next number above the highest negative that is refused, which decides, too.
    edges = np.nextafter(thresholds.astype(model.scores.dtype), np.array(-np.inf, model.scores.dtype))
    decides = operating_points.decide(model.scores, edges, groups) & groups.is_counted & ~labels
    doubtful = np.zeros(len(labels), bool)
    doubtful[suspects.rows] = True
    doubtful &= decides
    without = replace(groups, codes=np.where(doubtful, LEFT_OUT, groups.codes))
    if not doubtful.any() or not _has_negatives(rule, labels, without):
        return None
    positives = groups.is_counted & labels
    moved = operating_points.find(rule, index, model, labels, without, weights)
    recall, other = (
        float(
            np.average(
                operating_points.decide(model.scores, found, groups)[positives],
                weights=row_weights.part(weights, positives),
            )
        )
        for found in (thresholds, moved)
    )
    return _Fragile(model.name, int(doubtful.sum()), int(decides.sum()), recall, other)


def _has_negatives(rule: Rule, labels: np.ndarray, groups: Groups) -> bool:
    """Whether a threshold can be set on what is left, in each group if each has its own."""
    negatives = groups.codes[groups.is_counted & ~labels]
    if not rule.per_group:
        return len(negatives) > 0
    return set(range(len(groups.names))) <= set(negatives.tolist())
