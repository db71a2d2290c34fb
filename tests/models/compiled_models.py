"""Small compiled models, their pictures, labels and weights."""

import numpy as np
import pytest

from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE

SHAPE = (16, 16, 3)
LABELS = np.array([1, 0, 0, 1, 1, 0, 1, 0, 0, 0])
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0, 1.0, 0.25, 4.0, 1.0, 0.5])
CALM = {"verbose": 0, "batch_size": 4}


def pictures(count=10, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *SHAPE), np.uint8)


def classifier(optimizer="adam", metrics=None, weighted_metrics=None, **options):
    return compiled(Classifier(SHAPE, width=2, **options), optimizer, metrics, weighted_metrics)


def dbvae(optimizer="adam", metrics=None, weighted_metrics=None, **options):
    model = DBVAE(SHAPE, latent_dim=3, width=2, kl_weight=0.5, **options)
    return compiled(model, optimizer, metrics, weighted_metrics)


def compiled(model, optimizer, metrics, weighted_metrics):
    options = {"metrics": metrics, "weighted_metrics": weighted_metrics, "jit_compile": False}
    model.compile(optimizer=optimizer, **options)
    return model


MAKES = [classifier, dbvae]
both = pytest.mark.parametrize("make", MAKES)
