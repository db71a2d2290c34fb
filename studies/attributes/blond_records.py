"""What is kept of the runs on blond hair, and the table that is made of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.data.targets import target_labels
from facedebias.errors import InputError
from studies.attributes.cross_validation import NUM_FOLDS, compare
from studies.harness.record_file import Line, RecordFile

TARGET, GROUP = "Blond_Hair", "Male"
CELLS = [f"{GROUP}: {group}, {label}" for group in ("no", "yes") for label in ("without", "with")]


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
