"""What the figures say, in sentences, and no more than their intervals allow."""

from collections.abc import Callable, Sequence

from facedebias.auditing.audit import Audit
from facedebias.auditing.comparison import Comparison, RateChange
from facedebias.auditing.findings import Division
from facedebias.auditing.statistics import support
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.gaps.gap_test import LEVEL
from facedebias.auditing.statistics.metrics import RATES
from facedebias.auditing.statistics.power import MATTERS, POWER
from facedebias.report.numbers import p_text, percent, points

HEADLINE = "equal_opportunity_difference"
"""The figure that verdicts are about, where it can be computed."""

_NOTHING = 0.0005  # what rounds to 0.0 points
_UNSETTLED = 0.1  # p-values from 0.05 up to this settle nothing
_LEAST_LEVELLED = 0.02  # of a gap


def sentences(audit: Audit) -> list[str]:
    """Every verdict: those of the audit's own point, then those of its low point."""
    return [*own_sentences(audit), *low_sentences(audit)]


def low_sentences(audit: Audit) -> list[str]:
    """A verdict on each model at the low point, and what a reader must know of it; empty without one."""
    if audit.low is None:
        return []
    where = f"{audit.low.title}, "
    # Groups too small to be compared are so at every threshold, which the other verdict says.
    told = [m for m in audit.low.models if len(m.groups) == 1 or _gap_of(m.main)]
    return [*(where + model_sentence(m.name, m.main) for m in told), *map(_capitalized, audit.low.notes)]


def _gap_of(division: Division) -> Between | None:
    """The figure that verdicts are about, if it could be computed."""
    figure = division.differences.get(HEADLINE)
    return None if figure is None or figure.value is None or figure.interval is None else figure


def _capitalized(note: str) -> str:
    return note[0].upper() + note[1:]


def widest_sentence(name: str, divisions: Sequence[Division], where: Callable[[int], str]) -> str:
    """Where a model's gap in recall is widest, of several thresholds; empty if there is none to compare.

    Args:
        name: of the model.
        divisions: its figures at each threshold.
        where: says where the threshold of that number is, e.g. "a false positive rate of 0.2%".
    """
    known = {number: figure for number, one in enumerate(divisions) if (figure := _gap_of(one))}
    if not known:
        return ""
    widest = max(known, key=lambda number: known[number].value or 0.0)
    figure = known[widest]
    if (figure.value or 0.0) < _NOTHING:
        return f"{name} finds the same share of every group at all {len(known)} thresholds."
    return (
        f"The gap of {name} is widest at {where(widest)}: recall of {figure.lowest} is "
        f"{points(figure.value or 0.0, figure.interval)} below that of {figure.highest} "
        f"({p_text(figure.p_value)}). This is the widest of {len(known)} thresholds, so chance explains more "
        "of it than p says."
    )


def own_sentences(audit: Audit) -> list[str]:
    """A verdict on each model, then on each comparison, at the audit's own point."""
    found = [model_sentence(model.name, model.main) for model in audit.models]
    return [*found, *(sentence for pair in audit.comparisons for sentence in comparison_sentences(pair))]


def model_sentence(name: str, division: Division) -> str:
    """For whom a model fails, and how sure that is.

    Args:
        name: of the model.
        division: its figures.
    """
    figure = _gap_of(division)
    if len(division.groups) == 1:
        recall = division.groups[0].metrics["true_positive_rate"]
        found = "-" if recall is None else percent(recall.value, recall.interval)
        return f"{name} finds {found} of the positives; there is one group."
    if figure is None or figure.value is None:
        few = support.listed(division.small.get("true_positive_rate", {}))
        return (
            f"{name}: recall is not compared between groups, as fewer than two have enough positives. "
            f"Too few: {few}."
        )
    gap = points(figure.value, figure.interval)
    worst, best = _recall(division, figure.lowest), _recall(division, figure.highest)
    if figure.value < _NOTHING:
        return (
            f"{name} misses {percent(1 - worst)} of the positives in every group: recall differs by {gap}."
            f"{_what_would_have_shown(division, figure)}"
        )
    # Of a group with negatives not everybody could be missed.
    have_negatives = any(group.num_positives < group.num_rows for group in division.groups)
    first, second = ("the positives in ", "those in ") if have_negatives else ("", "")
    who = (
        f"{name} misses {percent(1 - worst)} of {first}{figure.lowest} but {percent(1 - best)} of "
        f"{second}{figure.highest}: recall differs by {gap}"
    )
    return f"{who}. {_conclusion(division, figure)}"


def _conclusion(division: Division, figure: Between) -> str:
    """Whether chance explains a gap; "no gap" only where one that matters would have shown."""
    p_value = 1.0 if figure.p_value is None else figure.p_value
    p = p_text(figure.p_value)
    if p_value < LEVEL:
        shown = f"If all groups were alike, chance would rarely give as much ({p})."
        return f"{shown}{_clearest(division, figure)}"
    could = _what_would_have_shown(division, figure)
    if p_value < _UNSETTLED:
        return f"This may be chance ({p}); it is not settled.{could}"
    if figure.detectable is not None and figure.detectable <= MATTERS:
        return f"Chance alone can explain this ({p}): no gap is shown.{could}"
    return f"Chance alone can explain this ({p}). These rows are too few to rule out a gap.{could}"


def _clearest(division: Division, figure: Between) -> str:
    """The two groups that differ most surely, if they are not those that differ most."""
    if not figure.pairs:
        return ""
    pair = figure.pairs[0]
    if (pair.higher, pair.lower) == (figure.highest, figure.lowest) or pair.p_value >= LEVEL:
        return ""
    misses = [percent(1 - _recall(division, group)) for group in (pair.lower, pair.higher)]
    return (
        f" The clearest difference is between {pair.lower} ({misses[0]} missed) and {pair.higher} "
        f"({misses[1]}; {p_text(pair.p_value)}, Holm)."
    )


def _what_would_have_shown(division: Division, figure: Between) -> str:
    """The gap that these rows could have shown, in the group where it is hardest to see."""
    compared = set(division.compared["true_positive_rate"])
    sizes = {group.name: group.num_positives for group in division.groups if group.name in compared}
    smallest = str(figure.detectable_in)
    where = f"{smallest} ({sizes[smallest]:,} positives)"
    if figure.detectable is None:
        return (
            f" {where} is too small: even the largest possible gap is missed too often (power {POWER:.0%})."
        )
    elsewhere = ", and a smaller one elsewhere" if len(set(sizes.values())) > 1 else ""
    gap = points(figure.detectable)
    return f" In {where} this test finds a gap of {gap} or more with {POWER:.0%} power{elsewhere}."


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
                f"Levelling down: the gap in {RATES[change.rate].label} shrank by {points(-change.change)}, "
                f"{points(change.leveled_down)} of them because the best group got worse."
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
    found = [_capitalized(note) for note in audit.notes]
    for runs in audit.runs:
        found.append(f"{runs.name}: {len(runs.models)} runs; ± is their standard deviation.")
    return found
