"""What is kept of a finished run: a few kilobytes in the repository, from which all tables are made.

The tests' answers are written down as soon as a run is trained, and looked at when all runs are there
and the default has been chosen without them.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks import study_order
from benchmarks.study_data import StudyData
from benchmarks.study_figures import Scores
from benchmarks.study_runs import Run
from benchmarks.study_tests import FPR
from benchmarks.study_validation import recall
from facedebias import provenance
from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from facedebias.training.config import TrainConfig

_BATCH_SIZE = 512
# Settings that were added while the study went on, and what it meant that there were none.
_SINCE = {
    "target": "",
    "binning": "deviations",
    "group_step": 0.01,
    "group_adjustment": 0.0,
    "penalty": "none",
    "penalty_weight": 1.0,
    "among": "all",
}
_FROM_RUN = ("data_sha256", "date", "machine", "versions", "git_revision")


@dataclass(frozen=True)
class Record:
    """What a run left.

    Attributes:
        run: what was asked for.
        seconds: what its training took on one core, without validation.
        effective_sample_size: of the last draw, as a share of the training faces.
        validation: recall that methods are chosen by; None if they were not to be.
        data_sha256: of the file it was trained on.
        machine: it was trained on.
        tests: name -> order of the scores, see `study_order`.
    """

    run: Run
    seconds: float
    effective_sample_size: float
    validation: float | None
    data_sha256: str
    machine: str
    tests: dict[str, dict[str, Any]]

    @classmethod
    def load(cls, run: Run) -> Self:
        """Reads what `make` wrote.

        Raises:
            InputError: if the run was trained in another way than it would be today.
        """
        stored = json.loads(run.record_path.read_text())
        _check({**_SINCE, **stored["settings"]}, run, run.record_path)
        names = ("seconds", "effective_sample_size", "validation", "data_sha256", "machine", "tests")
        return cls(run, *(stored[name] for name in names))

    def scores(self, test: str) -> Scores:
        """On a test, in the order they had."""
        return study_order.unpack(self.tests[test])


def make(run: Run, data: StudyData, tests: Sequence[str], is_chosen_by: bool) -> None:
    """Scores a trained run on validation and tests, and writes the record.

    Args:
        run: trained, in its folder.
        data: makes the files.
        tests: names of `TESTS`.
        is_chosen_by: whether its recall on validation is wanted.

    Raises:
        InputError: if it was trained with other settings or pictures than it would be today.
    """
    stored = json.loads((run.folder / "run.json").read_text())
    _check(TrainConfig.load(run.folder / "config.json").to_json(), run, run.folder)
    path = data.train(run.method.data, run.seed)
    if stored["data_sha256"] != _sha256(path):
        raise InputError(f"{run.folder}: was trained on other pictures than those of {path}. Delete it.")
    table = np.genfromtxt(run.folder / "metrics.csv", delimiter=",", names=True)
    sample_size = table["effective_sample_size"][-1] / stored["num_rows"]["train_positives"]
    record = {
        "settings": _settings(run.config()),
        **{name: stored[name] for name in _FROM_RUN},
        "seconds": float(np.sum(table["seconds"])),
        "effective_sample_size": float(sample_size),
        "validation": recall(run, data) if is_chosen_by else None,
        "tests": _orders(run, data, tests),
    }
    run.record_path.parent.mkdir(parents=True, exist_ok=True)
    partial = run.record_path.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1) + "\n")
    os.replace(partial, run.record_path)


def load_all(runs: Iterable[Run]) -> list[Record]:
    """The records of finished runs.

    Raises:
        InputError: if two of them should have been trained on the same pictures and were not.
    """
    records = [Record.load(run) for run in runs]
    pictures: dict[tuple[str, int], str] = {}
    for record in records:
        # Files without anything left out are the same for all seeds.
        key = record.run.method.data, record.run.seed if "-" in record.run.method.data else 0
        if pictures.setdefault(key, record.data_sha256) != record.data_sha256:
            raise InputError(
                f"{record.run.record_path}: was trained on other pictures of {key[0]!r} than the other "
                "records. Delete it to train anew, with the data of the others."
            )
    return records


def _settings(config: TrainConfig) -> dict[str, Any]:
    return {name: value for name, value in config.to_json().items() if name != "data"}


def _check(recorded: Mapping[str, Any], run: Run, where: Path) -> None:
    wanted = _settings(run.config())
    differences = [
        f"{name} {recorded.get(name)} -> {wanted.get(name)}"
        for name in sorted({*recorded, *wanted} - {"data"})
        if name not in recorded or name not in wanted or recorded[name] != wanted[name]
    ]
    if differences:
        raise InputError(
            f"{where}: was trained with other settings ({', '.join(differences)}). Delete it to train anew."
        )


def _orders(run: Run, data: StudyData, tests: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Of each test; non-faces that several of them have are asked about once."""
    model = ExportedModel(run.name, run.folder)
    known: dict[bytes, np.ndarray] = {}

    def logits(dataset: FaceDataset, label: int) -> np.ndarray:
        rows = dataset.rows(label)
        key = hashlib.sha256(dataset.read(rows).data).digest()
        if key not in known:
            answers = model.score(lambda part: dataset.read(rows[part]), len(rows), _BATCH_SIZE, str)
            known[key] = answers.scores
        return known[key]

    found = {}
    for name in tests:
        path = data.test(name)
        dataset = FaceDataset(path)
        scores = Scores(logits(dataset, FACE), logits(dataset, NONFACE))
        found[name] = {"sha256": _sha256(path), **study_order.pack(scores, FPR)}
    return found


@cache
def _sha256(path: Path) -> str:
    return provenance.sha256(path)
