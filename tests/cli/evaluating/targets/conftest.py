"""Faces with attributes, and a model that only measures brightness."""

import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from tests.cli.evaluating.targets.target_audits import NUM_FACES, NUM_NONFACES, VALUES
from tests.scoring.saved_models import SIZE, pictures, save_own


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_own(tmp_path_factory.mktemp("model") / "brightness")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """240 faces, the attractive ones brighter, men less so; of some an attribute is unknown."""
    rng = np.random.default_rng(0)
    attractive, male = rng.integers(-1, 2, NUM_FACES), rng.integers(-1, 2, NUM_FACES)
    levels = rng.normal(90 + 25 * (attractive == 1) - 8 * (male == 1), 15).clip(0, 255).round()
    faces = {"Attractive": attractive, "Male": male, "age": rng.integers(0, 4, NUM_FACES)}
    split = np.repeat([0, 2], NUM_FACES // 2)
    path = tmp_path_factory.mktemp("data") / "faces.h5"
    size = NUM_FACES + NUM_NONFACES
    with FaceFileWriter(path, size, SIZE, VALUES, ["drawn"]) as writer:
        for label, grey, codes, parts in (
            (1, levels, faces, split),
            (0, np.full(NUM_NONFACES, 250), {}, np.full(NUM_NONFACES, 2)),
        ):
            names = [f"{label}/{i}.png" for i in range(len(grey))]
            labels, identity = np.full(len(grey), label), np.full(len(grey), -1)
            writer.append(pictures(grey), labels, codes, 0, names, parts, identity)
    return str(path)


@pytest.fixture(scope="module")
def rows(data):
    """Everything by its mask: level, and codes of the attributes, of the file's rows."""
    dataset = FaceDataset(data)
    levels = dataset.read(np.arange(len(dataset)))[:, 0, 0, 0].astype(float)
    columns = {name: dataset.attribute(name).codes for name in VALUES}
    return {"level": levels, "face": dataset.labels[:, 0] == 1, "test": dataset.split == 2, **columns}
