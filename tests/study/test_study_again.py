"""Whether the study says that a run came out again."""

import dataclasses

import numpy as np
import pytest

from benchmarks import study_again, study_figures, study_order, study_runs
from benchmarks.study_methods import METHODS
from benchmarks.study_records import Record
from facedebias.errors import InputError


def _scores(faces, nonfaces):
    return study_figures.Scores(faces.astype(np.float32), nonfaces.astype(np.float32))


@pytest.fixture
def record(tmp_path):
    (run,) = study_runs.runs_of({"cnn": METHODS["cnn"]}, [0], tmp_path, tmp_path)
    rng = np.random.default_rng(0)
    scores = study_figures.Scores(
        rng.normal(2, 1, 40).astype(np.float32), rng.normal(-1, 1, 200).astype(np.float32)
    )
    tests = {"fairface": {"sha256": "test", **study_order.pack(scores, 0.01)}}
    return Record(run, 10.0, 1.0, None, "sha256", "a machine", tests), scores


def test_the_same_scores_are_the_same_and_one_face_less_is_seen(record):
    first, scores = record
    test = study_figures.Test(np.arange(40) // 20, ("light", "dark"))
    again = study_again.compare(test, first, first)
    assert again["is_same_order"] and again["mean"][0] == again["mean"][1]
    # A dark face that was found is not any more: one of 20, and of two groups.
    found = np.flatnonzero((scores.faces > np.sort(scores.nonfaces)[-3]) & (np.arange(40) >= 20))[0]
    faces = scores.faces.copy()
    faces[found] = -9
    lost = {"fairface": study_order.pack(_scores(faces, scores.nonfaces), 0.01)}
    changed = study_again.compare(test, first, dataclasses.replace(first, tests=lost))
    assert not changed["is_same_order"]
    assert changed["mean"][0] - changed["mean"][1] == pytest.approx(1 / 40)


@pytest.mark.parametrize(
    ("change", "what"),
    [({"data_sha256": "other"}, "trained"), ({"tests": {"fairface": {"sha256": "other"}}}, "tested")],
)
def test_runs_of_other_pictures_are_not_compared(record, change, what):
    first, _ = record
    study_again.check_pictures(first, first)
    with pytest.raises(InputError, match=f"was {what} on other pictures than"):
        study_again.check_pictures(first, dataclasses.replace(first, **change))
