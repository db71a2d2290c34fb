"""Audits of drawn scores."""

import numpy as np

from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_columns import Attribute
from facedebias.scoring.model_scores import ModelScores, sigmoid
from facedebias.scoring.score_scale import LOGIT, PROBABILITY

HOSTILE = "<script>alert(1)</script>"


def make_sample(num_rows=400, nonfaces=150, with_pictures=True, skin=("dark", HOSTILE), seed=0):
    """Positives in four groups of which one is small, negatives in none."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num_rows) >= nonfaces
    skin_codes = np.where(labels, rng.integers(0, 2, num_rows), -1)
    sex_codes = np.where(labels, (rng.random(num_rows) < 0.92).astype(int), -1)
    attributes = {
        "skin": Attribute(skin_codes, skin),
        "sex": Attribute(sex_codes, ("female", "male")),
    }

    def read(rows):
        shades = (np.asarray(rows) % 256).astype(np.uint8)[:, None, None, None]
        return np.broadcast_to(shades, (len(rows), 16, 16, 3))

    return Sample(
        labels=labels,
        attributes=attributes,
        is_shared=~labels,
        data="faces.h5",
        negatives="faces.h5",
        locate=lambda row: f"row {row} of faces.h5",
        read=read if with_pictures else None,
    )


def make_scores(sample, name="cnn", shift=0.0, seed=1, kind=LOGIT):
    """Logits around +2 and -2, lower by `shift` for dark skin."""
    rng = np.random.default_rng(seed)
    dark = sample.attributes["skin"].codes == 0
    logits = rng.normal(np.where(sample.labels, 2.0, -2.0) - shift * dark, 1.5).astype(np.float32)
    probabilities = sigmoid(logits)
    scores = probabilities if kind == PROBABILITY else logits
    return ModelScores(name, f"runs/{name}/export", kind, scores, probabilities)


def make_audit(config=None, sample=None, models=None, groups=("skin", "sex"), run_of=None):
    sample = sample or make_sample()
    if models is None:
        models = [make_scores(sample, "cnn", 1.5), make_scores(sample, "dbvae", 0.5, seed=2)]
    names = [model.name for model in models]
    config = config or AuditConfig(models=tuple(names), data="faces.h5", fpr=0.05, num_draws=200)
    return audit_scores(config, sample, divide(sample, groups), models, run_of or names)
