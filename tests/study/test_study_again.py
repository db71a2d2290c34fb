"""Whether the study says that a run came out again."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from benchmarks import study_again, study_figures, study_order, study_runs
from benchmarks.study_methods import METHODS
from benchmarks.study_records import Record
from facedebias.errors import InputError

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


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


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The study's records, and a place for those of second runs."""
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["study_again"])
    monkeypatch.setattr(study_again, "_RESULTS", tmp_path)
    with flagsaver.flagsaver(records=str(RESULTS / "study"), again=str(tmp_path / "again"), seeds=8):
        yield tmp_path


def test_a_run_on_record_is_compared_with_its_own_figures_and_the_spread_over_seeds(folders):
    second = folders / "again" / "runs" / "cnn" / "seed-1.json"
    second.parent.mkdir(parents=True)
    shutil.copy(RESULTS / "study" / "runs" / "cnn" / "seed-1.json", second)
    study_again.main(["study_again"])
    found = json.loads((RESULTS / "study.json").read_text())["methods"]["cnn"]["tests"]["fairface"]
    mean, worst = (100 * found[name]["seeds"][1] for name in ("mean", "worst"))
    deviations = [100 * found[name]["deviation"] for name in ("mean", "worst")]
    figures = f"{mean:.2f} | {mean:.2f} | {worst:.2f} | {worst:.2f}"
    assert (folders / "study-again.md").read_text().splitlines()[-1] == (
        f"| CNN | 1 | yes | {figures} | {deviations[0]:.2f}, {deviations[1]:.2f} |"
    )
    (run,) = json.loads((folders / "study_again.json").read_text())["runs"]
    assert run["name"] == "cnn" and run["is_same_order"]


def test_it_says_that_there_is_nothing_to_compare(folders):
    with pytest.raises(InputError, match="has no record of a run that .* has, too"):
        study_again.main(["study_again"])
