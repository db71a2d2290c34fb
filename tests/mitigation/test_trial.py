"""Trainings of a trial that go on where they were, without those hours."""

from types import SimpleNamespace

import pytest

from facedebias.errors import InputError
from facedebias.mitigation import trial
from facedebias.training import run
from facedebias.training.checkpoints.manifest import Manifest


@pytest.fixture
def resumed(monkeypatch, tmp_path):
    """Begins the trainings of a trial of one mitigation; whether each goes on with what is there."""
    calls = []
    monkeypatch.setattr(run, "train", lambda config, data, folder, resume: calls.append(resume))
    own = SimpleNamespace(
        num_seeds=1,
        mitigations=[SimpleNamespace(name="plain", constraint="")],
        folder=lambda mitigation, seed: tmp_path,
        config=lambda mitigation, seed: None,
        data="a.h5",
    )

    def begin():
        trial.train_missing(own, lambda text: None)
        return calls

    return begin


def test_a_new_one_begins(resumed):
    assert resumed() == [False]


def test_one_without_its_settings_goes_on_from_its_checkpoint(resumed, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    Manifest(1, {}, {}, "", {}).save(tmp_path / "checkpoints" / "ckpt-1.json")
    (tmp_path / "data.sha256").touch()
    assert resumed() == [True]


def test_files_that_are_no_run_are_refused_with_flags_that_compare_has(resumed, tmp_path):
    (tmp_path / "metrics.csv").touch()
    with pytest.raises(InputError, match=r"neither config\.json nor a checkpoint .*Delete it.*--runs"):
        resumed()
