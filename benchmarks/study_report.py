"""Turns the study's scores into one JSON file, tables and pictures."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import study_pictures, study_tables
from benchmarks.study_data import MAIN_TESTS, TESTS, StudyData
from benchmarks.study_methods import DEBIASED, DEFAULT, MATCHED, REFERENCE
from benchmarks.study_runs import Run, scores
from benchmarks.study_statistics import (
    DARK,
    FIGURES,
    Measured,
    Scores,
    Test,
    correct,
    differences,
    measure,
    summarize,
)
from facedebias import run_record
from facedebias.data.face_file import FACE, FaceDataset
from facedebias.errors import InputError

FPR = 0.01
_RESULTS = Path("benchmarks/results")
_PICTURES = Path("docs")

_AllMeasured = dict[str, Measured]


def write(main_runs: Sequence[Run], poorer_runs: Sequence[Run], data: StudyData, workdir: Path) -> None:
    """Compares all methods on all tests; writes `study.json`, `study*.md` and the pictures.

    Args:
        main_runs: every method with every seed, finished and scored.
        poorer_runs: those on training sets with few dark faces, likewise.
        data: the test files.
        workdir: where the scores are.
    """
    record: dict[str, Any] = {
        **run_record.provenance(),
        "fpr": FPR,
        "seeds": _seeds(main_runs),
        "poorer_seeds": _seeds(poorer_runs),
        "sha256": {name: run_record.sha256(data.test(name)) for name in TESTS},
        "methods": _methods(main_runs),
        "poorer": _methods(poorer_runs),
        "against": {},
    }
    for test in MAIN_TESTS:
        record["against"][test] = _compare(main_runs, record["methods"], data, workdir, test)
    record["poorer_against"] = _compare_poorer(poorer_runs, record["poorer"], data, workdir)
    record["figures"] = _headline(record)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / "study.json").write_text(json.dumps(record, indent=1, allow_nan=False) + "\n")
    for name, text in study_tables.tables(record).items():
        (_RESULTS / f"study-{name}.md").write_text(text)
    study_pictures.draw(record, _PICTURES)
    print(study_tables.tables(record)["methods"])


def _seeds(runs: Sequence[Run]) -> list[int]:
    return sorted({run.seed for run in runs})


def _methods(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Title, settings and cost of each method; seeds differ in nothing else."""
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        method = run.method
        entry = found.setdefault(
            run.name,
            {
                "title": method.title,
                "settings": run.config().to_json(),
                "data": method.data,
                "knows": method.knows,
                "is_bound": method.is_bound,
                "seconds": [],
                "tests": {},
            },
        )
        entry["seconds"].append(run.seconds())
    return found


def _open_test(data: StudyData, name: str) -> Test:
    """The groups of a test's faces."""
    dataset = FaceDataset(data.test(name))
    faces = dataset.rows(FACE)
    attributes = [dataset.attribute(attribute) for attribute in TESTS[name].attributes]
    codes = np.stack([attribute.codes[faces] for attribute in attributes], axis=1)
    if np.any(codes < 0):
        raise InputError(f"{dataset.path}: {int(np.sum(codes < 0)):,} labels of faces are unknown.")
    present, groups = np.unique(codes, axis=0, return_inverse=True)
    names = tuple(
        ", ".join(attribute.values[code] for attribute, code in zip(attributes, row, strict=True))
        for row in present
    )
    dark = [number for number, group in enumerate(names) if group.startswith(TESTS[name].dark)]
    return Test(groups.reshape(-1), names, FPR, {DARK: dark})


def _measured(runs: Sequence[Run], test: Test, data: StudyData, workdir: Path, name: str) -> _AllMeasured:
    found: dict[str, list[Scores]] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        found.setdefault(run.name, []).append(scores(run, data, name, workdir))
    return {key: measure(test, own) for key, own in found.items()}


def _compare(
    runs: Sequence[Run], entries: dict[str, Any], data: StudyData, workdir: Path, name: str
) -> dict[str, Any]:
    """Every method's figures on one test, and what it has more than the two classifiers."""
    test = _open_test(data, name)
    measured = _measured(runs, test, data, workdir, name)
    for key, method in measured.items():
        entries[key]["tests"][name] = summarize(test, method)
    against = {}
    for reference in (REFERENCE, MATCHED):
        compared = {
            key: differences(method, measured[reference])
            for key, method in measured.items()
            if key != reference
        }
        # A family: whatever could be used where no group is known. The others are bounds.
        correct({key: found for key, found in compared.items() if not entries[key]["is_bound"]}, FIGURES)
        against[reference] = compared
    return against


def _compare_poorer(
    runs: Sequence[Run], entries: dict[str, Any], data: StudyData, workdir: Path
) -> dict[str, Any]:
    """Each method against the classifier trained on the same faces."""
    against = {}
    for name in sorted({run.method.group_test for run in runs}):
        own = [run for run in runs if run.method.group_test == name]
        test = _open_test(data, name)
        measured = _measured(own, test, data, workdir, name)
        for key, method in measured.items():
            entries[key]["tests"][name] = summarize(test, method)
            reference = f"cnn-{entries[key]['data']}"
            if key != reference:
                against[key] = differences(method, measured[reference])
    correct(against, (*FIGURES, DARK))
    return against


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
