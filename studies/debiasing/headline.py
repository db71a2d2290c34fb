"""The figures that the study answers with, in the form of the benchmarks."""

from collections.abc import Mapping, Sequence
from typing import Any

from studies.debiasing.datasets import FPRS, MAIN_TESTS
from studies.debiasing.design import DEBIASED, MATCHED
from studies.debiasing.judging.recall_metrics import DARK, SEXES, WHITE_MINUS_BLACK
from studies.debiasing.outcome import Place

LOW, USUAL = FPRS
_MAIN = str(Place(MAIN_TESTS[0], LOW))
_POOR, _DRAWN, _BEST = "celeba-dark-0.01", "synthetic", "best"
_NUM_SEEDS = {_POOR: "poor_", _DRAWN: "drawn_", _BEST: "best_"}
# Figure -> its name in study.json, with the method before it.
_OF_METHODS = {
    "mean": "mean_recall",
    "worst": "worst_group_recall",
    SEXES: "women_minus_men",
    WHITE_MINUS_BLACK: "white_minus_black",
}
_OF_CHANGES = {"worst": "worst_group", DARK: "black"}
# What the debiased method is compared with, by its name in study.json.
_REFERENCES = {"cnn": MATCHED, "even": "dbvae-even", "max": "dbvae-max"}

Figures = dict[str, dict[str, Any]]


def headline(outcome: Mapping[str, Any]) -> Figures:
    """Figures of the debiased method on the main test; "median" is the mean over seeds.

    Names that begin with "default_" are of the default settings, those with "best_" of `--preset best`.
    Recalls without either are of `--preset best` where its runs are there; differences without either
    are of the default settings.

    Args:
        outcome: what `outcome.compare_all` found.
    """
    found = _of_method(outcome["methods"][DEBIASED], "default_dbvae")
    for name, reference in _REFERENCES.items():
        change = outcome["against"][_MAIN][reference][DEBIASED]
        found |= _of_change(change, f"dbvae_minus_{name}")
    levels = _of_method(outcome["methods"][DEBIASED], "dbvae")
    if _BEST in outcome["aside"]:
        best = outcome["aside"][_BEST]
        found |= _of_method(best["methods"][f"{DEBIASED}-{_BEST}"], "best_dbvae")
        levels = _of_method(best["methods"][f"{DEBIASED}-{_BEST}"], "dbvae")
    found |= levels | _of_poorer(outcome["aside"])
    for name, prefix in _NUM_SEEDS.items():
        if name in outcome["aside"]:
            found[f"{prefix}num_seeds"] = _seeds(outcome["aside"][name]["methods"])
    return found | {"num_seeds": _seeds(outcome["methods"])}


def _seeds(methods: Mapping[str, Any]) -> dict[str, Any]:
    """How many seeds each method has; all have the same."""
    num_seeds = len(next(iter(methods.values()))["effective_sample_size"])
    return _figure(num_seeds, [num_seeds] * 2, "seeds")


def _figure(value: float, interval: Sequence[float], unit: str = "fraction") -> dict[str, Any]:
    return {"median": value, "min": interval[0], "max": interval[1], "unit": unit}


def _of_method(method: Mapping[str, Any], name: str) -> Figures:
    found = method["tests"][_MAIN]
    return {
        f"{name}_{what}": {
            **_figure(found[figure]["mean"], found[figure]["interval"]),
            "method": method["title"],
        }
        for figure, what in _OF_METHODS.items()
    }


def _of_change(found: Mapping[str, Any], name: str) -> Figures:
    figures = {}
    for figure, what in _OF_CHANGES.items():
        one = found[figure]
        figures[f"{name}_{what}"] = _figure(one["difference"], one["interval"])
        figures[f"{name}_{what}_p"] = _figure(one["holm"], [one["holm"]] * 2, "probability")
    return figures


def _of_poorer(aside: Mapping[str, Any]) -> Figures:
    """Of the sets that lack dark faces, as far as their runs are there."""
    found: Figures = {}
    if _POOR in aside:
        compared = aside[_POOR]["against"][_MAIN][f"{MATCHED}-{_POOR}"]
        found |= _of_change(compared[f"{DEBIASED}-{_POOR}"], "poor_dbvae_minus_cnn")
    if _DRAWN in aside:
        for kind, name in ((DEBIASED, "dbvae"), (MATCHED, "cnn")):
            method = aside[_DRAWN]["methods"][f"{kind}-{_DRAWN}"]
            dark = method["tests"][str(Place(_DRAWN, USUAL))][DARK]
            found[f"drawn_{name}_dark_recall"] = _figure(dark["mean"], dark["interval"])
    return found
