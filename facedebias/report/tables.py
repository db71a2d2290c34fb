"""Tables of an audit: for the screen, for Markdown and as CSV."""

from collections.abc import Callable, Sequence

from facedebias import spreadsheet
from facedebias.auditing.audit import Audit
from facedebias.auditing.findings import GroupResult, ModelResult
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import METRICS
from facedebias.report.formats import markdown
from facedebias.report.numbers import bracketed, bracketed_ratio, p_text
from facedebias.scoring.threshold_rule import in_percent
from facedebias.text import Screen, columns

RECALL_CAPTION = "Recall in % with 95% intervals"
CAPTION = f"{RECALL_CAPTION}; behind a group, its mean score"

_GAP = "  "
_LEAST_NAME = 12  # columns of a model's name, or what stands below it if that is wider
_WORST, _SMALL = "<", "~"  # before the recall of the worst group; behind the name of a small one

Row = list[str]


def as_text(audit: Audit, screen: Screen | None = None) -> str:
    """Groups as rows, models as columns; more models than fit a screen go into further tables.

    Args:
        audit: what was found, its names as `shown` has them.
        screen: where the text will stand; names that are too long for it are shortened.
    """
    screen = screen or Screen()
    rule = audit.threshold_rule
    head = "\n".join(screen.shown(text) for text in (f"{CAPTION}.", f"{rule[0].upper()}{rule[1:]}."))
    parts = [head, *_text_tables(audit, _all_rows(audit), screen)]
    low = audit.at_low_point()
    if audit.low and low:
        parts += [f"{audit.low.title}:", *_text_tables(low, _all_rows(low, is_compact=True), screen)]
    return "\n\n".join(parts)


def beside_low(audit: Audit) -> list[Row]:
    """Groups as rows, and of each model a column at its own point and one at the low point; header first.

    Empty without a low point.
    """
    low = audit.at_low_point()
    if low is None:
        return []
    both = [_all_rows(one, is_compact=True) for one in (audit, low)]
    for one, rows in zip((audit, low), both, strict=True):
        rate = in_percent(one.rule.values[0])
        rows[0] = [*rows[0][:2], *(f"{name}, at {rate}" for name in rows[0][2:])]
    return [
        [*own[:2], *(cell for pair in zip(own[2:], there[2:], strict=True) for cell in pair)]
        for own, there in zip(*both, strict=True)
    ]


def _text_tables(audit: Audit, all_rows: Sequence[Row], screen: Screen) -> list[str]:
    """Tables of rows, each as wide as the screen."""
    rows, num_models = _fitted(audit, all_rows, screen), len(audit.models)
    widths = _widths(rows)
    label_width = sum(widths[:2]) + len(_GAP)
    per_table = max(1, (screen.width - label_width) // (max(widths[2:]) + len(_GAP)))
    tables = []
    for start in range(0, num_models, per_table):
        wanted = [0, 1, *range(start + 2, min(start + per_table, num_models) + 2)]
        tables.append(_text_table([[row[column] for column in wanted] for row in rows], audit, screen))
    return tables


def as_markdown(audit: Audit) -> str:
    """Groups as rows, models as columns."""
    return markdown.table(_all_rows(audit), num_left=1)


def between_as_markdown(audit: Audit) -> str:
    """Every figure between groups, models as columns; percentages in points."""
    if not audit.models[0].main.differences:
        return "There is one group."
    rows = [["figure", *(model.name for model in audit.models)]]
    for name in audit.models[0].main.differences:
        figures = [model.main.differences[name] for model in audit.models]
        rows.append([DISPARITIES[name].label, *(_with_p(figure, name) for figure in figures)])
    return markdown.table(rows, num_left=1)


def _with_p(figure: Between, name: str) -> str:
    if figure.value is None:
        return "-"
    estimate = Estimate(figure.value, figure.interval)
    if name.endswith("_ratio"):
        text = bracketed_ratio(estimate)
    else:
        text = bracketed(estimate, 1.0 if name.endswith("_variance") else 100.0)
    return f"{text}, {p_text(figure.p_value)}"


def as_csv(audit: Audit) -> str:
    """One line for each model, division and group, with every metric and the ends of its interval."""
    ends = [column for name in METRICS for column in (name, f"{name}_low", f"{name}_high")]
    rows: list[list[str | float]] = [
        ["model", "group", "n", "num_found", "recall", "low", "high", "attributes", *ends]
    ]
    for model in audit.models:
        for division in (model.main, *model.marginals):
            for group in division.groups:
                recall = _triple(group.metrics["true_positive_rate"])
                counts: list[str | float] = [model.name, group.name, group.num_rows, group.num_found]
                values = [part for name in METRICS for part in _triple(group.metrics.get(name))]
                rows.append([*counts, *recall, ",".join(division.attributes), *values])
    return spreadsheet.as_csv(rows)


def _triple(estimate: Estimate | None) -> list[float | str]:
    if estimate is None:
        return ["", "", ""]
    return [estimate.value, *(estimate.interval or ("", ""))]


def _all_rows(audit: Audit, is_compact: bool = False) -> list[Row]:
    """Header, groups and summary; a compact one has no mean scores, and of the summary what is read first."""
    header = ["group", "n", *(model.name for model in audit.models)]
    return [header, *_group_rows(audit, is_compact), *_summary_rows(audit, is_compact)]


def _group_rows(audit: Audit, is_compact: bool) -> list[Row]:
    by_group = zip(*(model.groups for model in audit.models), strict=True)
    return [
        [
            f"{groups[0].name} {_SMALL}" if "true_positive_rate" in groups[0].small_for else groups[0].name,
            f"{groups[0].num_rows:,}",
            *(_recall_cell(*pair, is_compact) for pair in zip(audit.models, groups, strict=True)),
        ]
        for groups in by_group
    ]


def _recall_cell(model: ModelResult, group: GroupResult, is_compact: bool) -> str:
    worst = model.main.worst.get("true_positive_rate")
    mean = None if is_compact else group.metrics.get("mean_score")
    cell = bracketed(group.metrics["true_positive_rate"]) + (f" {mean.value:.2f}" if mean else "")
    is_worst = worst is not None and group.name == worst.name and len(model.groups) > 1
    return f"{_WORST} {cell}" if is_worst else cell


def _summary_rows(audit: Audit, is_compact: bool) -> list[Row]:
    def row(label: str, count: int | None, cell: Callable[[ModelResult], str]) -> Row:
        return [label, "" if count is None else f"{count:,}", *map(cell, audit.models)]

    first = audit.models[0]
    positives = first.num_rows - first.num_negatives
    overall = row("all positives", positives, lambda model: _percent(model, "true_positive_rate"))
    rate = row(
        "false positives, %", first.num_negatives, lambda model: _percent(model, "false_positive_rate")
    )
    thresholds = [
        row("threshold", None, lambda model: _threshold(model, model.threshold)),
        row("threshold, score", None, lambda model: _threshold(model, model.threshold_score)),
    ]
    operating_point = [rate] if is_compact else [rate, *thresholds]
    if len(first.groups) == 1:
        return operating_point
    mean = row("mean of groups", None, lambda model: bracketed(model.main.means.get("true_positive_rate")))
    spread = row("variance, %^2", None, lambda model: _between(model, "true_positive_rate_variance", 1.0))
    return [
        overall,
        *([] if is_compact else [mean]),
        row(f"worst group ({_WORST})", None, _worst),
        row("gap, points", None, lambda model: _between(model, "equal_opportunity_difference", 100.0)),
        row("gap by chance?", None, _p_value),
        *([] if is_compact else [spread]),
        *operating_point,
    ]


def _percent(model: ModelResult, metric: str) -> str:
    return bracketed(model.overall[metric])


def _threshold(model: ModelResult, value: float) -> str:
    return "by group" if len(set(model.thresholds)) > 1 else f"{value:.6g}"


def _worst(model: ModelResult) -> str:
    worst = model.main.worst.get("true_positive_rate")
    return bracketed(Estimate(worst.value, worst.interval) if worst else None)


def _between(model: ModelResult, name: str, scale: float) -> str:
    figure = model.main.differences.get(name)
    if figure is None or figure.value is None:
        return "-"
    return bracketed(Estimate(figure.value, figure.interval), scale)


def _p_value(model: ModelResult) -> str:
    figure = model.main.differences.get("equal_opportunity_difference")
    return "-" if figure is None or figure.p_value is None else p_text(figure.p_value)


def _fitted(audit: Audit, all_rows: Sequence[Row], screen: Screen) -> list[Row]:
    """All rows, names of groups and models short enough for one model beside the groups, if possible."""
    rows = [[screen.shown(cell) for cell in row] for row in all_rows]
    num_groups = len(audit.models[0].groups)
    labels, counts, *cells = zip(*rows, strict=True)
    numbers = max(columns(cell) for column in cells for cell in column[1:])
    free = screen.width - max(map(columns, counts)) - 2 * len(_GAP)
    # The groups' names give way first, down to what the rows below them need.
    summaries = max(map(columns, (labels[0], *labels[num_groups + 1 :])))
    groups = _distinct(labels[1 : num_groups + 1], max(summaries, free - max(numbers, _LEAST_NAME)), screen)
    free -= max(summaries, *map(columns, groups))
    models = _distinct(rows[0][2:], max(numbers, _LEAST_NAME, free), screen)
    header = [*rows[0][:2], *models]
    named = [[name, *row[1:]] for name, row in zip(groups, rows[1 : num_groups + 1], strict=True)]
    return [header, *named, *rows[num_groups + 1 :]]


def _distinct(names: Sequence[str], width: int, screen: Screen) -> list[str]:
    """Names of at most that width; as they are if shortening would make two of them the same."""
    shortened = [screen.shortened(name, width) for name in names]
    return shortened if len(set(shortened)) == len(set(names)) else list(names)


def _text_table(rows: Sequence[Row], audit: Audit, screen: Screen) -> str:
    widths = _widths(rows)
    lines = [
        _GAP.join(
            screen.padded(cell, width, to_left=column == 0)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    rule = "-" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    num_groups = len(audit.models[0].groups)
    return "\n".join([lines[0], rule, *lines[1 : num_groups + 1], rule, *lines[num_groups + 1 :]])


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(columns, column)) for column in zip(*rows, strict=True)]
