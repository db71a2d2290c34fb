"""The study's tables, in Markdown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from scipy import stats

from benchmarks.study_methods import CEILING_CONTROL, MATCHED, REFERENCE
from benchmarks.study_statistics import DARK

_DETAILED = "fairface"  # the test whose groups are shown one by one
_SMALL = 30  # faces of a group, fewer of which are counted together


def tables(record: Mapping[str, Any]) -> dict[str, str]:
    """Name -> table: of the methods, of their differences, of groups, of other tests, of poorer sets."""
    methods = record["methods"]
    others = [name for name in next(iter(methods.values()))["tests"] if name != _DETAILED]
    return {
        "methods": _methods(methods, _DETAILED),
        "differences": _differences(record["against"][_DETAILED][REFERENCE], methods),
        "matched": _differences(record["against"][_DETAILED][MATCHED], methods),
        "ceiling": _differences(record["against"][_DETAILED][CEILING_CONTROL], methods),
        "groups": _groups(methods, _DETAILED),
        "others": _others(methods, others),
    } | ({"poorer": _poorer(record["poorer"], record["poorer_against"])} if record["poorer"] else {})


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
    head = [
        "method",
        "worst group, %",
        "mean, %",
        "variance, %²",
        "by chance",
        "FPR at logit 0, %",
        "ESS, %",
        "least s",
    ]
    # Machines differ: the one that made most runs of the first method.
    costs = next(iter(methods.values()))["seconds"]
    machine = max(costs, key=lambda name: len(costs[name]))
    rows = []
    for entry in methods.values():
        found = entry["tests"][test]
        rows.append(
            [
                entry["title"],
                _share(found["worst"]),
                _share(found["mean"]),
                _spread(found["variance"]),
                f"{found['chance_variance']:.1f}",
                _share(found["fixed_threshold_fpr"]),
                _sample_size(entry["effective_sample_size"]),
                f"{min(entry['seconds'][machine]):.0f}",
            ]
        )
    return _table(head, rows)


def _sample_size(shares: Sequence[float]) -> str:
    """Mean over seeds in percent; with more digits where few faces share the draws."""
    mean = 100 * sum(shares) / len(shares)
    return f"{mean:.0f}" if mean >= 1 else f"{mean:.2f}"


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
        cells = [methods[name]["title"], _change(found["worst"], 100.0), _p_value(found["worst"])]
        detectable = found["worst"].get("detectable_holm", found["worst"]["detectable"])
        cells.append(f"{100 * detectable:.1f}")
        cells += [_change(found["mean"], 100.0), _p_value(found["mean"])]
        cells += [_change(found["variance"], 1.0), _p_value(found["variance"])]
        rows.append([*cells, _lower_groups(found, methods[name]["tests"][_DETAILED]["groups"])])
    return _table(head, rows)


def _p_value(found: Mapping[str, Any]) -> str:
    """Corrected, or as it is and in brackets for what no claim is made of."""
    return f"{found['holm']:.3f}" if "holm" in found else f"({found['p_value']:.3f})"


def _lower_groups(found: Mapping[str, Any], groups: Collection[str]) -> str:
    """Groups whose whole interval is below 0."""
    return "; ".join(name for name in groups if found[name]["interval"][1] < 0) or "none"


def _groups(methods: Mapping[str, Any], test: str) -> str:
    names = list(next(iter(methods.values()))["tests"][test]["groups"])
    rows = [
        [entry["title"], *(f"{100 * entry['tests'][test]['groups'][name]['mean']:.1f}" for name in names)]
        for entry in methods.values()
    ]
    return _table(["recall, %", *names], rows)


def _others(methods: Mapping[str, Any], tests: Sequence[str]) -> str:
    head = ["method"]
    for test in tests:
        is_small = _is_small(next(iter(methods.values()))["tests"][test])
        head += [f"{test}: found"] if is_small else [f"{test}: {what}, %" for what in ("worst group", "mean")]
    rows = []
    for entry in methods.values():
        cells = [entry["title"]]
        for found in (entry["tests"][test] for test in tests):
            if _is_small(found):
                cells.append(_found(found["sizes"], found["groups"]))
            else:
                cells += [_share(found["worst"]), _share(found["mean"])]
        rows.append(cells)
    return _table(head, rows)


def _is_small(found: Mapping[str, Any]) -> bool:
    """Whether groups are too small for an interval of each to say anything."""
    return min(found["sizes"].values()) < _SMALL


def _found(sizes: Mapping[str, int], groups: Mapping[str, Any]) -> str:
    """How many faces of all groups a run finds, and the exact interval of its recall.

    C. Clopper and E. Pearson, The Use of Confidence or Fiducial Limits, Biometrika 1934, of the
    number found by a run on average.
    """
    total = sum(sizes.values())
    mean = sum(size * groups[name]["mean"] for name, size in sizes.items())
    interval = stats.binomtest(round(mean), total).proportion_ci(method="exact")
    return f"{mean:.1f} of {total} ({100 * interval.low:.0f} to {100 * interval.high:.0f}%)"


def _poorer(poorer: Mapping[str, Any], against: Mapping[str, Any]) -> str:
    head = [
        "method", "trained on", "dark faces, %", "worst group, %", "dark faces against the CNN, points",
        "p (Holm)", "worst group, points", "p (Holm)",
    ]  # fmt: skip
    rows = []
    for name, entry in poorer.items():
        (found,) = entry["tests"].values()
        cells = [entry["title"], entry["data"].split("-")[0], _share(found[DARK]), _share(found["worst"])]
        for figure in (DARK, "worst"):
            one = against.get(name, {}).get(figure)
            cells += [_change(one, 100.0), _p_value(one)] if one else ["", ""]
        rows.append(cells)
    return _table(head, rows)
