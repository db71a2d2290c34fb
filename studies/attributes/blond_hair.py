r"""A standard test of the field: blond hair, which hardly any man in CelebA has.

    python -m facedebias.prepare --faces celeba:DIR --crop head --output data/celeba.h5
    python -m studies.attributes.blond_hair --data data/celeba.h5

A model that takes men for dark-haired is right nearly always, and wrong on blond men. Of 10,000
pictures only 81 are of such; so every picture is tested once, by five-fold cross-validation over
people, and that --seeds times. Accuracy is that at logit 0 over all folds together; the worst group is
the one with the lowest mean. How sure a difference from plain training is, is bootstrapped over
people. Resumable run by run. What is kept of the runs is in studies/attributes/blond_hair.jsonl; the same
command without --data makes the table of it again. Writes blond_hair.json and .md below --output.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from facedebias import provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.targets import target_labels
from facedebias.errors import InputError
from facedebias.mitigation import methods as mitigations
from facedebias.scoring.exported_model import ExportedModel
from studies.attributes.cross_validation import NUM_FOLDS, Folds, as_markdown, compare
from studies.harness import pool
from studies.harness.method import Method
from studies.harness.record_file import Line, RecordFile
from studies.harness.trained_runs import Run, runs_of

_DATA = flags.DEFINE_string("data", None, "Face file of CelebA (default: make the table of the records).")
_METHODS = flags.DEFINE_list(
    "methods", ["plain", "group", "group_dro", "loss"], "Of docs/mitigation.md, plain first."
)
_SEEDS = flags.DEFINE_integer("seeds", 1, "Times that all folds are run.", lower_bound=1)
_JOBS = flags.DEFINE_integer("jobs", 2, "Runs side by side, each on one core.", lower_bound=1)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/blond_hair", "Folder for face files and runs.")
_RECORDS = flags.DEFINE_string("records", "studies/attributes/blond_hair.jsonl", "What is kept of the runs.")
_OUTPUT = flags.DEFINE_string("output", "studies/attributes/results", "Folder for the table.")

_BATCH_SIZE = 512
TARGET, GROUP = "Blond_Hair", "Male"
CELLS = [f"{GROUP}: {group}, {label}" for group in ("no", "yes") for label in ("without", "with")]


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes what came of it."""
    running.refuse_arguments(argv)
    records = RecordFile(Path(_RECORDS.value))
    if _DATA.value:
        _train(records)
    table = compare_recorded(records, _METHODS.value, _SEEDS.value)
    folder = Path(_OUTPUT.value)
    folder.mkdir(parents=True, exist_ok=True)
    found = {**provenance.provenance(), "target": TARGET, "seeds": _SEEDS.value, "methods": table}
    (folder / "blond_hair.json").write_text(json.dumps(found, indent=1) + "\n")
    text = as_markdown(table, CELLS)
    (folder / "blond_hair.md").write_text(text)
    print(text)


def _train(records: RecordFile) -> None:
    dataset, sha256 = FaceDataset(_DATA.value), provenance.sha256(_DATA.value)
    # Folds of other pictures lie elsewhere.
    workdir = Path(_WORKDIR.value).resolve() / sha256[:12]
    describe(dataset, sha256, records)
    folds = Folds(dataset, workdir / "data", sha256)
    chosen = {name: _method(name) for name in _METHODS.value}
    runs = runs_of(chosen, range(NUM_FOLDS * _SEEDS.value), workdir, records)
    with pool.only_user_of(workdir):
        pool.train(runs, folds, _JOBS.value, lambda run: _record(run, folds))


def _method(name: str) -> Method:
    settings = dict(mitigations.MITIGATIONS[name].settings) | {"target": TARGET}
    if name not in {"plain", "loss", "latent"}:
        settings["protected"] = (GROUP,)
    return Method(name, settings, "folds")


def describe(dataset: FaceDataset, sha256: str, records: RecordFile) -> None:
    """Adds what tables need of the pictures to the records, if it is not there yet.

    That is a line of kind "pictures": `sha256`, `cells` (a digit a row: its group and label, "-" if it does
    not count) and `people` (whose picture it is, numbers in the order of the identities).

    Raises:
        InputError: if the records are of other pictures.
    """
    labels = target_labels(dataset, TARGET)
    cells = np.where(labels < 0, -1, 2 * dataset.attribute(GROUP).codes + labels)
    _, people = np.unique(dataset.identity, return_inverse=True)
    line = {
        "kind": "pictures",
        "sha256": sha256,
        "cells": "".join("-" if cell < 0 else str(cell) for cell in cells),
        "people": " ".join(map(str, people)),
    }
    known = records.of_kind("pictures")
    if not known:
        records.add(line)
    elif known[0] != line:
        raise InputError(
            f"{records.path}: is of other pictures than {dataset.path}. Choose another --records, or delete "
            "the file to begin anew."
        )


def _record(run: Run, folds: Folds) -> None:
    """Keeps which pictures of its fold a run was wrong about."""
    dataset = FaceDataset(folds.train("", run.seed))
    rows = dataset.rows(split="test")
    labels = target_labels(dataset, TARGET)[rows]
    model = ExportedModel(run.name, run.folder)
    logits = model.score(lambda part: dataset.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    is_wrong = (logits >= 0) != (labels == 1)
    stored = json.loads((run.folder / "run.json").read_text())
    run.keep(
        {
            **{name: stored[name] for name in ("date", "git_revision")},
            "num_tested": len(rows),
            "wrong": " ".join(map(str, rows[is_wrong])),
        }
    )


def compare_recorded(records: RecordFile, names: Sequence[str], num_seeds: int) -> dict[str, dict[str, Any]]:
    """Accuracy of each cell by each method, see `cross_validation.compare`.

    Raises:
        InputError: if a run is not in the records.
    """
    pictures = records.of_kind("pictures")
    if not pictures:
        raise InputError(f"{records.path}: has no runs yet; give the pictures with --data.")
    cells = np.array([-1 if cell == "-" else int(cell) for cell in pictures[0]["cells"]])
    people = np.array(pictures[0]["people"].split(), int)
    right = {
        name: np.stack([_right(records, name, seed, len(cells)) for seed in range(num_seeds)])
        for name in names
    }
    return compare(right, cells, people, CELLS)


def _right(records: RecordFile, name: str, seed: int, num_rows: int) -> np.ndarray:
    """Whether each picture was judged rightly by the model that did not train on it: bool `(num_rows,)`."""
    right = np.ones(num_rows, bool)
    for number in range(NUM_FOLDS * seed, NUM_FOLDS * (seed + 1)):
        right[np.array(_run(records, name, number)["wrong"].split(), int)] = False
    return right


def _run(records: RecordFile, name: str, number: int) -> Line:
    line = records.run(name, number)
    if line is None:
        raise InputError(f"{records.path}: has no run {number} of {name}; train it with --data.")
    return line


if __name__ == "__main__":
    running.run(main)
