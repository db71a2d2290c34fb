import dataclasses
import hashlib

import pytest

from facedebias import provenance
from facedebias.errors import InputError
from facedebias.training.config import TrainConfig
from facedebias.training.run import train_and_evaluate
from facedebias.training.run_folder import open_folder


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
    with pytest.raises(InputError, match=r"holds files already.*train\.py .*--resume.*--overwrite"):
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


def resumed(config, folder, sha256="sha256", **changes):
    """What is said of the data when a run goes on."""
    config = dataclasses.replace(config, **changes)
    return open_folder(config, sha256, folder, resume=True, overwrite=False)


def test_the_same_data_by_another_name_goes_on(folder, config):
    assert resumed(config, folder) == ""
    assert resumed(config, folder, data="moved.h5") == (
        f"data: moved.h5 has the content of {config.data}, which the run was started with (SHA-256 agrees)"
    )
    with pytest.raises(InputError, match=r"other settings \(alpha 0\.01 -> 0\.5\)\. Resume"):
        resumed(config, folder, data="moved.h5", alpha=0.5)


def test_other_data_is_refused_by_both_names(folder, config):
    for name in ("other.h5", config.data):
        message = rf"{name}: is not the file that the run in .* was started with, {config.data}: its content"
        with pytest.raises(InputError, match=message):
            resumed(config, folder, "0123456789", data=name)


def test_where_the_content_was_not_kept_the_name_counts(folder, config):
    (folder / "data.sha256").unlink()
    assert resumed(config, folder, "another") == ""
    with pytest.raises(InputError, match=rf"other settings \(data {config.data} -> moved\.h5\)"):
        resumed(config, folder, data="moved.h5")


def test_a_line_end_in_the_record_is_fine(folder, config):
    (folder / "data.sha256").write_text("sha256\n")
    assert resumed(config, folder) == ""


def test_a_run_is_not_resumed_and_deleted_at_once(folder, config):
    with pytest.raises(
        InputError, match="--resume --overwrite: one goes on .* the other deletes it; give one"
    ):
        train_and_evaluate(config, folder, resume=True, overwrite=True)
    assert (folder / "config.json").exists()


def test_a_file_is_hashed_once_until_it_is_written_again(tmp_path, monkeypatch):
    path, digest, calls = tmp_path / "data", hashlib.file_digest, []
    monkeypatch.setattr(hashlib, "file_digest", lambda *args: calls.append(args) or digest(*args))
    path.write_bytes(b"a")
    assert provenance.sha256(path) == provenance.sha256(str(path)) == hashlib.sha256(b"a").hexdigest()
    assert len(calls) == 1
    path.write_bytes(b"abc")
    assert provenance.sha256(path) == hashlib.sha256(b"abc").hexdigest()


def test_a_file_is_no_folder(config, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        train_and_evaluate(config, tmp_path / "file")
