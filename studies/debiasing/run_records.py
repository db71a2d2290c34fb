"""What is kept of a finished run: about a kilobyte, from which all tables are made.

The tests' answers are written down as soon as a run is trained, and looked at when all runs are there
and the default has been chosen without them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from facedebias import provenance
from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from studies.debiasing.datasets import FPRS, StudyData
from studies.debiasing.judging import score_order
from studies.debiasing.judging.recall_metrics import Scores
from studies.harness.trained_runs import Run

_BATCH_SIZE = 512
_FROM_RUN = ("data_sha256", "date", "machine", "git_revision")


@dataclass(frozen=True)
class Record:
    """What a run left.

    Attributes:
        run: what was asked for.
        seconds: what its training took on one core, without validation.
        effective_sample_size: of the last draw, as a share of the training faces.
        data_sha256: of the file it was trained on.
        machine: it was trained on.
        tests: name -> order of the scores, see `score_order`.
    """

    run: Run
    seconds: float
    effective_sample_size: float
    data_sha256: str
    machine: str
    tests: dict[str, dict[str, Any]]

    @classmethod
    def load(cls, run: Run) -> Self:
        """Reads what `make` kept.

        Raises:
            InputError: if the run was trained in another way than it would be today.
        """
        line = run.record()
        names = ("seconds", "effective_sample_size", "data_sha256", "machine", "tests")
        return cls(run, *(line[name] for name in names))

    def scores(self, test: str) -> Scores:
        """On a test, in the order they had."""
        return score_order.unpack(self.tests[test])


def make(run: Run, data: StudyData, tests: Sequence[str]) -> None:
    """Scores a trained run on test sets, and adds it to the records.

    Args:
        run: trained, in its folder.
        data: makes the files.
        tests: names of `TESTS`.

    Raises:
        InputError: if it was trained with other settings or pictures than it would be today.
    """
    stored = json.loads((run.folder / "run.json").read_text())
    path = data.train(run.method.data, run.seed)
    if stored["data_sha256"] != _sha256(path):
        raise InputError(f"{run.folder}: was trained on other pictures than those of {path}. Delete it.")
    table = np.genfromtxt(run.folder / "metrics.csv", delimiter=",", names=True)
    sample_size = table["effective_sample_size"][-1] / stored["num_rows"]["train_positives"]
    run.keep(
        {
            **{name: stored[name] for name in _FROM_RUN},
            "seconds": round(float(np.sum(table["seconds"])), 1),
            "effective_sample_size": float(f"{float(sample_size):.4g}"),
            "tests": _orders(run, data, tests),
        }
    )


def load_all(runs: Iterable[Run]) -> list[Record]:
    """The records of finished runs.

    Raises:
        InputError: if two of them should have been trained on the same pictures and were not.
    """
    records = [Record.load(run) for run in runs]
    pictures: dict[tuple[str, int], str] = {}
    for record in records:
        # Files without anything left out are the same for all seeds.
        run = record.run
        key = run.method.data, run.seed if "-" in run.method.data else 0
        if pictures.setdefault(key, record.data_sha256) != record.data_sha256:
            raise InputError(
                f"{run.records.path}: {run.name}, seed {run.seed}, was trained on other pictures of {key[0]} "
                "than the other runs. Delete its line to train it anew, with the data of the others."
            )
    return records


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
        found[name] = {"sha256": _sha256(path), **score_order.pack(scores, FPRS)}
    return found


@cache
def _sha256(path: Path) -> str:
    return provenance.sha256(path)
