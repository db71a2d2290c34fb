"""Turns the study's scores into one JSON file, tables and pictures."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import study_pictures, study_tables
from benchmarks.study_data import TESTS, StudyData
from benchmarks.study_methods import DEBIASED, DEFAULT, MATCHED, REFERENCE
from benchmarks.study_runs import Run, scores_path
from benchmarks.study_statistics import (
    FIGURES,
    Method,
    Scores,
    Test,
    correct,
    differences,
    measure,
    summarize,
)
from facedebias import run_record
from facedebias.audit.thresholds import threshold_at_fpr
from facedebias.config import TrainConfig
from facedebias.data.face_file import FACE, FaceDataset

FPR = 0.01
_RESULTS = Path("benchmarks/results")
_PICTURES = Path("docs")


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
        "recipe": TrainConfig("").to_json(),
        "sha256": {name: run_record.sha256(data.test(name)) for name in TESTS},
        "methods": _methods(main_runs),
        "poorer": _methods(poorer_runs),
    }
    for test in TESTS:
        record["methods"], against = _compare(main_runs, record["methods"], data, workdir, test)
        record.setdefault("against", {})[test] = against
    record["poorer"], record["poorer_against"] = _compare_poorer(poorer_runs, record["poorer"], data, workdir)
    record["figures"] = _headline(record)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / "study.json").write_text(json.dumps(record, indent=1) + "\n")
    for name, text in study_tables.tables(record).items():
        (_RESULTS / f"study-{name}.md").write_text(text)
    study_pictures.draw(record, _PICTURES)
    print(study_tables.tables(record)["methods"])


def _seeds(runs: Sequence[Run]) -> list[int]:
    return sorted({run.seed for run in runs})


def _methods(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Title, settings and cost of each method."""
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        method = run.method
        entry = found.setdefault(
            run.name,
            {
                "title": method.title,
                "settings": dict(method.settings),
                "data": method.data,
                "knows": method.knows,
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
    attributes = [dataset.attribute(attribute) for attribute in TESTS[name][1]]
    codes = np.stack([attribute.codes[faces] for attribute in attributes], axis=1)
    present, groups = np.unique(codes, axis=0, return_inverse=True)
    names = tuple(
        ", ".join(attribute.values[code] for attribute, code in zip(attributes, row, strict=True))
        for row in present
    )
    return Test(groups.reshape(-1), names, FPR)


def _measured(
    runs: Sequence[Run], test: Test, workdir: Path, name: str
) -> tuple[dict[str, Method], dict[str, list[Scores]]]:
    scores: dict[str, dict[int, Scores]] = {}
    for run in runs:
        with np.load(scores_path(run, name, workdir)) as stored:
            scores.setdefault(run.name, {})[run.seed] = Scores(stored["faces"], stored["nonfaces"])
    seeds = _seeds(runs)
    methods = {key: measure(test, own, seeds) for key, own in scores.items()}
    return methods, {key: [own[seed] for seed in seeds] for key, own in scores.items()}


def _compare(
    runs: Sequence[Run], entries: dict[str, Any], data: StudyData, workdir: Path, name: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every method's figures on one test, and what it has more than the two classifiers."""
    test = _open_test(data, name)
    measured, _ = _measured(runs, test, workdir, name)
    for key, method in measured.items():
        entries[key]["tests"][name] = summarize(test, method)
    against = {}
    for reference in (REFERENCE, MATCHED):
        compared = {
            key: differences(test, method, measured[reference])
            for key, method in measured.items()
            if key != reference
        }
        correct(compared, FIGURES)
        against[reference] = compared
    return entries, against


def _compare_poorer(
    runs: Sequence[Run], entries: dict[str, Any], data: StudyData, workdir: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """On FairFace: each method against the classifier trained on the same faces.

    Besides the groups' figures there is "dark": recall of all Black faces together.
    """
    test = _open_test(data, "fairface")
    measured, scores = _measured(runs, test, workdir, "fairface")
    is_dark = np.array([name.startswith("Black") for name in test.names])[test.groups]
    against = {}
    for key, method in measured.items():
        entries[key]["tests"]["fairface"] = summarize(test, method)
        found = [
            float(np.mean(own.faces[is_dark] >= threshold_at_fpr(own.nonfaces, FPR))) for own in scores[key]
        ]
        entries[key]["tests"]["fairface"]["dark"] = {"mean": float(np.mean(found)), "seeds": found}
        reference = f"cnn-{entries[key]['data']}"
        if key != reference:
            against[key] = differences(test, method, measured[reference])
    correct(against, FIGURES)
    return entries, against


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
