import contextlib
import hashlib
import json
import os
import shutil

import pytest

from facedebias import provenance
from facedebias.data.storage.partial_file import PartialFile
from facedebias.errors import InputError
from facedebias.safekeeping import atomic, checksums
from facedebias.safekeeping.folder_beside import folder_beside
from facedebias.safekeeping.folder_lock import only_writer
from facedebias.training import run_folder
from facedebias.training.config import TrainConfig
from facedebias.training.run import train
from facedebias.training.run_folder import open_folder
from facedebias.training.settings import saved_config
from tests.training.runs import changed


@pytest.fixture
def data(tiny_file):
    return str(tiny_file)


@pytest.fixture
def config():
    return TrainConfig(model="dbvae")


@pytest.fixture
def folder(config, data, tmp_path):
    """The folder of a run that was just begun."""
    open_folder(config, data, "sha256", tmp_path / "run", resume=False, overwrite=False)
    return tmp_path / "run"


def test_a_run_is_not_overwritten_unasked(folder, config, data):
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match=r"holds files already.*Training .*--resume.*--overwrite"):
        train(config, data, folder)
    assert sorted(folder.rglob("*")) == before


def test_a_run_is_overwritten_when_asked(folder, config, data):
    (folder / "metrics.csv").write_text("of the run before")
    open_folder(config, data, "sha256", folder, resume=False, overwrite=True)
    assert {path.name for path in folder.iterdir()} == {"config.json", "data.sha256"}


def test_a_run_that_was_half_deleted_by_a_killed_process_is_deleted_when_asked(
    folder, config, data, monkeypatch
):
    for name in ("metrics.csv", "run.json", "a", "z"):
        (folder / name).touch()
    remove = atomic.remove
    while len(list(folder.iterdir())) > 1:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            left = iter([remove])
            patch.setattr(atomic, "remove", lambda path, left=left: next(left, kill)(path))
            open_folder(config, data, "sha256", folder, resume=False, overwrite=True)
    open_folder(config, data, "sha256", folder, resume=False, overwrite=True)
    assert {path.name for path in folder.iterdir()} == {"config.json", "data.sha256"}


def kill(path):
    raise KeyboardInterrupt


def test_a_run_whose_process_was_killed_at_its_very_end_is_ended(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / checksums.NAME).touch()
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / ".SHA256SUMS.partial-1").touch()
    (tmp_path / "run.lock").write_text("half")
    run_folder.end_finished(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"export", "run.json", checksums.NAME}
    checksums.check(tmp_path)
    assert "run.json" in (tmp_path / checksums.NAME).read_text()


def test_a_folder_that_is_no_run_is_not_deleted(config, tmp_path, data):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="is not the folder of a run"):
        train(config, data, tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").exists()


def resumed(config, data, folder, sha256="sha256", **changes):
    """What is said of the data when a run goes on."""
    return open_folder(changed(config, **changes), data, sha256, folder, resume=True, overwrite=False)


def test_the_same_data_by_another_name_goes_on(folder, config, data):
    assert resumed(config, data, folder) == ""
    assert resumed(config, "moved.h5", folder) == (
        f"data: moved.h5 has the content of {data}, which the run was started with (SHA-256 agrees)"
    )
    with pytest.raises(InputError, match=r"other settings \(alpha 0\.01 -> 0\.5\)\. Resume"):
        resumed(config, "moved.h5", folder, alpha=0.5)


def test_other_data_is_refused_by_both_names(folder, config, data):
    for name in ("other.h5", data):
        message = rf"{name}: is not the file that the run in .* was started with, {data}: its content"
        with pytest.raises(InputError, match=message):
            resumed(config, name, folder, "0123456789")


def test_where_the_content_was_not_kept_the_name_counts(folder, config, data):
    (folder / "data.sha256").unlink()
    assert resumed(config, data, folder, "another") == ""
    with pytest.raises(InputError, match=rf"other settings \(data {data} -> moved\.h5\)"):
        resumed(config, "moved.h5", folder)


def test_a_line_end_in_the_record_is_fine(folder, config, data):
    (folder / "data.sha256").write_text("sha256\n")
    assert resumed(config, data, folder) == ""


def test_a_run_is_not_resumed_and_deleted_at_once(folder, config, data):
    with pytest.raises(
        InputError, match="--resume --overwrite: one goes on .* the other deletes it; give one"
    ):
        train(config, data, folder, resume=True, overwrite=True)
    assert (folder / "config.json").exists()


def test_a_file_is_hashed_once_until_it_is_written_again(tmp_path, monkeypatch, data):
    path, digest, calls = tmp_path / "data", hashlib.file_digest, []
    monkeypatch.setattr(hashlib, "file_digest", lambda *args: calls.append(args) or digest(*args))
    path.write_bytes(b"a")
    assert provenance.sha256(path) == provenance.sha256(str(path)) == hashlib.sha256(b"a").hexdigest()
    assert len(calls) == 1
    path.write_bytes(b"abc")
    assert provenance.sha256(path) == hashlib.sha256(b"abc").hexdigest()


def test_a_file_is_no_folder(config, tmp_path, data):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        train(config, data, tmp_path / "file")


def test_a_run_that_somebody_trains_is_left_alone(folder, config, data):
    with only_writer(folder):
        before = sorted(folder.rglob("*"))
        for way in ({}, {"resume": True}, {"overwrite": True}):
            with pytest.raises(InputError, match=r"run: process \d+ on .* is training in it\. Wait for it"):
                train(config, data, folder, **way)
        assert sorted(folder.rglob("*")) == before


@contextlib.contextmanager
def held_for(config, data, folder, **way):
    way = {"resume": False, "overwrite": False} | way
    with run_folder.held(config, data, "sha256", folder, **way) as found:
        yield found


def test_what_processes_left_that_were_killed_at_once_is_no_run(config, data, tmp_path):
    for name in (".config.json.partial-17", "run.lock"):
        (tmp_path / name).write_text('{"half')
    with held_for(config, data, tmp_path) as found:
        assert "took over" in found.notes[0]
        assert {path.name for path in tmp_path.iterdir()} == {"config.json", "data.sha256", "run.lock"}


def test_what_others_write_in_a_folder_that_is_no_run_yet_is_theirs(config, data, tmp_path):
    place = PartialFile(tmp_path / "train.h5")
    (tmp_path / ".compare.json.partial-1").write_text("{}")  # in another container, without locks
    with held_for(config, data, tmp_path):
        assert place.path.exists() and (tmp_path / ".compare.json.partial-1").exists()
    place.close()


def test_what_others_write_in_the_folder_of_a_run_is_theirs(folder, config, data):
    (folder / ".photos.partial-1").mkdir()
    (folder / "pictures").mkdir()
    with folder_beside(folder / "report") as report, atomic.replacing(folder / "pictures" / "a.png") as own:
        for ways in ({"resume": True}, {"overwrite": True}):
            with held_for(config, data, folder, **ways):
                assert report.exists() and (folder / ".photos.partial-1").exists()
                assert own.exists() or "overwrite" in ways
            own.parent.mkdir(exist_ok=True)
            own.touch()
    assert (folder / "config.json").exists()


def test_a_run_that_is_resumed_after_its_end_has_no_checksums_until_it_ends(folder, config, data):
    (folder / "export").mkdir()
    (folder / "export" / checksums.NAME).touch()
    (folder / "metrics.csv").touch()
    (folder / "thesis.tex").touch()
    run_folder.seal(folder)
    with held_for(config, data, folder, resume=True):
        assert not (folder / checksums.NAME).exists()
        (folder / "metrics.csv").write_text("step\n")
        shutil.copytree(folder, folder.parent / "killed")
    (folder.parent / "killed" / "run.lock").write_text("half")
    run_folder.end_finished(folder.parent / "killed")
    checksums.check(folder.parent / "killed")
    listed = (folder.parent / "killed" / checksums.NAME).read_text()
    assert "metrics.csv" in listed and "thesis.tex" not in listed


def test_an_export_that_a_kill_left_between_two_names_is_put_back(tmp_path):
    (tmp_path / ".export.partial-before-1").mkdir()
    (tmp_path / ".export.partial-before-1" / checksums.NAME).touch()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "run.lock").write_text("half")
    run_folder.end_finished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [checksums.NAME, "config.json", "export"]


def test_torn_settings_of_a_run_that_saved_nothing_are_written_anew(folder, config, data):
    os.truncate(folder / "config.json", 50)
    with held_for(config, data, folder, resume=True) as found:
        assert found.notes == (
            f"{folder / 'config.json'}: was damaged, and nothing was saved yet",
            f"{folder}: no checkpoint to go on from; starting from the beginning",
        )
    assert saved_config.load(folder / "config.json")[0] == config


def test_torn_settings_of_a_run_with_old_checkpoints_are_refused(folder, config, data):
    os.truncate(folder / "config.json", 50)
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "ckpt-1.index").write_bytes(b"")
    with (
        pytest.raises(InputError, match=r"config\.json: is no JSON\. Delete the folder"),
        held_for(config, data, folder, resume=True),
    ):
        pass


def test_a_torn_checksum_of_the_data_is_not_another_file(folder, config, data):
    for kept in ("sha2", ""):
        (folder / "data.sha256").write_text(kept)
        assert resumed(config, data, folder) == ""


def test_a_pipe_in_place_of_the_checksum_is_not_waited_for(folder, config, data):
    (folder / "data.sha256").unlink()
    os.mkfifo(folder / "data.sha256")
    assert resumed(config, data, folder) == ""


def test_how_often_a_run_is_saved_may_change(folder, config, data):
    assert resumed(config, data, folder, checkpoint_minutes=1.0) == ""
    values = json.loads((folder / "config.json").read_text())
    del values["checkpoint_minutes"]  # as earlier versions wrote it
    (folder / "config.json").write_text(json.dumps(values))
    assert resumed(config, data, folder) == ""
