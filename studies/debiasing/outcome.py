"""Compares what the runs of the study found on the tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facedebias.errors import InputError
from studies.debiasing.datasets import FPRS, MAIN_TESTS
from studies.debiasing.design import ASIDES, CEILING, FAMILIES, MATCHED, aside_of
from studies.debiasing.judging.recall_metrics import (
    DARK,
    EXCESS,
    METRICS,
    WHITE_MINUS_BLACK,
    Measured,
    Scores,
    Test,
    measure,
)
from studies.debiasing.judging.seed_statistics import correct, differences, summarize
from studies.debiasing.run_records import Record

_TESTED = (*METRICS, EXCESS, DARK, WHITE_MINUS_BLACK)  # each in each comparison a family
Tests = Mapping[float, Mapping[str, Test]]


@dataclass(frozen=True)
class Place:
    """A test at a false positive rate, where methods are compared."""

    test: str
    fpr: float

    def __str__(self) -> str:
        """As tables name it."""
        return f"{self.test} at {100 * self.fpr:g}%"


PLACES = tuple(Place(test, fpr) for test in MAIN_TESTS for fpr in FPRS)


def compare_all(
    main: Sequence[Record], aside: Sequence[Record], tests: Tests, sha256: Mapping[str, str]
) -> dict[str, Any]:
    """All methods on all tests.

    Args:
        main: every method with every seed.
        aside: those under other conditions, see `ASIDES`, likewise; may be empty.
        tests: false positive rate -> who is in each test, see `tested_groups`.
        sha256: of their files.

    Returns:
        `methods`: name -> title, cost and `tests`, by place (see `summarize`); `against`: place ->
        reference -> method -> differences; and `aside`: name in `ASIDES` -> the same two. Names of
        places are as text.

    Raises:
        InputError: if a run was tested on other pictures than those described.
    """
    _check_tests([*main, *aside], sha256)
    found: dict[str, Any] = _part(main, tests, PLACES)
    found["aside"] = {}
    for name, condition in ASIDES.items():
        own = [record for record in aside if aside_of(record.run.name) == name]
        if own:
            places = [Place(condition.test, fpr) for fpr in FPRS]
            found["aside"][name] = _part(own, tests, places, f"-{name}")
    return found


def _part(
    records: Sequence[Record], tests: Tests, places: Sequence[Place], ending: str = ""
) -> dict[str, Any]:
    methods = _methods(records)
    against = {str(place): _compare(records, methods, tests, place, ending) for place in places}
    return {"methods": methods, "against": against}


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


def _compare(
    records: Sequence[Record], entries: dict[str, Any], tests: Tests, place: Place, ending: str = ""
) -> dict[str, Any]:
    """Every method's metrics in one place, and what it has more than those of `FAMILIES`.

    The bound is compared, too, and is in no family: no claim is made of it.

    Args:
        records: of methods that were trained alike.
        entries: of the methods; get what was found of each.
        tests: as in `compare_all`.
        place: where.
        ending: of the methods' names, behind the kind.
    """
    test = tests[place.fpr][place.test]
    measured = _measured(records, test, place.test)
    for key, method in measured.items():
        entries[key]["tests"][str(place)] = summarize(test, method)
    against = {}
    for reference, family in FAMILIES.items():
        if f"{reference}{ending}" not in measured:
            continue
        bounds = [CEILING] if reference == MATCHED else []
        compared = {
            f"{kind}{ending}": differences(measured[f"{kind}{ending}"], measured[f"{reference}{ending}"])
            for kind in (*family, *bounds)
            if f"{kind}{ending}" in measured
        }
        claimed = {key: found for key, found in compared.items() if key != CEILING}
        correct(claimed, [name for name in _TESTED if name in test.figures])
        against[f"{reference}{ending}"] = compared
    return against
