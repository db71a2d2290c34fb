"""A finished run and a file with an attribute, which tests of training share."""

import shutil

import h5py
import numpy as np
import pytest

from tests.training.runs import configured, train_at

SMALL = {"model": "dbvae", "batch_size": 8, "width": 2, "latent_dim": 4, "validation_fraction": 0.2}


@pytest.fixture(scope="module")
def three_steps_a_call():
    """An epoch of 4 steps takes two calls, as one of a real run takes many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("facedebias.training.epochs._STEPS_PER_CALL", 3)
        yield


@pytest.fixture(scope="module")
def config():
    return configured(epochs=3, **SMALL)


@pytest.fixture(scope="module")
def train(three_steps_a_call, tiny_file):
    return train_at(tiny_file)


@pytest.fixture(scope="module")
def run(config, train, tmp_path_factory):
    """A finished run of a small DB-VAE."""
    workdir = tmp_path_factory.mktemp("runs") / "dbvae"
    best = train(config, workdir)
    return workdir, best


@pytest.fixture(scope="module")
def attribute_file(tiny_file, tmp_path_factory):
    """The tiny file, and an attribute "side" that its faces have by turns."""
    path = tmp_path_factory.mktemp("sides") / "sides.h5"
    shutil.copy(tiny_file, path)
    with h5py.File(path, "r+") as file:
        codes = np.where(file["labels"][:, 0] == 1, np.arange(40) % 2, -1).astype(np.int8)
        file.create_dataset("attributes/side", data=codes).attrs["values"] = ["left", "right"]
    return path
