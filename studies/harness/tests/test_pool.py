"""Which runs are trained, kept and refused."""

import os
import signal
import sys
import types

import pytest

from facedebias.errors import InputError
from studies.harness import pool
from studies.harness.method import Method
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import runs_of

METHOD = Method("CNN", {"width": 2, "groups": ("a", "b")}, "faces")


@pytest.fixture
def runs(tmp_path):
    return runs_of({"cnn": METHOD}, range(3), tmp_path, RecordFile(tmp_path / "records.jsonl"))


@pytest.fixture
def data(tmp_path):
    """Any name of a file gives the same file."""
    path = tmp_path / "faces.h5"
    path.write_bytes(b"faces")
    return types.SimpleNamespace(train=lambda name, seed: path)


def finish(run):
    run.keep({"answer": 42})


def mark_as_trained(run):
    run.begin()
    run.folder.mkdir()
    (run.folder / "run.json").touch()


def test_seeds_come_one_after_the_other_and_interrupted_runs_are_resumed(tmp_path, data):
    records = RecordFile(tmp_path / "records.jsonl")
    runs = runs_of({"a": METHOD, "b": METHOD}, range(2), tmp_path, records)
    assert [(run.name, run.seed) for run in runs] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    command = runs[3].command(tmp_path / "faces.h5")
    assert {"--seed=1", "--width=2", "--groups=a,b", "--overwrite"} <= set(command)
    runs[3].folder.mkdir(parents=True)
    (runs[3].folder / "config.json").touch()
    (runs[3].folder / "data.sha256").touch()
    assert "--resume" in runs[3].command(tmp_path / "faces.h5") and not runs[3].is_trained
    runs[3].begin()
    (runs[3].folder / "run.json").touch()
    assert runs[3].is_trained and not runs[3].is_finished
    finish(runs[3])
    assert runs[3].is_finished


def test_only_what_has_no_record_is_trained_and_only_what_is_trained_is_recorded(runs, data, monkeypatch):
    mark_as_trained(runs[0])
    finish(runs[0])
    mark_as_trained(runs[1])
    started, made = [], []
    monkeypatch.setattr(
        pool, "_command", lambda run, path: started.append(run.seed) or [sys.executable, "-c", ""]
    )
    pool.train(runs, data, 2, lambda run: made.append(run.seed))
    assert started == [2] and made == [1, 2]
    # No time: nothing is begun, but what was trained before is not left without a record.
    made.clear()
    pool.train(runs, data, 2, lambda run: made.append(run.seed), minutes=0)
    assert started == [2] and made == [1]


@pytest.fixture
def started(monkeypatch):
    """The processes that are started."""
    found, start = [], pool._start
    monkeypatch.setattr(pool, "_start", lambda *args: found.append(start(*args)) or found[-1])
    return found


def test_a_failed_run_is_named_with_its_last_words_and_its_neighbour_is_stopped(
    runs, data, started, monkeypatch
):
    commands = {0: "import time; time.sleep(600)", 1: "print('error: the disk is full'); exit(1)"}
    monkeypatch.setattr(pool, "_command", lambda run, path: [sys.executable, "-c", commands[run.seed]])
    with pytest.raises(InputError, match=r"seed-1.log: training failed: .*the disk is full"):
        pool.train(runs[:2], data, 2, finish)
    assert [process.poll() is not None for process in started] == [True, True]


def test_what_it_started_ends_with_it(runs, data, started, monkeypatch):
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(pool, "_command", lambda run, path: command)
    monkeypatch.setattr(pool.time, "sleep", lambda seconds: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        pool.train(runs[:1], data, 1, finish)
    assert started[0].poll() is not None
    assert signal.getsignal(signal.SIGTERM) is before


def test_two_at_once_are_refused(tmp_path):
    refused = pytest.raises(InputError, match="another process works there")
    with pool.only_user_of(tmp_path), refused, pool.only_user_of(tmp_path):
        pass
    with pool.only_user_of(tmp_path):
        pass
