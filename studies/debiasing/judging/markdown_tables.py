"""The study's tables, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from studies.debiasing.design import ASIDES
from studies.debiasing.judging.recall_metrics import DARK, EXCESS, FIXED_FPR, SEXES, WHITE_MINUS_BLACK


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown, with a line for each row and an end of line at the end."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tables(outcome: Mapping[str, Any]) -> dict[str, str]:
    """Title -> table, of what `studies.debiasing.outcome` found."""
    methods = outcome["methods"]
    found = {"Cost": _cost(methods)}
    for place, against in outcome["against"].items():
        found |= _of_place(methods, place, against)
    for name, part in outcome["aside"].items():
        for place, against in part["against"].items():
            found |= _of_aside(ASIDES[name].what, part["methods"], place, against)
    return found


def _of_place(methods: Mapping[str, Any], place: str, against: Mapping[str, Any]) -> dict[str, str]:
    found = {
        f"Recall on {place}": _recalls(methods, place),
        f"Evenness on {place}": _evenness(methods, place),
        f"Recall of each group on {place}": _groups(methods, place),
    }
    for reference, differences in against.items():
        title = f"Differences from {methods[reference]['title']} on {place}"
        found[title] = _differences(differences, methods)
    return found


def _of_aside(
    what: str, methods: Mapping[str, Any], place: str, against: Mapping[str, Any]
) -> dict[str, str]:
    num_seeds = len(next(iter(methods.values()))["tests"][place]["mean"]["seeds"])
    titled = f"({what}; {num_seeds} seeds) on {place}"
    found = {f"Recall {titled}": _recalls(methods, place)}
    if any(SEXES in entry["tests"][place] for entry in methods.values()):
        found[f"Evenness {titled}"] = _evenness(methods, place)
    for reference, differences in against.items():
        found[f"Differences from {methods[reference]['title']} on {place}"] = _differences(
            differences, methods
        )
    return found


def _share(estimate: Mapping[str, Any], scale: float = 100.0) -> str:
    """Mean ± deviation over seeds (95% interval), in percent."""
    low, high = (scale * end for end in estimate["interval"])
    text = f"{scale * estimate['mean']:.1f} ± {scale * estimate['deviation']:.1f}"
    return f"{text} ({low:.1f} to {high:.1f})"


def _change(found: Mapping[str, Any], scale: float = 100.0) -> str:
    values = (scale * value for value in (found["difference"], *found["interval"]))
    change, low, high = (f"{value:+.1f}" for value in values)
    return f"{change} ({low} to {high})"


def _p_value(found: Mapping[str, Any]) -> str:
    """Corrected, or as it is and in brackets for what no claim is made of."""
    return f"{found['holm']:.3f}" if "holm" in found else f"({found['p_value']:.3f})"


def _recalls(methods: Mapping[str, Any], place: str) -> str:
    head = ["method", "mean recall, %", "worst group, %", "dark faces, %"]
    rows = [
        [entry["title"], *(_share(entry["tests"][place][figure]) for figure in ("mean", "worst", DARK))]
        for entry in methods.values()
    ]
    return as_table(head, rows)


def _evenness(methods: Mapping[str, Any], place: str) -> str:
    head = [
        "method", "women - men, points", "White - Black, points", "variance beyond chance, %²",
        "worst group if groups were alike, %", "detectable gap, points", "false positives at logit 0, %",
    ]  # fmt: skip
    rows = []
    for entry in methods.values():
        found = entry["tests"][place]
        gap = found["detectable_gap"]
        contrasts = (_share(found[name]) if name in found else "" for name in (SEXES, WHITE_MINUS_BLACK))
        rows.append(
            [
                entry["title"],
                *contrasts,
                _share(found[EXCESS], 1.0),
                f"{100 * found['chance_worst']:.1f}",
                f"{100 * gap:.1f}" if gap is not None else "none",
                f"{100 * found[FIXED_FPR]['mean']:.2f}",
            ]
        )
    return as_table(head, rows)


def _cost(methods: Mapping[str, Any]) -> str:
    rows = [
        [
            entry["title"],
            _sample_size(entry["effective_sample_size"]),
            f"{min(entry['seconds']):.0f}" if entry["seconds"] else "on another machine",
        ]
        for entry in methods.values()
    ]
    return as_table(["method", "effective sample size, %", "seconds on a core"], rows)


def _sample_size(shares: Sequence[float]) -> str:
    """Mean over seeds in percent; with more digits where few faces share the draws."""
    mean = 100 * sum(shares) / len(shares)
    return f"{mean:.0f}" if mean >= 1 else f"{mean:.2f}"


def _differences(against: Mapping[str, Any], methods: Mapping[str, Any]) -> str:
    kinds = (("worst", "worst group, points"), (DARK, "dark faces, points"), ("mean", "mean, points"))
    head = ["method"]
    for _, title in kinds:
        head += [f"{title} [detectable]", "p (Holm)"]
    rows = []
    for name, found in against.items():
        cells = [methods[name]["title"]]
        for figure, _ in kinds:
            cells += _judged(found[figure])
        rows.append(cells)
    return as_table(head, rows)


def _judged(found: Mapping[str, Any]) -> list[str]:
    """A difference with what could have been found, and its p-value."""
    detectable = 100 * found.get("detectable_holm", found["detectable"])
    return [f"{_change(found)} [{detectable:.1f}]", _p_value(found)]


def _groups(methods: Mapping[str, Any], place: str) -> str:
    """A line a group, a column a method."""
    names = list(next(iter(methods.values()))["tests"][place]["groups"])
    head = ["recall, %", *(entry["title"] for entry in methods.values())]
    rows = [
        [name, *(f"{100 * e['tests'][place]['groups'][name]['mean']:.1f}" for e in methods.values())]
        for name in names
    ]
    return as_table(head, rows)
