"""Compares what the runs of the study found on the tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facedebias.errors import InputError
from studies.debiasing.datasets import FPRS, MAIN_TESTS
from studies.debiasing.design import CEILING, FAMILIES, MATCHED, group_test
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
    main: Sequence[Record], poorer: Sequence[Record], tests: Tests, sha256: Mapping[str, str]
) -> dict[str, Any]:
    """All methods on all tests.

    Args:
        main: every method with every seed.
        poorer: those on training sets with few dark faces, likewise; may be empty.
        tests: false positive rate -> who is in each test, see `tested_groups`.
        sha256: of their files.

    Returns:
        `methods` and `poorer`: name -> title, cost and `tests`, by place (see `summarize`); `against` and
        `poorer_against`: place -> reference -> method -> differences. Names of places are as text.

    Raises:
        InputError: if a run was tested on other pictures than those described.
    """
    _check_tests([*main, *poorer], sha256)
    found: dict[str, Any] = {"methods": _methods(main), "poorer": _methods(poorer)}
    found["against"] = {str(place): _compare(main, found["methods"], tests, place) for place in PLACES}
    found["poorer_against"] = {}
    for data in dict.fromkeys(record.run.method.data for record in poorer):
        own = [record for record in poorer if record.run.method.data == data]
        for fpr in FPRS:
            place = Place(group_test(own[0].run.method), fpr)
            compared = _compare(own, found["poorer"], tests, place, f"-{data}")
            found["poorer_against"].setdefault(str(place), {}).update(compared)
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


def _compare(
    records: Sequence[Record], entries: dict[str, Any], tests: Tests, place: Place, ending: str = ""
) -> dict[str, Any]:
    """Every method's metrics in one place, and what it has more than those of `FAMILIES`.

    The bound is compared, too, and is in no family: no claim is made of it.

    Args:
        records: of methods trained on one set.
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
