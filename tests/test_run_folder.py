import pytest

from facedebias.config import TrainConfig
from facedebias.errors import InputError
from facedebias.run_folder import open_folder
from facedebias.training import train_and_evaluate


@pytest.fixture
def config(tiny_file):
    return TrainConfig(str(tiny_file))


@pytest.fixture
def folder(config, tmp_path):
    """The folder of a run that was just begun."""
    open_folder(config, "sha256", tmp_path / "run", resume=False, overwrite=False)
    return tmp_path / "run"


def test_a_run_is_not_overwritten_unasked(folder, config):
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match="holds files already.*--resume.*--overwrite"):
        train_and_evaluate(config, folder)
    assert sorted(folder.rglob("*")) == before


def test_a_run_is_overwritten_when_asked(folder, config):
    (folder / "metrics.csv").write_text("of the run before")
    open_folder(config, "sha256", folder, resume=False, overwrite=True)
    assert {path.name for path in folder.iterdir()} == {"config.json", "data.sha256"}


def test_a_folder_that_is_no_run_is_not_deleted(config, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="is not the folder of a run"):
        train_and_evaluate(config, tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").exists()


def test_a_file_is_no_folder(config, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        train_and_evaluate(config, tmp_path / "file")
