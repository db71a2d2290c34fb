"""Tables of an audit: for the screen, for Markdown and as CSV."""

import csv
import io
from collections.abc import Callable, Sequence

from facedebias.audit.audit import Audit, Estimate, GroupResult, ModelResult

CAPTION = "Recall in % with 95% intervals; behind a group, the mean probability of a face"

_WIDTH = 100
_GAP = "  "
_PERCENT = 100.0
_WORST = "<"  # before the recall of the worst group

Row = list[str]


def as_text(audit: Audit) -> str:
    """Groups as rows, models as columns; more models than fit a screen go into further tables."""
    label_width = sum(map(len, _GAP * 2)) + sum(_widths([row[:2] for row in _all_rows(audit)]))
    cell_width = max(_widths([row[2:] for row in _all_rows(audit)])) + len(_GAP)
    per_table = max(1, (_WIDTH - label_width) // cell_width)
    rule = audit.threshold_rule
    parts = [f"{CAPTION}.\n{rule[0].upper()}{rule[1:]}."]
    for start in range(0, len(audit.models), per_table):
        columns = [0, 1, *range(start + 2, min(start + per_table, len(audit.models)) + 2)]
        parts.append(_text_table(audit, columns))
    return "\n\n".join(parts)


def as_markdown(audit: Audit) -> str:
    """Groups as rows, models as columns."""
    header, *rows = [[cell.replace("|", "\\|") for cell in row] for row in _all_rows(audit)]
    rule = [":--", "--:"] + ["--:"] * len(audit.models)
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *rows])


def as_csv(audit: Audit) -> str:
    """One line for each model and group, recalls as fractions."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["model", "group", "n", "num_found", "recall", "low", "high", "mean_probability"])
    for model in audit.models:
        for group in model.groups:
            counts = [model.name, group.name, group.num_faces, group.num_found]
            writer.writerow([*counts, group.recall.value, *group.recall.interval, group.mean_probability])
    return text.getvalue()


def percent(estimate: Estimate) -> str:
    """E.g. "91.3 [85.6, 94.9]"."""
    return _cell(estimate, _PERCENT)


def _cell(estimate: Estimate | None, scale: float = 1.0) -> str:
    if estimate is None:
        return "-"
    low, high = estimate.interval
    return f"{estimate.value * scale:.1f} [{low * scale:.1f}, {high * scale:.1f}]"


def _all_rows(audit: Audit) -> list[Row]:
    header = ["group", "n", *(model.name for model in audit.models)]
    return [header, *_group_rows(audit), *_summary_rows(audit)]


def _group_rows(audit: Audit) -> list[Row]:
    by_group = zip(*(model.groups for model in audit.models), strict=True)
    return [
        [groups[0].name, f"{groups[0].num_faces:,}", *map(_recall_cell, audit.models, groups)]
        for groups in by_group
    ]


def _recall_cell(model: ModelResult, group: GroupResult) -> str:
    is_worst = group.name == model.worst_group and len(model.groups) > 1
    cell = f"{percent(group.recall)} {group.mean_probability:.2f}"
    return f"{_WORST} {cell}" if is_worst else cell


def _summary_rows(audit: Audit) -> list[Row]:
    def row(label: str, count: int | None, cell: Callable[[ModelResult], str]) -> Row:
        return [label, "" if count is None else f"{count:,}", *map(cell, audit.models)]

    num_faces = sum(group.num_faces for group in audit.models[0].groups)
    overall = row("all faces", num_faces, lambda model: percent(model.overall_recall))
    operating_point = [
        row(
            "false positives, %",
            audit.models[0].num_nonfaces,
            lambda model: _cell(model.fpr, _PERCENT),
        ),
        row("threshold, probability", None, lambda model: f"{model.threshold:.6g}"),
        row("threshold, logit", None, lambda model: f"{model.threshold_logit:.4g}"),
    ]
    if len(audit.models[0].groups) == 1:
        return operating_point
    return [
        overall,
        row("mean of groups", None, lambda model: percent(model.mean_recall)),
        row(f"worst group ({_WORST})", None, lambda model: percent(model.worst_recall)),
        row("gap, points", None, lambda model: _cell(model.gap, _PERCENT)),
        row("variance, %^2", None, lambda model: _cell(model.variance)),
        *operating_point,
    ]


def _text_table(audit: Audit, columns: Sequence[int]) -> str:
    rows = [[row[column] for column in columns] for row in _all_rows(audit)]
    widths = _widths(rows)
    lines = [
        _GAP.join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    rule = "-" * len(lines[0])
    num_groups = len(audit.models[0].groups)
    return "\n".join([lines[0], rule, *lines[1 : num_groups + 1], rule, *lines[num_groups + 1 :]])


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]
