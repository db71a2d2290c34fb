"""A tiny run, and a face file of its size."""

import json

import numpy as np
import pytest

from facedebias.data.face_writer import FaceFileWriter
from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE
from facedebias.models.exported.serving import export
from tests.exporting.tiny_runs import SHAPE, pictures


@pytest.fixture(scope="session")
def dbvae_run(tmp_path_factory):
    """The folder of a run of a DB-VAE with every way of preparing pictures, and its model."""
    model = DBVAE(SHAPE, latent_dim=3, width=2, standardize=True, average_mirrored=True)
    return written(model, tmp_path_factory.mktemp("dbvae"), standardize=True, average_mirrored=True)


@pytest.fixture(scope="session")
def classifier_run(tmp_path_factory):
    """The folder of a run of a plain classifier, and its model."""
    model = Classifier(SHAPE, width=2, depth=2)
    return written(model, tmp_path_factory.mktemp("classifier"), standardize=False, average_mirrored=False)


def written(model, folder, **settings):
    """Gives a model weights as of training, and exports it into the folder of a run."""
    rng = np.random.default_rng(0)
    for variable in model.variables:
        name = variable.path.rpartition("/")[2]
        if name == "kernel":  # He's, so that what tells pictures apart comes through
            deviation = 2 * np.sqrt(2 / np.prod(variable.shape[:-1]))
            variable.assign(rng.normal(0.0, deviation, variable.shape))
        else:
            level = 0.5 if name in {"gamma", "moving_variance"} else 0.0
            variable.assign(level + rng.uniform(0.0, 0.3, variable.shape))
    export(model, SHAPE, folder / "export")
    config = {"model": "dbvae", "sampler": "uniform", "width": 2, "data": "x.h5", "target": "", **settings}
    (folder / "run.json").write_text(json.dumps({"config": config, "seed": 0}))
    return folder, model


@pytest.fixture(scope="session")
def face_file(tmp_path_factory):
    """90 faces in three groups of 20, 30 and 40, and 24 non-faces."""
    path = tmp_path_factory.mktemp("faces") / "faces.h5"
    codes = np.repeat([0, 1, 2, -1], [20, 30, 40, 24])
    with FaceFileWriter(path, len(codes), SHAPE[0], {"tone": ("a", "b", "c")}, ["drawn"]) as writer:
        unknown = np.full(len(codes), -1)
        names = [f"{i}.png" for i in range(len(codes))]
        labels = (codes >= 0).astype(int)
        writer.append(pictures(len(codes)), labels, {"tone": codes}, 0, names, unknown, unknown)
    return path
