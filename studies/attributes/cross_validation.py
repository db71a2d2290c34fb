"""Folds of people, and accuracies of cells of group and label over all folds together."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import stats

from facedebias.auditing.statistics.significance import holm
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS

NUM_FOLDS = 5
_NUM_DRAWS = 2000


@dataclass(frozen=True)
class Folds:
    """The face file with one fold of its people marked for testing, and the others for training.

    Attributes:
        dataset: the file.
        folder: gets a file for each fold.
        sha256: of the file.
    """

    dataset: FaceDataset
    folder: Path
    sha256: str

    def fold_of_rows(self) -> np.ndarray:
        """int64 `(num_rows,)`; all pictures of a person are in one fold."""
        people, person = np.unique(self.dataset.identity, return_inverse=True)
        return (np.random.default_rng(0).permutation(len(people)) % NUM_FOLDS)[person]

    def train(self, name: str, seed: int = 0) -> Path:
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


def compare(
    right: Mapping[str, np.ndarray], cells: np.ndarray, people: np.ndarray, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Accuracy of each cell by each method, the worst, and its difference from that of the first method.

    Intervals and p-values (normal, Holm) are of other people, drawn with replacement, and not of other
    seeds.

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
            # Drawing anew shifts a minimum: only the spread of the draws is used.
            error = float(np.nanstd(np.nanmin(drawn[name], axis=1) - np.nanmin(drawn[first], axis=1)))
            difference = float(own.min() - accuracies[first].min())
            reach = float(stats.norm.ppf(0.975)) * error
            entry["difference"], entry["interval"] = difference, [difference - reach, difference + reach]
            entry["p_value"] = float(2 * stats.norm.sf(abs(difference) / error)) if error else 1.0
        table[name] = entry
    others = [entry for name, entry in table.items() if name != first]
    for entry, value in zip(others, holm(np.array([one["p_value"] for one in others])), strict=True):
        entry["holm"] = float(value)
    return table


def _counts(values: np.ndarray, cells: np.ndarray, person: np.ndarray, num_cells: int) -> np.ndarray:
    """Sum over a person's rows in each cell, mean over seeds: float64 `(num_people, num_cells)`."""
    counted = cells >= 0
    found = np.zeros((person.max() + 1, num_cells))
    np.add.at(found, (person[counted], cells[counted]), values.mean(axis=0)[counted])
    return found


def as_markdown(table: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> str:
    """Accuracies in percent."""
    head = ["method", *names, "all", "worst", "more than plain, points", "p (Holm)"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, entry in table.items():
        cells = [name, *(f"{100 * entry['cells'][cell]:.1f}" for cell in names)]
        cells += [f"{100 * entry['accuracy']:.1f}", f"{100 * entry['worst_accuracy']:.1f}", "", ""]
        if "difference" in entry:
            low, high = (100 * end for end in entry["interval"])
            cells[-2:] = [
                f"{100 * entry['difference']:+.1f} ({low:+.1f} to {high:+.1f})",
                f"{entry['holm']:.2g}",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
