"""Turns the records of the study's runs into one JSON file, tables and pictures."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import study_pictures, study_tables, study_tests
from benchmarks.study_data import MAIN_TESTS
from benchmarks.study_figures import DARK, EXCESS, FIGURES, Measured, Scores, Test, join, measure
from benchmarks.study_methods import (
    DEBIASED,
    DEFAULT,
    FAMILIES,
    MATCHED,
    METHODS,
    POORER,
    POORER_FAMILIES,
    REFERENCE,
)
from benchmarks.study_records import Record
from benchmarks.study_statistics import correct, differences, summarize
from benchmarks.study_tests import FPR
from facedebias import provenance
from facedebias.errors import InputError

_RESULTS = Path("benchmarks/results")
_PICTURES = Path("docs")

_MAIN_TEST = MAIN_TESTS[0]
_TESTED = (*FIGURES, EXCESS, DARK)  # each in each comparison a family
_AllMeasured = dict[str, Measured]


def write(main: Sequence[Record], poorer: Sequence[Record], tests_path: Path) -> None:
    """Compares all methods on all tests; writes `study.json`, `study*.md` and the pictures.

    Args:
        main: every method with every seed.
        poorer: those on training sets with few dark faces, likewise.
        tests_path: who is in the tests, see `study_tests`.

    Raises:
        InputError: if a run was tested on other pictures than those described there.
    """
    tests = study_tests.load(tests_path)
    sha256 = {name: entry["sha256"] for name, entry in json.loads(tests_path.read_text()).items()}
    _check_tests([*main, *poorer], sha256)
    record: dict[str, Any] = {
        **provenance.provenance(),
        "fpr": FPR,
        "machines": sorted({record.machine for record in (*main, *poorer)}),
        "seeds": _seeds(main),
        "poorer_seeds": _seeds(poorer),
        "sha256": sha256,
        "methods": _methods(main),
        "poorer": _methods(poorer),
        "against": {},
    }
    for name in MAIN_TESTS:
        record["against"][name] = _compare(main, record["methods"], tests[name], name)
    record["poorer_against"], record["poorer_together"] = _compare_poorer(poorer, record["poorer"], tests)
    record["figures"] = _headline(record)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    for stale in _RESULTS.glob("study-poorer*.md"):  # of sets that are not whole any more
        stale.unlink()
    # Nine digits are more than anything here is sure of, and halve the file.
    rounded = json.loads(
        json.dumps(record, allow_nan=False), parse_float=lambda text: float(f"{float(text):.9g}")
    )
    (_RESULTS / "study.json").write_text(json.dumps(rounded, separators=(",", ":")) + "\n")
    tables = study_tables.tables(record)
    for name, text in tables.items():
        (_RESULTS / f"study-{name}.md").write_text(text)
    study_pictures.draw(record, _PICTURES)
    print(next(iter(tables.values())))


def _check_tests(records: Sequence[Record], sha256: Mapping[str, str]) -> None:
    for record in records:
        for name, order in record.tests.items():
            if order["sha256"] != sha256[name]:
                raise InputError(
                    f"{record.run.record_path}: was tested on other pictures of {name} than the rest; delete "
                    "it and train it again."
                )


def _seeds(records: Sequence[Record]) -> list[int]:
    return sorted({record.run.seed for record in records})


def _methods(records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Title, settings and cost (machine -> seconds) of each method; seeds differ in nothing else."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        method = record.run.method
        entry = found.setdefault(
            record.run.name,
            {
                "title": method.title,
                "settings": record.run.config().to_json(),
                "data": method.data,
                "knows": method.knows,
                "is_bound": method.is_bound,
                "seconds": {},
                "effective_sample_size": [],
                "tests": {},
            },
        )
        entry["seconds"].setdefault(record.machine, []).append(record.seconds)
        entry["effective_sample_size"].append(record.effective_sample_size)
    return found


def _measured(records: Sequence[Record], test: Test, name: str) -> _AllMeasured:
    found: dict[str, list[Scores]] = {}
    for record in sorted(records, key=lambda record: record.run.seed):
        found.setdefault(record.run.name, []).append(record.scores(name))
    return {key: measure(test, own) for key, own in found.items()}


def _compare(records: Sequence[Record], entries: dict[str, Any], test: Test, name: str) -> dict[str, Any]:
    """Every method's figures on one test, and what it has more than those of `FAMILIES`.

    Bounds are compared with the first of them, too, and are in no family: no claim is made of them.
    """
    measured = _measured(records, test, name)
    for key, method in measured.items():
        entries[key]["tests"][name] = summarize(test, method)
    against = {}
    for reference, family in FAMILIES.items():
        bounds = [key for key, method in METHODS.items() if method.is_bound and reference == REFERENCE]
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
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Each method against the classifier and the plain VAE trained on the same faces.

    Differences from either on one training set are a family; so are the means over all sets that have the
    main test, seed by seed. The latter are empty while a set is missing.
    """
    against: dict[str, Any] = {}
    of_main: dict[str, list[Measured]] = {}
    for data in dict.fromkeys(record.run.method.data for record in records):
        own = [record for record in records if record.run.method.data == data]
        name = own[0].run.method.group_test
        measured = _measured(own, tests[name], name)
        for key, method in measured.items():
            entries[key]["tests"][name] = summarize(tests[name], method)
            if name == _MAIN_TEST:
                of_main.setdefault(key.removesuffix(f"-{data}"), []).append(method)
        for reference, family in POORER_FAMILIES.items():
            compared = {
                f"{kind}-{data}": differences(measured[f"{kind}-{data}"], measured[f"{reference}-{data}"])
                for kind in family
            }
            correct(compared, _TESTED)
            against.setdefault(reference, {}).update(compared)
    together: dict[str, Any] = {}
    if sum(map(len, of_main.values())) == sum(method.group_test == _MAIN_TEST for method in POORER.values()):
        joined = {kind: join(methods) for kind, methods in of_main.items()}
        for reference, family in POORER_FAMILIES.items():
            together[reference] = {kind: differences(joined[kind], joined[reference]) for kind in family}
            correct(together[reference], _TESTED)
    return against, together


def _headline(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Figures in the form of the other benchmarks; "median" is the mean over seeds."""

    def figure(value: float, interval: Sequence[float], unit: str) -> dict[str, Any]:
        return {"median": value, "min": interval[0], "max": interval[1], "unit": unit}

    default = record["methods"][DEFAULT]["tests"]["fairface"]
    change = record["against"]["fairface"][MATCHED][DEBIASED]["worst"]
    num_seeds = len(record["seeds"])
    return {
        "default_worst_group_recall": figure(
            default["worst"]["mean"], default["worst"]["interval"], "fraction"
        ),
        "default_mean_recall": figure(default["mean"]["mean"], default["mean"]["interval"], "fraction"),
        "dbvae_minus_cnn_worst_group": figure(change["difference"], change["interval"], "fraction"),
        "dbvae_minus_cnn_p_value": figure(change["holm"], [change["holm"]] * 2, "probability"),
        "num_seeds": figure(num_seeds, [num_seeds] * 2, "seeds"),
    }
