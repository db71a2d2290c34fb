"""What the study chooses by: recall on faces that no test holds, and when one method is better."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.study_data import StudyData
from benchmarks.study_methods import REFERENCE
from benchmarks.study_runs import Run
from facedebias.auditing.statistics.power import LEVEL
from facedebias.auditing.statistics.significance import holm
from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.scoring.cutoffs import threshold_at_fpr
from facedebias.scoring.exported_model import ExportedModel

FPRS = (0.005, 0.01, 0.02)
_BATCH_SIZE = 512


def recall(run: Run, data: StudyData) -> float:
    """Mean recall of FairFace's training faces over `FPRS` of the run's held-out non-faces."""
    faces, train = FaceDataset(data.choosing()), FaceDataset(data.train("celeba"))
    rows = split_rows(train, run.config().validation_fraction, run.seed).validation_negatives
    model = ExportedModel(run.name, run.folder)
    positives = model.score(faces.read, len(faces), _BATCH_SIZE, str).scores
    negatives = model.score(lambda part: train.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    return float(np.mean([np.mean(positives >= threshold_at_fpr(negatives, fpr)) for fpr in FPRS]))


def compare(recalls: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    """Each method's recalls, and by how much they are above those of the reference with the same seeds.

    Args:
        recalls: method -> recall of each seed, in the same order; the reference among them.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, values in recalls.items():
        found[name] = {"seeds": list(values), "mean": float(np.mean(values))}
        if name != REFERENCE:
            test = stats.ttest_rel(values, recalls[REFERENCE])
            found[name]["difference"] = float(np.subtract(values, recalls[REFERENCE]).mean())
            found[name]["interval"] = list(map(float, test.confidence_interval(1 - LEVEL)))
            found[name]["p_value"] = float(test.pvalue)
    others = [entry for name, entry in found.items() if name != REFERENCE]
    for entry, value in zip(others, holm(np.array([one["p_value"] for one in others])), strict=True):
        entry["holm"] = float(value)
    return found


def chosen(compared: Mapping[str, Mapping[str, Any]]) -> str:
    """The best of those that are better than the reference, or the reference itself."""
    better = [
        name
        for name, entry in compared.items()
        if name != REFERENCE and entry["difference"] > 0 and entry["holm"] < LEVEL
    ]
    return max(better, key=lambda name: compared[name]["mean"], default=REFERENCE)
