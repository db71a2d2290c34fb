"""`summary.md`: what a reviewer of a pull request needs to see of an audit."""

from facedebias.auditing.audit import Audit
from facedebias.auditing.findings import ModelResult
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.report import verdict
from facedebias.report.formats import markdown
from facedebias.report.numbers import bracketed, p_text, spread_rows

_GAPS = (
    ("equal_opportunity_difference", "gap in recall, points"),
    ("equalized_odds_difference", "equalized odds, points"),
    ("demographic_parity_difference", "demographic parity, points"),
    ("accuracy_difference", "gap in accuracy, points"),
)


def as_markdown(audit: Audit) -> str:
    """Verdict, gate, the figures read first, what changed, and notes."""
    by = " and ".join(audit.groups.attributes) or "all rows together"
    what = f" of {audit.sample.target.target}" if audit.sample.target else ""
    parts = [markdown.heading(2, f"Audit{what} by {by}"), markdown.bullets(verdict.sentences(audit))]
    if audit.verdicts:
        parts.append(markdown.bullets([_gate_line(one.passed, one.sentence) for one in audit.verdicts]))
    parts.append(markdown.table(_rows(audit), num_left=1))
    if audit.runs:
        table = spread_rows(audit.runs)
        parts += ["Over runs, mean ± standard deviation:"]
        parts.append(markdown.table([["model", *table.columns], *table.rows], num_left=1))
    parts.append(markdown.bullets([f"Threshold: {audit.threshold_rule}.", *verdict.notes(audit)]))
    return "\n\n".join(parts) + "\n"


def _gate_line(passed: bool, sentence: str) -> str:
    return f"{'✅' if passed else '❌'} {sentence}"


def _rows(audit: Audit) -> list[list[str]]:
    models = audit.models
    rows = [
        ["in %, with 95% intervals", *(model.name for model in models)],
        ["recall", *(bracketed(model.overall["true_positive_rate"]) for model in models)],
        ["false positive rate", *(bracketed(model.overall["false_positive_rate"]) for model in models)],
        ["worst group's recall", *(_worst(model) for model in models)],
    ]
    for name, label in _GAPS:
        if any(_gap(model, name) != "-" for model in models):
            rows.append([label, *(_gap(model, name) for model in models)])
    return [*rows, *_low_rows(audit)]


def _low_rows(audit: Audit) -> list[list[str]]:
    """The same at the low point."""
    if audit.low is None:
        return []
    models, at = audit.low.models, audit.low.title.lower()
    return [
        [f"recall {at}", *(bracketed(model.overall["true_positive_rate"]) for model in models)],
        [f"worst group's recall {at}", *(_worst(model) for model in models)],
        [f"gap in recall, points, {at}", *(_gap(model, _GAPS[0][0]) for model in models)],
    ]


def _worst(model: ModelResult) -> str:
    worst = model.main.worst.get("true_positive_rate")
    return f"{bracketed(Estimate(worst.value, worst.interval))} ({worst.name})" if worst else "-"


def _gap(model: ModelResult, name: str) -> str:
    figure = model.main.differences.get(name)
    if figure is None or figure.value is None:
        return "-"
    return f"{bracketed(Estimate(figure.value, figure.interval))}, {p_text(figure.p_value)}"
