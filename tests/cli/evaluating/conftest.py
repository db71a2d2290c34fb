"""A model that only measures brightness, and the faces that it is audited on."""

import numpy as np
import pytest
from PIL import Image

from facedebias.data.face_writer import FaceFileWriter
from tests.cli.evaluating.face_audits import FACES, NONFACES
from tests.scoring.saved_models import SIZE, pictures, save_own


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    # As a training run leaves it: the SavedModel in export/.
    run = tmp_path_factory.mktemp("runs") / "brightness"
    save_own(run / "export")
    return str(run)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "test.h5"
    values = {"race": ("White", "Black"), "gender": ("Male", "Female"), "age": ("young", "old")}
    rows = [(name.split(), level) for name, levels in FACES.items() for level in levels]
    race = [values["race"].index(words[0]) for words, _ in rows]
    gender = [values["gender"].index(words[1]) for words, _ in rows]
    with FaceFileWriter(path, 17, SIZE, values, ["drawn"]) as writer:
        for label, levels, codes in (
            (1, [level for _, level in rows], {"race": np.array(race), "gender": np.array(gender)}),
            (0, NONFACES, {}),
        ):
            size, names = len(levels), [f"{label}/{i}.png" for i in range(len(levels))]
            split, identity = np.full(size, 2), np.full(size, -1)
            writer.append(pictures(levels), np.full(size, label), codes, 0, names, split, identity)
    return str(path)


@pytest.fixture
def folders(tmp_path):
    for group, levels in {"LF": [200, 210], "DF": [90, 120, 130]}.items():
        (tmp_path / "faces" / group).mkdir(parents=True)
        for i, grey in enumerate(levels):
            picture = Image.new("RGB", (32, 32), (grey, grey, grey))
            picture.save(tmp_path / "faces" / group / f"{i}.png")
    return tmp_path / "faces"
