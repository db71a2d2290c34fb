"""One model in several formats: recall of each group at the same threshold, and what a format changes."""

from typing import Any

from facedebias.auditing.audit import Audit
from facedebias.auditing.formats.same_threshold import FormatFamily, FormatResult, Shift
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.report.formats import markdown
from facedebias.report.numbers import bracketed, p_text, percent

TITLE = "Formats of one model"
_PERCENT = 100.0


def caption(family: FormatFamily) -> str:
    """How the table of a family is to be read."""
    return (
        f"Recall in % of {family.base} ({family.label}), and of its other formats at the same threshold; "
        "behind each, the change in points with its 95% interval (Tango's, of paired shares)"
    )


def rows(family: FormatFamily) -> list[list[str]]:
    """Groups as rows, formats as columns, header first."""
    first = family.results[0]
    header = ["group", "n", family.label, *(f"{result.label} ({result.model})" for result in family.results)]
    lines = (
        [_row(shifts) for shifts in zip(*(result.groups for result in family.results), strict=True)]
        if len(first.groups) > 1
        else []
    )
    lines.append(_row(tuple(result.positives for result in family.results)))
    if negatives := [result.negatives for result in family.results if result.negatives]:
        lines.append(_row(tuple(negatives)))
    return [header, *lines]


def _row(shifts: tuple[Shift, ...]) -> list[str]:
    first = shifts[0]
    name = "false positives" if first.name == "all negatives" else first.name
    return [name, f"{first.num_rows:,}", f"{first.before * _PERCENT:.1f}", *map(_cell, shifts)]


def _cell(shift: Shift) -> str:
    return f"{shift.after * _PERCENT:.1f}, {_signed(shift)}"


def _signed(shift: Shift) -> str:
    text = bracketed(Estimate(shift.change, shift.interval))
    return f"+{text}" if round(shift.change * _PERCENT, 1) > 0 else text


def sentences(audit: Audit) -> list[str]:
    """What each format changes, in a sentence or two."""
    return [_sentence(family, result) for family in audit.formats for result in family.results]


def _sentence(family: FormatFamily, result: FormatResult) -> str:
    every = [result.positives, *([result.negatives] if result.negatives else [])]
    num_changed = sum(shift.only_before + shift.only_after for shift in every)
    num_rows = sum(shift.num_rows for shift in every)
    who = f"{result.model} ({result.label})"
    if not num_changed:
        return (
            f"{who} decides on all {num_rows:,} rows as {family.base} ({family.label}) does at the same "
            "threshold."
        )
    found = (
        f"{who} decides otherwise than {family.base} ({family.label}) on {num_changed:,} of {num_rows:,} "
        f"rows at the same threshold: recall is {percent(result.positives.after)} in place of "
        f"{percent(result.positives.before)}."
    )
    if len(result.groups) < 2:
        return found
    worst = min(result.groups, key=lambda shift: shift.change)
    if worst.change >= 0:
        return f"{found} No group is found less."
    low, high = worst.interval
    return (
        f"{found} The group that loses most is {worst.name}: {worst.change * _PERCENT:+.1f} points (95% "
        f"interval {low * _PERCENT:+.1f} to {high * _PERCENT:+.1f}; {p_text(worst.p_value)}, Holm)."
    )


def as_markdown(audit: Audit) -> list[str]:
    """Heading, captions and tables; nothing where no model has several formats."""
    families = [family for family in audit.formats if family.results]
    if not families:
        return []
    parts = [markdown.heading(2, TITLE), markdown.bullets(sentences(audit))]
    for family in families:
        parts += [markdown.line(f"{caption(family)}:"), markdown.table(rows(family), num_left=1)]
    return parts


def as_json(audit: Audit) -> list[dict[str, Any]]:
    """Plain values for `results.json`; shares from 0 to 1."""
    return [
        {
            "base": family.base,
            "format": family.label,
            "models": {
                result.model: {
                    "format": result.label,
                    "positives": _shift(result.positives),
                    "negatives": result.negatives and _shift(result.negatives),
                    "groups": {shift.name: _shift(shift) for shift in result.groups},
                }
                for result in family.results
            },
        }
        for family in audit.formats
    ]


def _shift(shift: Shift) -> dict[str, Any]:
    return {
        "n": shift.num_rows,
        "before": shift.before,
        "after": shift.after,
        "only_before": shift.only_before,
        "only_after": shift.only_after,
        "change": shift.change,
        "change_interval": list(shift.interval),
        "p_value": shift.p_value,
    }
