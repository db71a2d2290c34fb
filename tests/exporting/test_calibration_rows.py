"""Pictures that ranges are taken from."""

import numpy as np
import pytest

from facedebias.errors import InputError
from facedebias.exporting import calibration_rows
from tests.exporting.tiny_runs import SHAPE


def draw(path, groups=("tone",), split=None, seed=0, has_nonfaces=True, shape=SHAPE):
    return calibration_rows.draw(str(path), shape, groups, split, seed, has_nonfaces)


def test_each_group_and_the_non_faces_have_the_same_number(face_file):
    found = draw(face_file)
    codes = found.dataset.attribute("tone").codes
    # Half of the smallest group, which has 20.
    assert found.each == 10 and found.groups == ("a", "b", "c", "non-faces")
    for rows in (found.rows, found.others):
        assert np.bincount(codes[rows] + 1).tolist() == [10, 10, 10, 10]
        # The first four are one of each.
        assert sorted(codes[rows[:4]]) == [-1, 0, 1, 2]
    assert len(np.unique(np.concatenate([found.rows, found.others]))) == 80


def test_the_seed_decides(face_file):
    assert draw(face_file).rows.tolist() == draw(face_file).rows.tolist()
    assert draw(face_file).rows.tolist() != draw(face_file, seed=1).rows.tolist()


def test_an_attribute_has_no_non_faces(face_file):
    assert draw(face_file, has_nonfaces=False).groups == ("a", "b", "c")


def test_without_groups_faces_are_one(face_file):
    found = draw(face_file, groups=())
    assert found.groups == ("faces", "non-faces") and found.each == 12


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": ("race",)}, "no attribute 'race'; the file has tone"),
        ({"shape": (64, 64, 3)}, "has pictures of 32x32, and the model takes 64x64.*--size"),
        ({"split": "val"}, "tone of no face is known"),
    ],
)
def test_what_does_not_fit_is_refused(face_file, options, message):
    with pytest.raises(InputError, match=message):
        draw(face_file, **options)


def test_a_group_of_a_few_is_refused(face_file, monkeypatch):
    monkeypatch.setattr(calibration_rows, "LEAST", 21)
    with pytest.raises(InputError, match="has 20 pictures of a; expected at least 21 a group"):
        draw(face_file)
