from pathlib import Path

import pytest

from facedebias.audit.settings import AuditConfig
from facedebias.errors import InputError


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"models": ()}, "--model: none given"),
        ({"thresholds": (0.5,), "fpr": 0.01}, "--threshold and --fpr: both given"),
        ({"thresholds": (0.5, 0.6, 0.7)}, "--threshold: 3 given for 2 models"),
        ({"thresholds": (1.5,)}, "--threshold=1.5: expected a probability from 0 to 1"),
        ({"thresholds": (float("nan"),)}, "--threshold=nan: expected"),
        ({"fpr": 0.0}, "--fpr=0: expected a share between 0 and 1"),
        ({"fpr": 1.0}, "--fpr=1: expected a share between 0 and 1"),
        ({"batch_size": 0}, "--batch_size=0: expected at least 1"),
        ({"groups": ("race", "race")}, "--groups=race,race: expected attributes, each once"),
        ({"groups": ("race", "")}, "--groups=race,: expected attributes"),
    ],
)
def test_wrong_fields(fields, message):
    with pytest.raises(InputError, match=message):
        AuditConfig(**{"models": ("a", "b"), "data": "d.h5"} | fields).validate()


def test_defaults_are_valid():
    config = AuditConfig(models=("a",), data="d.h5")
    config.validate()
    assert config.rate == 0.01


def test_names_of_models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alpha=0.1").mkdir()
    models = ("runs/cnn", "other/cnn/", "runs/dbvae/export", "mine=runs/cnn", "alpha=0.1", "runs/a=1")
    named = AuditConfig(models=models, data="d.h5").named_models()
    assert [name for name, _ in named] == ["cnn", "cnn-2", "dbvae", "mine", "alpha=0.1", "a=1"]
    assert named[3][1] == Path("runs/cnn")
    assert named[4][1] == Path("alpha=0.1")
