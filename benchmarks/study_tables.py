"""The study's tables, in Markdown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from scipy import stats

from benchmarks.study_figures import DARK, EXCESS, FIXED_FPR, SEXES
from benchmarks.study_methods import POORER_TITLES, REFERENCE, SHOWN

_DETAILED = ("fairface", "utkface")  # tests whose groups are shown one by one, the main one first


def tables(record: Mapping[str, Any]) -> dict[str, str]:
    """Name -> table: in short; of methods, their differences, groups, small tests, poorer training sets."""
    methods = record["methods"]
    tests = next(iter(methods.values()))["tests"]
    found = {"short": _short(methods, record["against"][_DETAILED[0]][REFERENCE])}
    for test in _DETAILED:
        found[f"methods-{test}"] = _methods(methods, test)
        found[f"groups-{test}"] = _groups(methods, test)
        found[f"differences-{test}"] = _differences(record["against"][test][REFERENCE], methods, test)
    for reference, against in record["against"][_DETAILED[0]].items():
        if reference != REFERENCE:
            found[f"differences-from-{reference}"] = _differences(against, methods, _DETAILED[0])
    found["small"] = _small(methods, [name for name in tests if name not in _DETAILED])
    if record["poorer"]:
        found["poorer"] = _poorer(record["poorer"], record["poorer_against"])
    if record["poorer_together"]:
        found["poorer-together"] = _poorer_together(record["poorer_together"])
    return found


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


def _short(methods: Mapping[str, Any], against: Mapping[str, Any]) -> str:
    """A few methods on the main test, for who does not read the rest."""
    head = [
        "method",
        "mean recall, %",
        "worst group, %",
        "variance, %²",
        "worst group: more than the CNN, points",
        "p (Holm)",
    ]
    rows = []
    for name in SHOWN:
        found = methods[name]["tests"][_DETAILED[0]]
        cells = [_share(found["mean"]), _share(found["worst"]), _spread(found["variance"])]
        change = against[name]["worst"] if name != REFERENCE else None
        cells += [_change(change, 100.0), _p_value(change)] if change else ["", ""]
        rows.append([methods[name]["title"], *cells])
    return _table(head, rows)


def _methods(methods: Mapping[str, Any], test: str) -> str:
    head = [
        "method",
        "worst group, %",
        "if groups were alike",
        "mean, %",
        "dark faces, %",
        "women - men, points",
        "variance, %²",
        "if groups were alike",
        "beyond chance",
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
                f"{100 * found['chance_worst']:.1f}",
                _share(found["mean"]),
                _share(found[DARK]),
                _share(found[SEXES]),
                _spread(found["variance"]),
                f"{found['chance_variance']:.1f}",
                _spread(found[EXCESS]),
                _share(found[FIXED_FPR]),
                _sample_size(entry["effective_sample_size"]),
                f"{min(entry['seconds'].get(machine, [float('nan')])):.0f}",
            ]
        )
    return _table(head, rows)


def _sample_size(shares: Sequence[float]) -> str:
    """Mean over seeds in percent; with more digits where few faces share the draws."""
    mean = 100 * sum(shares) / len(shares)
    return f"{mean:.0f}" if mean >= 1 else f"{mean:.2f}"


def _change(found: Mapping[str, Any], scale: float, digits: int = 1) -> str:
    values = (scale * value for value in (found["difference"], *found["interval"]))
    change, low, high = (f"{value:+.{digits}f}" for value in values)
    return f"{change} ({low} to {high})"


def _differences(against: Mapping[str, Any], methods: Mapping[str, Any], test: str) -> str:
    kinds = (
        ("worst", "worst group, points", 100.0),
        (DARK, "dark faces, points", 100.0),
        ("mean", "mean, points", 100.0),
        ("variance", "variance, %²", 1.0),
        (EXCESS, "beyond chance, %²", 1.0),
    )
    # In no family: looked at when the rest had been seen.
    others = ((SEXES, "women - men, points"), (FIXED_FPR, "FPR at logit 0, points"))
    head = ["method"]
    for _, title, _ in kinds:
        head += [title, "detectable", "p (Holm)"]
    for _, title in others:
        head += [title, "p"]
    rows = []
    for name, found in against.items():
        cells = [methods[name]["title"]]
        for figure, _, scale in kinds:
            cells += _judged(found[figure], scale)
        for figure, _ in others:
            cells += [_change(found[figure], 100.0, 2), _p_value(found[figure])]
        rows.append([*cells, _lower_groups(found, methods[name]["tests"][test]["groups"])])
    return _table([*head, "groups lower"], rows)


def _judged(found: Mapping[str, Any], scale: float = 100.0) -> list[str]:
    """A difference, what could have been found, and its p-value."""
    detectable = found.get("detectable_holm", found["detectable"])
    return [_change(found, scale), f"{scale * detectable:.1f}", _p_value(found)]


def _p_value(found: Mapping[str, Any]) -> str:
    """Corrected, or as it is and in brackets for what no claim is made of."""
    return f"{found['holm']:.3f}" if "holm" in found else f"({found['p_value']:.3f})"


def _lower_groups(found: Mapping[str, Any], groups: Collection[str]) -> str:
    """Groups whose whole interval is below 0; by chance each is in one of 40 cases."""
    lower = [name for name in groups if found[name]["interval"][1] < 0]
    return "all" if len(lower) == len(groups) else "; ".join(lower) or "none"


def _groups(methods: Mapping[str, Any], test: str) -> str:
    names = list(next(iter(methods.values()))["tests"][test]["groups"])
    rows = [
        [entry["title"], *(f"{100 * entry['tests'][test]['groups'][name]['mean']:.1f}" for name in names)]
        for entry in methods.values()
    ]
    return _table(["recall, %", *names], rows)


def _small(methods: Mapping[str, Any], tests: Sequence[str]) -> str:
    """Of tests whose groups are too small for an interval of each to say anything."""
    rows = [
        [
            entry["title"],
            *(_found(entry["tests"][test]["sizes"], entry["tests"][test]["groups"]) for test in tests),
        ]
        for entry in methods.values()
    ]
    return _table(["method", *(f"{test}: found" for test in tests)], rows)


def _found(sizes: Mapping[str, int], groups: Mapping[str, Any]) -> str:
    """How many faces of all groups a run finds, and the exact interval of its recall.

    C. Clopper and E. Pearson, The Use of Confidence or Fiducial Limits, Biometrika 1934, of the
    number found by a run on average.
    """
    total = sum(sizes.values())
    mean = sum(size * groups[name]["mean"] for name, size in sizes.items())
    interval = stats.binomtest(round(mean), total).proportion_ci(method="exact")
    return f"{mean:.1f} of {total} ({100 * interval.low:.0f} to {100 * interval.high:.0f}%)"


_REFERENCES = {REFERENCE: "the CNN", "dbvae-uniform": "the plain VAE"}  # of the poorer sets


def _poorer_together(against: Mapping[str, Mapping[str, Any]]) -> str:
    """Differences over all training sets that have the main test."""
    kinds = ((DARK, "dark faces, points"), ("worst", "worst group, points"), ("mean", "mean, points"))
    head = ["method", "against"]
    for _, title in kinds:
        head += [title, "detectable", "p (Holm)"]
    rows = []
    for reference, family in against.items():
        for kind, found in family.items():
            cells = [POORER_TITLES[kind], _REFERENCES[reference]]
            for figure, _ in kinds:
                cells += _judged(found[figure])
            rows.append(cells)
    return _table(head, rows)


def _poorer(poorer: Mapping[str, Any], against: Mapping[str, Mapping[str, Any]]) -> str:
    head = ["method", "trained on", "dark faces, %", "worst group, %"]
    for reference in against:
        head += [
            f"dark faces against {_REFERENCES[reference]}, points",
            "detectable",
            "p (Holm)",
            "worst group, points",
            "detectable",
            "p (Holm)",
        ]
    rows = []
    for name, entry in poorer.items():
        (found,) = entry["tests"].values()
        cells = [entry["title"], entry["data"].split("-")[0], _share(found[DARK]), _share(found["worst"])]
        for family in against.values():
            for figure in (DARK, "worst"):
                one = family.get(name, {}).get(figure)
                cells += _judged(one) if one else [""] * 3
        rows.append(cells)
    return _table(head, rows)
