"""The study's tables, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.study_methods import MATCHED, REFERENCE

_DETAILED = "fairface"  # the test whose groups are shown one by one


def tables(record: Mapping[str, Any]) -> dict[str, str]:
    """Name -> table: of the methods, of their differences, of groups, of other tests, of poorer sets."""
    methods = record["methods"]
    others = [name for name in next(iter(methods.values()))["tests"] if name != _DETAILED]
    return {
        "methods": _methods(methods, _DETAILED),
        "differences": _differences(record["against"][_DETAILED][REFERENCE], methods),
        "matched": _differences(record["against"][_DETAILED][MATCHED], methods),
        "groups": _groups(methods, _DETAILED),
        "others": _others(methods, others),
        "poorer": _poorer(record["poorer"], record["poorer_against"]),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _share(estimate: Mapping[str, Any]) -> str:
    """Mean ± deviation over seeds (95% interval), in percent."""
    return _spread(estimate, 100.0)


def _spread(estimate: Mapping[str, Any], scale: float = 1.0) -> str:
    text = f"{scale * estimate['mean']:.1f} ± {scale * estimate['deviation']:.1f}"
    if "interval" not in estimate:
        return text
    low, high = (scale * end for end in estimate["interval"])
    return f"{text} ({low:.1f} to {high:.1f})"


def _methods(methods: Mapping[str, Any], test: str) -> str:
    head = ["method", "worst group, %", "mean, %", "variance, %²", "by chance", "FPR at logit 0, %", "s"]
    rows = []
    for entry in methods.values():
        found = entry["tests"][test]
        seconds = sum(entry["seconds"]) / len(entry["seconds"])
        rows.append(
            [
                entry["title"],
                _share(found["worst"]),
                _share(found["mean"]),
                _spread(found["variance"]),
                f"{found['chance_variance']:.1f}",
                _share(found["fixed_threshold_fpr"]),
                f"{seconds:.0f}",
            ]
        )
    return _table(head, rows)


def _change(found: Mapping[str, Any], scale: float) -> str:
    low, high = (scale * end for end in found["interval"])
    return f"{scale * found['difference']:+.1f} ({low:+.1f} to {high:+.1f})"


def _differences(against: Mapping[str, Any], methods: Mapping[str, Any]) -> str:
    head = [
        "method", "worst group, points", "p (Holm)", "detectable", "mean, points", "p (Holm)",
        "variance, %²", "p (Holm)", "groups lower",
    ]  # fmt: skip
    rows = []
    for name, found in against.items():
        cells = [methods[name]["title"], _change(found["worst"], 100.0), f"{found['worst']['holm']:.3f}"]
        cells.append(f"{100 * found['worst']['detectable']:.1f}")
        cells += [_change(found["mean"], 100.0), f"{found['mean']['holm']:.3f}"]
        cells += [_change(found["variance"], 1.0), f"{found['variance']['holm']:.3f}"]
        rows.append([*cells, _lower_groups(found)])
    return _table(head, rows)


def _lower_groups(found: Mapping[str, Any]) -> str:
    """Groups whose whole interval is below 0."""
    figures = {"mean", "worst", "variance"}
    lower = [name for name, one in found.items() if name not in figures and one["interval"][1] < 0]
    return "; ".join(lower) or "none"


def _groups(methods: Mapping[str, Any], test: str) -> str:
    names = list(next(iter(methods.values()))["tests"][test]["groups"])
    rows = [
        [entry["title"], *(f"{100 * entry['tests'][test]['groups'][name]['mean']:.1f}" for name in names)]
        for entry in methods.values()
    ]
    return _table(["recall, %", *names], rows)


def _others(methods: Mapping[str, Any], tests: Sequence[str]) -> str:
    head = ["method", *(f"{test}: {figure}, %" for test in tests for figure in ("worst group", "mean"))]
    rows = [
        [
            entry["title"],
            *(_share(entry["tests"][test][figure]) for test in tests for figure in ("worst", "mean")),
        ]
        for entry in methods.values()
    ]
    return _table(head, rows)


def _poorer(poorer: Mapping[str, Any], against: Mapping[str, Any]) -> str:
    head = ["method", "trained on", "Black faces, %", "worst group, %", "against the CNN, points", "p (Holm)"]
    rows = []
    for name, entry in poorer.items():
        found = entry["tests"][_DETAILED]
        compared = against.get(name)
        rows.append(
            [
                entry["title"],
                entry["data"].split("-")[0],
                f"{100 * found['dark']['mean']:.1f}",
                _share(found["worst"]),
                _change(compared["worst"], 100.0) if compared else "",
                f"{compared['worst']['holm']:.3f}" if compared else "",
            ]
        )
    return _table(head, rows)
