"""What the study chooses by: recall on faces that no test holds."""

import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.scoring.cutoffs import threshold_at_fpr
from facedebias.scoring.exported_model import ExportedModel
from studies.debiasing.datasets import StudyData
from studies.debiasing.design import VALIDATION_FRACTION
from studies.harness.trained_runs import Run

FPRS = (0.005, 0.01, 0.02)
_BATCH_SIZE = 512


def recall(run: Run, data: StudyData) -> float:
    """Mean recall of FairFace's training faces over `FPRS` of the run's held-out non-faces."""
    faces, train = FaceDataset(data.choosing()), FaceDataset(data.train("celeba"))
    rows = split_rows(train, VALIDATION_FRACTION, run.seed).validation_negatives
    model = ExportedModel(run.name, run.folder)
    positives = model.score(faces.read, len(faces), _BATCH_SIZE, str).scores
    negatives = model.score(lambda part: train.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    return float(np.mean([np.mean(positives >= threshold_at_fpr(negatives, fpr)) for fpr in FPRS]))
