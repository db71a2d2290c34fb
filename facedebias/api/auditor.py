"""`fd.audit` and `fd.compare`: the audit of rows that a caller has in memory."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from facedebias.api import custom_metrics, memory_audit
from facedebias.api.arguments import row_values
from facedebias.api.arguments.group_columns import named_columns, read_groups
from facedebias.api.arguments.rate_arguments import audit_config, refuse_rates_of_decisions
from facedebias.api.arguments.row_order import Rows
from facedebias.api.group_audit import GroupAudit
from facedebias.auditing.settings import MIN_GROUP, NUM_DRAWS
from facedebias.configuration import setting_names
from facedebias.errors import InputError
from facedebias.text import visible


def audit(
    y_true: Any,
    y_score: Any,
    groups: Any = None,
    *,
    sensitive_features: Any = None,
    fpr: float | None = None,
    tpr: float | None = None,
    threshold: float | Mapping[str, float] | None = None,
    per_group: bool = False,
    sample_weight: Any = None,
    pos_label: Any = None,
    metrics: Any = None,
    min_group: int = MIN_GROUP,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
    score_kind: str | None = None,
    name: str = "model",
) -> GroupAudit:
    """Audits answers of one or more models by group: for whom they fail, and how sure that is.

    The numbers are those of `evaluate.py --predictions` on the same rows. docs/metrics.md defines them
    and names their sources.

    Columns may be lists, arrays, tensors, or columns of pandas, Polars and Arrow. Rows are taken by their
    position; columns and frames of pandas must have one index.

    Args:
        y_true: `(n,)`, which rows are positive: bool, 0 and 1, or -1 and 1; with `pos_label` any values.
        y_score: `(n,)`, numbers that grow with the model's belief, or decisions as bool or 0 and 1. A
            mapping of names to such columns holds several models; the others are compared with the first.
        groups: what makes the groups: a frame, a mapping of names to columns, one column `(n,)`, or an
            array `(n, k)`. Values may be of any type; None and NaN are unknown, and such rows are left
            out. Groups are the combinations that occur. None takes all rows as one group.
        sensitive_features: another name for `groups`, as Fairlearn has it.
        fpr: set each model's threshold at this false positive rate, between 0 and 1; recall at a lower
            rate is reported beside it.
        tpr: set it at this true positive rate instead.
        threshold: fix it instead, as a probability (with `score_kind` "percent" from 0 to 100, with
            "score" any number); a mapping of names has one for each model. Rows with at least this score
            are selected. Without any of these three it is 0.5.
        per_group: set a threshold for each group, at `fpr` or `tpr`.
        sample_weight: `(n,)`, above 0, how much each row counts; only ratios matter.
        pos_label: the value of `y_true` that is positive, e.g. "yes"; all others are negative.
        metrics: further metrics: functions `f(y_true, y_pred) -> float`, or a mapping of names to such.
            They are given int64 arrays `(k,)` of 0 and 1, also `sample_weight` if they take it. A function
            whose second parameter is called `y_score`, `y_prob` or `y_proba` is given scores instead of
            decisions. Their intervals come from 500 resamples, or `num_draws` if that is less, stratified
            by group.
        min_group: rows of the kind that a metric counts, e.g. positives for recall, below which a group
            is left out of figures between groups.
        num_draws: bootstrap draws and permutations, at least 100.
        seed: of these draws.
        score_kind: what `y_score` is: "probability", "logit", "percent" or "score" (anything else); None
            takes what is plain from the values.
        name: of the model, if there is one.

    Returns:
        What was found; it shows itself in a notebook.

    Raises:
        InputError: a `ValueError`; says which argument does not fit, what was expected, and the way out.
    """
    argument, given_groups = _one_of(groups, sensitive_features)
    named = _by_name(y_score, name)
    with setting_names.arguments(**_ARGUMENTS):
        config = audit_config(
            list(named), fpr, tpr, threshold, per_group, min_group, num_draws, seed, score_kind
        )
        functions = custom_metrics.named_metrics(metrics)
        columns = named_columns(given_groups, argument)
        labels, said = row_values.read_labels(y_true, pos_label)
        places = _places(named, y_score)
        of_rows = {places[model]: values for model, values in named.items()}
        of_rows |= {argument: given_groups, "sample_weight": sample_weight}
        if isinstance(given_groups, Mapping):
            of_rows |= {f'{argument}["{visible(key)}"]': column for key, column in columns.items()}
        rows = Rows(len(labels), {"y_true": y_true, **of_rows})
        scores = [
            row_values.read_scores(values, places[model], model, score_kind, rows)
            for model, values in named.items()
        ]
        refuse_rates_of_decisions(config, scores)
        attributes, notes = read_groups(columns, argument, rows.size)
        weights = None if sample_weight is None else row_values.read_weights(sample_weight, rows)
        sample = memory_audit.make_sample(labels, attributes, rows, [*said, *notes], weights)
        found = memory_audit.run(config, sample, scores)
        return GroupAudit(found, [memory_audit.add_metrics(found, i, functions) for i in range(len(scores))])


def compare(y_score: Mapping[str, Any], y_true: Any, groups: Any = None, **settings: Any) -> GroupAudit:
    """Compares models on the same rows: for whom each fails, and what changed from the first to others.

    Args:
        y_score: name -> `(n,)`, scores or decisions of at least two models, e.g. before and after a
            mitigation. The first is what the others are compared with.
        y_true: `(n,)`, which rows are positive, as `audit` takes it.
        groups: what makes the groups, as `audit` takes it.
        **settings: the others of `audit`, e.g. `fpr=0.01`.

    Returns:
        As `audit` returns; `changes` has each change with its test. Gaps are compared by a paired
        bootstrap, groups by McNemar's test (Q. McNemar, Note on the Sampling Error of the Difference
        Between Correlated Proportions or Percentages, Psychometrika 1947) with Holm's correction.

    Raises:
        InputError: as `audit`; also if there are fewer than two models.
    """
    if not isinstance(y_score, Mapping) or len(y_score) < 2:
        raise InputError(
            'y_score: expected a mapping of at least two models, e.g. {"before": a, "after": b}; audit '
            "takes one model."
        )
    return audit(y_true, y_score, groups, **settings)


_ARGUMENTS = {"output_kind": "score_kind"}  # setting -> argument, where they differ


def _one_of(groups: Any, sensitive_features: Any) -> tuple[str, Any]:
    """The name of the argument that has the groups, and what it has."""
    if sensitive_features is None:
        return "groups", groups
    if groups is not None:
        raise InputError("groups and sensitive_features: are one argument under two names; give one of them.")
    return "sensitive_features", sensitive_features


def _by_name(y_score: Any, name: str) -> dict[str, Any]:
    if isinstance(y_score, pd.DataFrame) and y_score.shape[1] > 1:
        raise InputError(
            f"y_score: has {y_score.shape[1]} columns; give the one of the positive class, or for several "
            "models a mapping of their names to columns, e.g. dict(frame.items())."
        )
    if not isinstance(y_score, Mapping):
        return {_checked("" if name is None else name, "name"): y_score}
    if not y_score:
        raise InputError("y_score: names no model; expected at least one name with its scores.")
    found = {_checked(key, "y_score"): values for key, values in y_score.items()}
    if len(found) < len(y_score):
        raise InputError("y_score: two models have one name; expected names that are all different.")
    return found


def _checked(name: Any, argument: str) -> str:
    if not str(name).strip():
        raise InputError(f"{argument}: a model has no name; expected a text that is not empty.")
    return str(name)


def _places(named: Mapping[str, Any], y_score: Any) -> dict[str, str]:
    """What messages call the scores of each model."""
    if not isinstance(y_score, Mapping):
        return dict.fromkeys(named, "y_score")
    return {name: f'y_score["{visible(name)}"]' for name in named}
