"""What the figures say, in sentences, and no more than their intervals allow."""

from facedebias.audit.audit import Audit
from facedebias.audit.comparison import Comparison, RateChange
from facedebias.audit.disparities import DISPARITIES
from facedebias.audit.findings import Division
from facedebias.audit.metrics import METRICS, RATES
from facedebias.audit.power import LEVEL, POWER
from facedebias.report.numbers import p_text, percent, points

HEADLINE = "equal_opportunity_difference"
"""The figure that verdicts are about, where it can be computed."""

_NOTHING = 0.0005  # what rounds to 0.0 points
_LEAST_LEVELLED = 0.02  # of a gap


def sentences(audit: Audit) -> list[str]:
    """A verdict on each model, then on each comparison."""
    found = [model_sentence(model.name, model.main) for model in audit.models]
    return [*found, *(sentence for pair in audit.comparisons for sentence in comparison_sentences(pair))]


def model_sentence(name: str, division: Division) -> str:
    """For whom a model fails, and how sure that is.

    Args:
        name: of the model.
        division: its figures.
    """
    figure = division.differences.get(HEADLINE)
    worst = division.worst.get("true_positive_rate")
    if figure is None or figure.value is None or figure.interval is None or worst is None:
        recall = division.groups[0].metrics["true_positive_rate"]
        if len(division.groups) > 1 or recall is None:
            return f"{name}: recall cannot be compared between groups; too few groups have positives."
        return f"{name} finds {percent(recall.value, recall.interval)} of the positives; there is one group."
    gap = points(figure.value, figure.interval)
    if figure.value < _NOTHING:
        missed = percent(1 - worst.value)
        return f"{name} misses {missed} of the positives in every group: recall differs by {gap}."
    best = _recall(division, figure.highest)
    # Of a group with negatives not everybody could be missed.
    have_negatives = any(group.num_positives < group.num_rows for group in division.groups)
    first, second = ("the positives in ", "those in ") if have_negatives else ("", "")
    who = (
        f"{name} misses {percent(1 - worst.value)} of {first}{worst.name} but {percent(1 - best)} of "
        f"{second}{figure.highest}: recall differs by {gap}"
    )
    if figure.p_value is not None and figure.p_value < LEVEL:
        return (
            f"{who}. If all groups were alike, chance would rarely give as much ({p_text(figure.p_value)})."
        )
    could = ""
    if figure.detectable is not None:
        could = (
            f" Only a gap of {points(figure.detectable)} or more would have shown in {POWER:.0%} of such "
            "samples."
        )
    return f"{who}. Chance alone gives as much easily ({p_text(figure.p_value)}): no gap is shown.{could}"


def _recall(division: Division, group: str | None) -> float:
    for result in division.groups:
        estimate = result.metrics["true_positive_rate"]
        if result.name == group and estimate is not None:
            return estimate.value
    return float("nan")


def comparison_sentences(comparison: Comparison) -> list[str]:
    """What changed from the first model to another: gaps, groups, levelling down."""
    found = []
    for change in comparison.rates.values():
        if change.change is None or change.interval is None:
            continue
        if change.rate != "true_positive_rate" and not _is_notable(change):
            continue
        found.append(_change_sentence(comparison, change))
        if _is_levelled_down(change):
            found.append(
                f"Levelling down: {points(change.leveled_down)} of the {points(-change.change)} by which the "
                f"gap in {RATES[change.rate].label} shrank come from the best group getting worse."
            )
    return found


def _is_notable(change: RateChange) -> bool:
    return _is_settled(change) or _is_levelled_down(change)


def _is_settled(change: RateChange) -> bool:
    return change.p_value is not None and change.p_value < LEVEL


def _is_levelled_down(change: RateChange) -> bool:
    """Whether that deserves a sentence: of a gap that hardly moved, where from is luck."""
    shrunk = -(change.change or 0.0)
    is_worth_it = shrunk >= _LEAST_LEVELLED or _is_settled(change)
    return change.is_leveling_down and change.leveled_down >= _NOTHING and is_worth_it


def _change_sentence(comparison: Comparison, change: RateChange) -> str:
    label = RATES[change.rate].label
    moved = change.change or 0.0
    how = f"shrinks by {points(-moved)}" if moved < 0 else f"grows by {points(moved)}"
    if abs(moved) < _NOTHING:
        how = "stays as it is"
    low, high = change.interval or (0.0, 0.0)
    text = (
        f"{comparison.after} against {comparison.before}: the gap in {label} {how} "
        f"(95% interval of the change {low * 100:+.1f} to {high * 100:+.1f}; {p_text(change.p_value)})"
    )
    if change.p_value is not None and change.p_value >= LEVEL:
        text += ", which these rows do not settle"
    parts = []
    for word, is_up in (("better", True), ("worse", False)):
        names = [
            group.name for group in change.groups if _differs(group) and _improved(change, group) == is_up
        ]
        if names:
            parts.append(f"{word} for {', '.join(names)}")
    return (
        f"{text}. {('Significantly ' + ' and '.join(parts)) if parts else 'No group changes significantly'}."
    )


def _differs(group: object) -> bool:
    p_value = getattr(group, "p_value", None)
    return p_value is not None and p_value < LEVEL


def _improved(change: RateChange, group: object) -> bool:
    before, after = getattr(group, "before", None), getattr(group, "after", None)
    rises = (after or 0.0) > (before or 0.0)
    return rises == (RATES[change.rate].higher_is_better is not False)


def notes(audit: Audit) -> list[str]:
    """Rows and groups left out, and what else a reader must know."""
    found = [note[0].upper() + note[1:] for note in audit.notes]
    undefined = sorted(
        {
            f"{METRICS[DISPARITIES[name].metrics[0]].label} ({', '.join(figure.left_out)})"
            for name, figure in audit.models[0].main.differences.items()
            if figure.left_out and len(figure.left_out) < len(audit.models[0].main.compared)
        }
    )
    if undefined:
        found.append(f"Undefined in some groups, which these figures leave out: {'; '.join(undefined)}.")
    for runs in audit.runs:
        found.append(f"{runs.name}: {len(runs.models)} runs; ± is their standard deviation.")
    return found
