"""An audit as notebooks show it: the verdict and a table."""

from collections.abc import Sequence
from html import escape

from facedebias.api.custom_metrics import CustomResult
from facedebias.auditing.audit import Audit
from facedebias.auditing.findings import ModelResult
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import METRICS
from facedebias.report import verdict
from facedebias.report.numbers import bracketed
from facedebias.text import visible

_COLUMNS = ("true_positive_rate", "false_positive_rate", "positive_predictive_value", "accuracy")
_WORST = "true_positive_rate"
_MOST_GROUPS = 60
_DIGITS = 3


def as_html(audit: Audit, custom: Sequence[Sequence[CustomResult]]) -> str:
    """A list of sentences and a table of the groups; every name in it is escaped.

    Args:
        audit: what was found, its names as `shown` has them.
        custom: further metrics of each model.
    """
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in verdict.sentences(audit))
    header = ["model"] * (len(audit.models) > 1) + ["group", "n"]
    header += [f"{METRICS[name].label}, %" for name in _COLUMNS]
    header += [visible(result.name) for result in custom[0]]
    rows = [_row("th", header)]
    for model, results in zip(audit.models, custom, strict=True):
        rows += _model_rows(model, results, with_name=len(audit.models) > 1)
    rule = audit.threshold_rule
    caption = f"95% intervals in brackets; the worst group's recall is bold. {rule[0].upper()}{rule[1:]}."
    return (
        f"<div><ul>{sentences}</ul><table><caption>{escape(caption)}</caption>{''.join(rows)}</table>"
        f"{_more(len(audit.groups.names))}</div>"
    )


def _model_rows(model: ModelResult, custom: Sequence[CustomResult], with_name: bool) -> list[str]:
    worst = model.main.worst.get(_WORST) if len(model.groups) > 1 else None
    first = [model.name] * with_name
    found = []
    for place, group in enumerate(model.groups[:_MOST_GROUPS]):
        cells = [*first, group.name, f"{group.num_rows:,}", *_cells(group.metrics)]
        cells += [_plain(result.groups[place]) for result in custom]
        is_worst = worst is not None and group.name == worst.name
        found.append(_row("td", cells, bold=len(first) + 2 if is_worst else None))
    overall = [*first, "all", f"{model.num_rows:,}", *_cells(model.overall)]
    return [*found, _row("td", [*overall, *(_plain(result.overall) for result in custom)])]


def _cells(metrics: dict[str, Estimate | None]) -> list[str]:
    return [bracketed(metrics.get(name)) for name in _COLUMNS]


def _plain(estimate: Estimate | None) -> str:
    return bracketed(estimate, 1.0, _DIGITS)


def _row(tag: str, cells: Sequence[str], bold: int | None = None) -> str:
    texts = [f"<b>{escape(c)}</b>" if place == bold else escape(c) for place, c in enumerate(cells)]
    return f"<tr>{''.join(f'<{tag}>{text}</{tag}>' for text in texts)}</tr>"


def _more(num_groups: int) -> str:
    if num_groups <= _MOST_GROUPS:
        return ""
    return f"<p>{num_groups - _MOST_GROUPS:,} more groups are in <code>by_group</code>.</p>"
