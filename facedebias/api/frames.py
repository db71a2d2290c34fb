"""What an audit found as frames of pandas."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from facedebias.api import memory_audit
from facedebias.api.custom_metrics import CustomResult
from facedebias.auditing.audit import Audit
from facedebias.auditing.findings import Division, ModelResult
from facedebias.auditing.inputs.groups import Groups, divide
from facedebias.auditing.statistics import metrics
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import METRICS, RATES, Counts

GAP = "gap"
GROUP = "group"
_NAN = float("nan")
_CHANGE_COLUMNS = ("metric", "of", "group", "before", "after", "change", "low", "high", "p_value")


def by_group(audit: Audit, custom: Sequence[Sequence[CustomResult]], attribute: str | None) -> pd.DataFrame:
    """A row for each group: its rows, and of each metric the value, the interval and the rows behind it.

    Args:
        audit: what was found.
        custom: further metrics of each model, of the main division.
        attribute: groups by this alone; None takes all together.
    """
    frames = {}
    for index, model in enumerate(audit.models):
        groups = audit.groups if attribute is None else divide(audit.sample, (attribute,))
        division = model.main if attribute is None else _marginal(model, attribute)
        counts = _counts(audit, index, groups)
        rows = [
            _group_row(division, counts, place, custom[index] if division is model.main else ())
            for place in range(len(division.groups))
        ]
        names = [group.name for group in division.groups]
        frames[model.name] = pd.DataFrame(rows, index=pd.Index(names, name=GROUP))
    return _stacked(frames)


def overall(audit: Audit, custom: Sequence[Sequence[CustomResult]]) -> pd.DataFrame:
    """A row for each metric over all rows: value, interval, and the rows behind it."""
    frames = {}
    for index, model in enumerate(audit.models):
        counted = np.where(audit.groups.is_counted, 0, -1)
        counts = _counts(audit, index, Groups((), ("all",), counted))
        found = {name: (model.overall.get(name), _rows_behind(name, counts, 0)) for name in METRICS}
        found |= {result.name: (result.overall, model.num_rows) for result in custom[index]}
        rows = [_ends(estimate) | {"n": size} for estimate, size in found.values()]
        frames[model.name] = pd.DataFrame(rows, index=pd.Index(list(found), name="metric"))
    return _stacked(frames)


def between(audit: Audit, custom: Sequence[Sequence[CustomResult]]) -> pd.DataFrame:
    """A row for each difference, ratio and variance between groups."""
    frames = {}
    for model, results in zip(audit.models, custom, strict=True):
        found = dict(model.main.differences)
        found |= {f"{r.name}_difference": r.difference for r in results if r.difference is not None}
        rows = [_between_row(figure) for figure in found.values()]
        columns = list(_between_row(Between(None)))
        frames[model.name] = pd.DataFrame(rows, pd.Index(list(found), name="figure", dtype=object), columns)
    return _stacked(frames)


def low_point(audit: Audit) -> pd.DataFrame:
    """A row for each group: recall at the audit's low point; empty without one."""
    if audit.low is None:
        return pd.DataFrame(columns=["n", "value", "low", "high", "fpr"])
    frames = {}
    for model in audit.low.models:
        rows = [
            {"n": group.num_positives, **_ends(group.metrics["true_positive_rate"])} for group in model.groups
        ]
        names = pd.Index([group.name for group in model.groups], name=GROUP)
        frames[model.name] = pd.DataFrame(rows, index=names).assign(fpr=audit.low.rate)
    return _stacked(frames)


def changes(audit: Audit) -> pd.DataFrame:
    """A row for each change of a gap, and of each group, from the first model to another."""
    rows: list[dict[str, Any]] = []
    for comparison in audit.comparisons:
        for rate, change in comparison.rates.items():
            low, high = change.interval or (_NAN, _NAN)
            common = {"model": comparison.after, "baseline": comparison.before, "metric": rate}
            ends = {"low": low, "high": high, "p_value": change.p_value}
            rows.append({**common, "of": GAP, **_moved(change.gap_before, change.gap_after), **ends})
            rows += [
                {
                    **common,
                    "of": GROUP,
                    "group": group.name,
                    **_moved(group.before, group.after),
                    "p_value": group.p_value,
                }
                for group in change.groups
            ]
    frame = pd.DataFrame(rows, columns=["model", "baseline", *_CHANGE_COLUMNS])
    numbers = ["before", "after", "change", "low", "high", "p_value"]
    return frame.astype(dict.fromkeys(numbers, float))


def _moved(before: float | None, after: float | None) -> dict[str, float]:
    first, last = _number(before), _number(after)
    return {"before": first, "after": last, "change": last - first}


def _stacked(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One frame; several models become a level of its index."""
    if len(frames) == 1:
        return next(iter(frames.values()))
    return pd.concat(frames, names=["model"])


def _marginal(model: ModelResult, attribute: str) -> Division:
    known = {division.attributes: division for division in (model.main, *model.marginals)}
    return known[(attribute,)]


def _counts(audit: Audit, index: int, groups: Groups) -> Counts:
    """Rows by group, whatever they weigh."""
    selected = memory_audit.decisions(audit, index)
    return metrics.count(audit.sample.labels, selected, groups.codes, len(groups.names))


def _rows_behind(metric: str, counts: Counts, group: int) -> int:
    return int(RATES[metric].denominator(counts)[group] if metric in RATES else counts.total[group])


def _group_row(
    division: Division, counts: Counts, place: int, custom: Iterable[CustomResult]
) -> dict[str, Any]:
    group = division.groups[place]
    row: dict[str, Any] = {"n": group.num_rows, "num_positives": group.num_positives}
    if group.effective_rows is not None:
        row["effective_rows"] = group.effective_rows
    found = {name: (group.metrics.get(name), _rows_behind(name, counts, place)) for name in METRICS}
    found |= {result.name: (result.groups[place], group.num_rows) for result in custom}
    for name, (estimate, size) in found.items():
        ends = _ends(estimate)
        row |= {name: ends["value"], f"{name}_low": ends["low"], f"{name}_high": ends["high"]}
        row[f"{name}_n"] = size
    return row


def _between_row(figure: Between) -> dict[str, Any]:
    low, high = figure.interval or (_NAN, _NAN)
    return {
        "value": _number(figure.value),
        "low": low,
        "high": high,
        "p_value": _number(figure.p_value),
        "highest": figure.highest,
        "lowest": figure.lowest,
        "detectable": _number(figure.detectable),
        "left_out": ", ".join(figure.left_out),
    }


def _ends(estimate: Estimate | None) -> dict[str, float]:
    if estimate is None:
        return {"value": _NAN, "low": _NAN, "high": _NAN}
    low, high = estimate.interval or (_NAN, _NAN)
    return {"value": estimate.value, "low": low, "high": high}


def _number(value: float | None) -> float:
    return _NAN if value is None else value
