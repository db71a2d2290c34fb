"""Labels of an attribute: on a face file with yes and no, with other values, and on decoded pictures."""

import re

import numpy as np
import pytest

from facedebias.auditing.inputs.picture_sources import DecodedPictures
from facedebias.data import targets
from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.records import Record, Source
from facedebias.data.targets import Target, target_labels
from facedebias.errors import InputError

# Six faces and then two non-faces, of which one has an attribute by mistake; -1 is unknown.
CODES = {
    "Attractive": [0, 1, 1, -1, 0, 1, 1, -1],
    "Smiling": [0, 1, 1, -1, 0, 1, -1, -1],
    "gender": [0, 1, 0, 1, -1, 0, -1, -1],
    "race": [0, 1, 2, 2, 1, -1, -1, -1],
}
VALUES = {
    "Attractive": ("no", "yes"),
    "Smiling": ("yes", "no"),
    "gender": ("Male", "Female"),
    "race": ("Black", "White", "Asian"),
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    path = tmp_path_factory.mktemp("targets") / "faces.h5"
    labels, unknown = np.array([FACE] * 6 + [NONFACE] * 2), np.full(8, -1)
    with FaceFileWriter(path, 8, 4, VALUES, ["drawn"]) as writer:
        codes = {name: np.array(column) for name, column in CODES.items()}
        images = np.zeros((8, 4, 4, 3), np.uint8)
        writer.append(images, labels, codes, 0, [f"{i}.png" for i in range(8)], unknown, unknown)
    return FaceDataset(path)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Attractive", Target("Attractive")),
        ("gender=Female", Target("gender", "Female")),
        ("age=20 to 29", Target("age", "20 to 29")),
        ("score=a=b", Target("score", "a=b")),  # names hold no "=", values may
    ],
)
def test_texts(text, target):
    assert targets.parse(text) == target
    assert str(target) == text


@pytest.mark.parametrize("text", ["", "=", "=yes", "gender="])
def test_wrong_texts(text):
    with pytest.raises(InputError, match=re.escape(f"--target={text}: expected an attribute as Attractive")):
        targets.parse(text)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        # As the codes, but row 6 is no face.
        ("Attractive", [0, 1, 1, -1, 0, 1, -1, -1]),
        ("Attractive=no", [1, 0, 0, -1, 1, 0, -1, -1]),
        # Here the code of "yes" is 0.
        ("Smiling", [1, 0, 0, -1, 1, 0, -1, -1]),
        ("gender=Female", [0, 1, 0, 1, -1, 0, -1, -1]),
        # Both other races are negative.
        ("race=Asian", [0, 0, 1, 1, 0, -1, -1, -1]),
    ],
)
def test_labels_by_hand(dataset, text, labels):
    found = target_labels(dataset, text)
    assert found.dtype == np.int8
    assert found.tolist() == labels


def test_a_value_that_must_be_chosen(dataset):
    assert targets.resolve(dataset, "Attractive") == Target("Attractive", "yes")
    expected = (
        rf"--target=gender: the values of 'gender' in {re.escape(str(dataset.path))} are Male, Female; "
        "expected no and yes. Say which value is positive, e.g. --target gender=Male.$"
    )
    with pytest.raises(InputError, match=expected):
        target_labels(dataset, "gender")


def test_unknown_names_list_the_known_ones(dataset):
    with pytest.raises(
        InputError, match="no attribute 'Pretty'; the file has Attractive, Smiling, gender, race"
    ):
        target_labels(dataset, "Pretty")
    with pytest.raises(
        InputError, match="no value 'Man' of 'gender'; its values are Male, Female. Choose one"
    ):
        target_labels(dataset, "gender=Man")


def test_decoded_pictures_have_labels_too():
    records = [Record(lambda: np.zeros((4, 4, 3), np.uint8), "a.png", {"gender": c}) for c in (1, 0)]
    records.append(Record(records[0].load, "b.png"))
    source = Source("drawn", 3, lambda: iter(records), {"gender": ("Male", "Female")})
    assert target_labels(DecodedPictures("d", source, FACE, 4), "gender=Female").tolist() == [1, 0, -1]
    assert target_labels(DecodedPictures("d", source, NONFACE, 4), "gender=Female").tolist() == [-1] * 3
