"""Numbers as people read them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from facedebias.auditing.runs import Runs, Spread
from facedebias.auditing.statistics.intervals import Estimate, Interval

_PERCENT = 100.0


def percent(value: float, interval: Interval | None = None) -> str:
    """E.g. "91.3%" or "91.3% (85.6 to 94.9)"."""
    return f"{value * _PERCENT:.1f}%{_ends(interval)}"


def points(value: float, interval: Interval | None = None) -> str:
    """E.g. "8.2 points" or "8.2 points (95% interval 1.0 to 12.2)"."""
    ends = _ends(interval).replace("(", "(95% interval ")
    return f"{value * _PERCENT:.1f} points{ends}"


def p_text(p_value: float | None) -> str:
    """E.g. "p = 0.012", "p < 0.001"."""
    if p_value is None:
        return "p unknown"
    if p_value < 0.001:
        return "p < 0.001"
    if 0.0495 <= p_value < 0.05:
        # Rounded up to 0.05 it would seem to settle nothing.
        return f"p = {math.floor(p_value * 1e4) / 1e4:.4f}"
    return f"p = {p_value:.2g}"


def bracketed(estimate: Estimate | None, scale: float = _PERCENT, digits: int = 1) -> str:
    """E.g. "91.3 [85.6, 94.9]"; "-" where there is none."""
    if estimate is None:
        return "-"
    value = f"{estimate.value * scale:.{digits}f}"
    if estimate.interval is None:
        return value
    low, high = estimate.interval
    return f"{value} [{_low_end(low, scale, digits)}, {high * scale:.{digits}f}]"


def bracketed_ratio(estimate: Estimate) -> str:
    """E.g. "0.912 [0.871, <1.000]"; an end below 1 does not read 1."""
    text = bracketed(estimate, 1.0, 3)
    if estimate.interval is not None and estimate.interval[1] < 1:
        return text.replace(", 1.000]", ", <1.000]")
    return text


@dataclass(frozen=True)
class SpreadTable:
    """Figures of models over their runs: column names, and rows that begin with the model."""

    columns: list[str]
    rows: list[list[str]]


def spread_rows(summaries: Sequence[Runs]) -> SpreadTable:
    """Mean and standard deviation over runs of the figures that are read first."""

    def cell(spread: Spread | None, scale: float = _PERCENT) -> str:
        return f"{spread.mean * scale:.1f} ± {spread.deviation * scale:.1f}" if spread else "-"

    rows = [
        [
            runs.name,
            str(len(runs.models)),
            cell(runs.overall.get("true_positive_rate")),
            cell(runs.worst.get("true_positive_rate")),
            cell(runs.differences.get("equal_opportunity_difference")),
            cell(runs.differences.get("true_positive_rate_variance"), 1.0),
            cell(runs.overall.get("false_positive_rate")),
            cell(runs.overall.get("accuracy")),
        ]
        for runs in summaries
    ]
    columns = ["runs", "recall, %", "worst group's recall, %", "gap, points", "variance, %²"]
    return SpreadTable([*columns, "false positive rate, %", "accuracy, %"], rows)


def _ends(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f" ({_low_end(interval[0])} to {interval[1] * _PERCENT:.1f})"


def _low_end(low: float, scale: float = _PERCENT, digits: int = 1) -> str:
    """The low end of an interval; one above 0 does not read 0."""
    text = f"{low * scale:.{digits}f}"
    return f">{text}" if low > 0 and float(text) == 0 else text
