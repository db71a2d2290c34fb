"""Compares what the runs of the study found on the tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from facedebias.errors import InputError
from studies.debiasing.datasets import MAIN_TESTS
from studies.debiasing.design import (
    DEBIASED,
    DEFAULT,
    FAMILIES,
    MATCHED,
    METHODS,
    POORER_FAMILIES,
    REFERENCE,
    group_test,
    is_bound,
)
from studies.debiasing.judging.recall_metrics import DARK, EXCESS, METRICS, Measured, Scores, Test, measure
from studies.debiasing.judging.seed_statistics import correct, differences, summarize
from studies.debiasing.run_records import Record

_TESTED = (*METRICS, EXCESS, DARK)  # each in each comparison a family


def compare_all(
    main: Sequence[Record], poorer: Sequence[Record], tests: Mapping[str, Test], sha256: Mapping[str, str]
) -> dict[str, Any]:
    """All methods on all tests.

    Args:
        main: every method with every seed.
        poorer: those on training sets with few dark faces, likewise; may be empty.
        tests: who is in them, see `tested_groups`.
        sha256: of their files.

    Returns:
        `methods` and `poorer`: name -> title, cost and `tests` (see `summarize`); `against`: test ->
        reference -> method -> differences; `poorer_against`: reference -> method -> differences.

    Raises:
        InputError: if a run was tested on other pictures than those described.
    """
    _check_tests([*main, *poorer], sha256)
    found: dict[str, Any] = {"methods": _methods(main), "poorer": _methods(poorer), "against": {}}
    for name in MAIN_TESTS:
        found["against"][name] = _compare(main, found["methods"], tests[name], name)
    found["poorer_against"] = _compare_poorer(poorer, found["poorer"], tests)
    return found


def _check_tests(records: Sequence[Record], sha256: Mapping[str, str]) -> None:
    for record in records:
        for name, order in record.tests.items():
            if order["sha256"] != sha256[name]:
                run = record.run
                raise InputError(
                    f"{run.records.path}: {run.name}, seed {run.seed}, was tested on other pictures of "
                    f"{name} than the rest; delete its line and train it again."
                )


def _methods(records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Title and cost of each method; seconds are those on the machine that most runs were made on."""
    machines = [record.machine for record in records]
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        entry = found.setdefault(
            record.run.name,
            {"title": record.run.method.title, "seconds": [], "effective_sample_size": [], "tests": {}},
        )
        if record.machine == max(machines, key=machines.count):
            entry["seconds"].append(record.seconds)
        entry["effective_sample_size"].append(record.effective_sample_size)
    return found


def _measured(records: Sequence[Record], test: Test, name: str) -> dict[str, Measured]:
    found: dict[str, list[Scores]] = {}
    for record in sorted(records, key=lambda record: record.run.seed):
        found.setdefault(record.run.name, []).append(record.scores(name))
    return {key: measure(test, own) for key, own in found.items()}


def _compare(records: Sequence[Record], entries: dict[str, Any], test: Test, name: str) -> dict[str, Any]:
    """Every method's metrics on one test, and what it has more than those of `FAMILIES`.

    Bounds are compared with the first of them, too, and are in no family: no claim is made of them.
    """
    measured = _measured(records, test, name)
    for key, method in measured.items():
        entries[key]["tests"][name] = summarize(test, method)
    against = {}
    for reference, family in FAMILIES.items():
        bounds = [key for key in METHODS if is_bound(key) and reference == REFERENCE]
        compared = {
            key: differences(measured[key], measured[reference])
            for key in (*family, *bounds)
            if key in measured and key != reference
        }
        correct({key: found for key, found in compared.items() if key in family}, _TESTED)
        against[reference] = compared
    return against


def _compare_poorer(
    records: Sequence[Record], entries: dict[str, Any], tests: Mapping[str, Test]
) -> dict[str, Any]:
    """Each method against the classifier and the plain VAE trained on the same faces: a family a set."""
    against: dict[str, Any] = {}
    for data in dict.fromkeys(record.run.method.data for record in records):
        own = [record for record in records if record.run.method.data == data]
        name = group_test(own[0].run.method)
        measured = _measured(own, tests[name], name)
        for key, method in measured.items():
            entries[key]["tests"][name] = summarize(tests[name], method)
        for reference, family in POORER_FAMILIES.items():
            compared = {
                f"{kind}-{data}": differences(measured[f"{kind}-{data}"], measured[f"{reference}-{data}"])
                for kind in family
            }
            correct(compared, _TESTED)
            against.setdefault(reference, {}).update(compared)
    return against


def headline(outcome: Mapping[str, Any], num_seeds: int) -> dict[str, dict[str, Any]]:
    """Figures in the form of the benchmarks; "median" is the mean over seeds."""

    def figure(value: float, interval: Sequence[float], unit: str) -> dict[str, Any]:
        return {"median": value, "min": interval[0], "max": interval[1], "unit": unit}

    test = MAIN_TESTS[0]
    default = outcome["methods"][DEFAULT]["tests"][test]
    change = outcome["against"][test][MATCHED][DEBIASED]["worst"]
    worst, mean = default["worst"], default["mean"]
    return {
        "default_worst_group_recall": figure(worst["mean"], worst["interval"], "fraction"),
        "default_mean_recall": figure(mean["mean"], mean["interval"], "fraction"),
        "dbvae_minus_cnn_worst_group": figure(change["difference"], change["interval"], "fraction"),
        "dbvae_minus_cnn_p_value": figure(change["holm"], [change["holm"]] * 2, "probability"),
        "num_seeds": figure(num_seeds, [num_seeds] * 2, "seeds"),
    }
