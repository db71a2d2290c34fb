"""Audits of counts that are known."""

import numpy as np

from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_columns import Attribute
from facedebias.scoring.model_scores import ModelScores, sigmoid
from facedebias.scoring.score_scale import LOGIT


def make_audit(num_models=2, sizes=(40, 25), num_found=((36, 20), (39, 25)), threshold=0.5, **settings):
    """Faces with the logit 1 where found and -1 where missed; one of 100 non-faces is taken for one."""
    num_faces, names = sum(sizes), [f"model{i}" for i in range(num_models)]
    codes = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(100, -1)])
    labels = np.arange(num_faces + 100) < num_faces
    values = tuple(f"group {i}" for i in range(len(sizes)))
    race = {"race": Attribute(codes, values)} if len(sizes) > 1 else {}
    sample = Sample(labels, race, ~labels, "missing.h5", "missing.h5", lambda row: f"row {row}")
    models = []
    for i, name in enumerate(names):
        found = num_found[i % len(num_found)]
        parts = [np.where(np.arange(n) < k, 1, -1) for n, k in zip(sizes, found, strict=True)]
        logits = np.concatenate([*parts, [1], np.full(99, -1)]).astype(np.float32)
        models.append(ModelScores(name, f"runs/{i}", LOGIT, logits, sigmoid(logits)))
    fields = {"thresholds": (threshold,), "num_draws": 200, "min_group": 20} | settings
    config = AuditConfig(models=tuple(names), data="missing.h5", **fields)
    return audit_scores(config, sample, divide(sample, tuple(race)), models, names)
