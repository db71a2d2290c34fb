r"""A standard test of the field: blond hair, which hardly any man in CelebA has.

    python -m facedebias.prepare --faces celeba:DIR --crop head --output data/celeba.h5
    python -m benchmarks.blond_hair --data data/celeba.h5

A model that takes men for dark-haired is right nearly always, and wrong on blond men. Of 10,000
pictures only 81 are of such; so every picture is tested once, by five-fold cross-validation over
people, and that --seeds times. Accuracy is that at logit 0 over all folds together; the worst group is
the one with the lowest mean. Differences from plain training are bootstrapped over people. Resumable
run by run; what is kept of each is in benchmarks/results/blond_hair/. Writes
benchmarks/results/blond_hair.json and .md.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from absl import flags

from benchmarks import study_runs
from benchmarks.study_methods import Method
from facedebias import commands, mitigations, run_record
from facedebias.audit.scoring import ExportedModel
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS
from facedebias.data.targets import target_labels

_DATA = flags.DEFINE_string("data", None, "Face file of CelebA.", required=True)
_TARGET = flags.DEFINE_string("target", "Blond_Hair", "Attribute to learn.")
_GROUP = flags.DEFINE_string("group", "Male", "Attribute that makes two groups.")
_METHODS = flags.DEFINE_list(
    "methods", ["plain", "group", "balanced", "group_dro", "loss"], "Of docs/mitigation.md, plain first."
)
_SEEDS = flags.DEFINE_integer("seeds", 1, "Times that all folds are run.", lower_bound=1)
_JOBS = flags.DEFINE_integer("jobs", 2, "Runs side by side, each on one core.", lower_bound=1)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/blond_hair", "Folder for face files and runs.")
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/blond_hair", "Results without their ending.")

NUM_FOLDS = 5
_NUM_DRAWS = 2000
_BATCH_SIZE = 512


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes what came of it."""
    commands.refuse_arguments(argv)
    workdir, output = Path(_WORKDIR.value).resolve(), Path(_OUTPUT.value)
    dataset = FaceDataset(_DATA.value)
    folds = Folds(dataset, workdir / "data")
    methods = {name: _method(name) for name in _METHODS.value}
    runs = study_runs.runs_of(methods, range(NUM_FOLDS * _SEEDS.value), workdir, output)
    with study_runs.only_user_of(workdir):
        study_runs.train(runs, folds, _JOBS.value, lambda run: _record(run, folds))
    right = {
        name: np.stack([_right(runs, name, seed, len(dataset)) for seed in range(_SEEDS.value)])
        for name in methods
    }
    labels = target_labels(dataset, _TARGET.value)
    cells = np.where(labels < 0, -1, 2 * dataset.attribute(_GROUP.value).codes + labels)
    names = [f"{_GROUP.value}: {group}, {label}" for group in ("no", "yes") for label in ("without", "with")]
    table = compare(right, cells, dataset.identity, names)
    record = {**run_record.provenance(), "target": _TARGET.value, "seeds": _SEEDS.value, "methods": table}
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    text = as_markdown(table, names)
    output.with_suffix(".md").write_text(text)
    print(text)


def _method(name: str) -> Method:
    settings = dict(mitigations.MITIGATIONS[name].settings) | {"target": _TARGET.value}
    if name not in {"plain", "loss", "latent"}:
        settings["protected"] = (_GROUP.value,)
    return Method(name, settings)


@dataclass(frozen=True)
class Folds:
    """The face file with one fold of its people marked for testing, and the others for training."""

    dataset: FaceDataset
    folder: Path

    def fold_of_rows(self) -> np.ndarray:
        """int64 `(num_rows,)`; all pictures of a person are in one fold."""
        people, person = np.unique(self.dataset.identity, return_inverse=True)
        return (np.random.default_rng(0).permutation(len(people)) % NUM_FOLDS)[person]

    def train(self, name: str, seed: int) -> Path:
        """The file of fold `seed % NUM_FOLDS`; the name says nothing, as all methods have the same."""
        del name
        number = seed % NUM_FOLDS
        path = self.folder / f"fold-{number}.h5"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            shutil.copy(self.dataset.path, partial)
            is_tested = self.fold_of_rows() == number
            with h5py.File(partial, "r+") as file:
                marks = np.where(is_tested, SPLITS.index("test"), SPLITS.index("train"))
                file["split"][:] = marks
            os.replace(partial, path)
        return path


def _record(run: study_runs.Run, folds: Folds) -> None:
    """Writes which pictures of its fold a run was right about."""
    dataset = FaceDataset(folds.train("", run.seed))
    rows = dataset.rows(split="test")
    labels = target_labels(dataset, _TARGET.value)[rows]
    model = ExportedModel(run.name, run.folder)
    logits = model.score(lambda part: dataset.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    is_wrong = (logits >= 0) != (labels == 1)
    record = {
        "settings": run.config().to_json(),
        "date": json.loads((run.folder / "run.json").read_text())["date"],
        "num_tested": len(rows),
        "wrong": " ".join(map(str, rows[is_wrong])),
    }
    run.record_path.parent.mkdir(parents=True, exist_ok=True)
    run.record_path.write_text(json.dumps(record, indent=1) + "\n")


def _right(runs: Sequence[study_runs.Run], name: str, seed: int, num_rows: int) -> np.ndarray:
    """Whether each picture was judged rightly by the model that did not train on it: bool."""
    right = np.ones(num_rows, bool)
    for run in runs:
        if run.name == name and run.seed // NUM_FOLDS == seed:
            wrong = json.loads(run.record_path.read_text())["wrong"].split()
            right[np.array(wrong, int)] = False
    return right


def compare(
    right: Mapping[str, np.ndarray], cells: np.ndarray, people: np.ndarray, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Accuracy of each cell by each method, the worst, and its difference from that of the first method.

    Args:
        right: method -> bool `(num_seeds, num_rows)`.
        cells: int `(num_rows,)`, -1 for rows that do not count.
        people: int `(num_rows,)`: whose picture it is; people are drawn as a whole.
        names: of the cells.
    """
    _, person = np.unique(people, return_inverse=True)
    counts = _counts(np.ones((1, len(cells))), cells, person, len(names))
    found = {name: _counts(own.astype(float), cells, person, len(names)) for name, own in right.items()}
    draws = np.random.default_rng(0).multinomial(
        person.max() + 1, np.full(person.max() + 1, 1 / (person.max() + 1)), _NUM_DRAWS
    )
    accuracies = {name: own.sum(axis=0) / counts.sum(axis=0) for name, own in found.items()}
    drawn = {name: (draws @ own) / (draws @ counts) for name, own in found.items()}
    first = next(iter(right))
    table = {}
    for name, own in accuracies.items():
        worst = int(np.argmin(own))
        entry = {
            "cells": dict(zip(names, own.tolist(), strict=True)),
            "worst": names[worst],
            "worst_accuracy": float(own.min()),
            "accuracy": float((found[name].sum(axis=0) / counts.sum()).sum()),
        }
        if name != first:
            differences = drawn[name].min(axis=1) - drawn[first].min(axis=1)
            entry["difference"] = float(own.min() - accuracies[first].min())
            entry["interval"] = np.quantile(differences, [0.025, 0.975]).tolist()
        table[name] = entry
    return table


def _counts(values: np.ndarray, cells: np.ndarray, person: np.ndarray, num_cells: int) -> np.ndarray:
    """Sum over a person's rows in each cell, mean over seeds: float64 `(num_people, num_cells)`."""
    counted = cells >= 0
    found = np.zeros((person.max() + 1, num_cells))
    np.add.at(found, (person[counted], cells[counted]), values.mean(axis=0)[counted])
    return found


def as_markdown(table: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> str:
    """Accuracies in percent."""
    head = ["method", *names, "all", "worst", "more than plain, points"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, entry in table.items():
        cells = [name, *(f"{100 * entry['cells'][cell]:.1f}" for cell in names)]
        cells += [f"{100 * entry['accuracy']:.1f}", f"{100 * entry['worst_accuracy']:.1f}", ""]
        if "difference" in entry:
            low, high = (100 * end for end in entry["interval"])
            cells[-1] = f"{100 * entry['difference']:+.1f} ({low:+.1f} to {high:+.1f})"
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    commands.run(main)
