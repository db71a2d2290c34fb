"""Which runs the study makes, keeps and refuses."""

import os
import signal
import types

import pytest

from benchmarks import study_methods, study_runs, study_search
from facedebias.errors import InputError
from facedebias.training.config import TrainConfig


def a_run(folder, method="cnn", seed=0):
    return study_runs.runs_of({method: study_methods.METHODS[method]}, [seed], folder, folder / "records")[0]


def finish(run):
    run.record_path.parent.mkdir(parents=True, exist_ok=True)
    run.record_path.touch()


@pytest.fixture
def data(tmp_path):
    """Any name of a file gives the same file."""
    path = tmp_path / "faces.h5"
    path.write_bytes(b"faces")
    return types.SimpleNamespace(train=lambda name, seed: path, test=lambda name: path)


class TestRuns:
    def test_every_method_is_something_that_can_be_trained(self):
        for method in {**study_methods.METHODS, **study_methods.POORER, **study_search.TRIALS}.values():
            TrainConfig("faces.h5", **method.settings).validate()
        named = {
            study_methods.REFERENCE,
            study_methods.MATCHED,
            study_methods.DEBIASED,
            study_methods.DEFAULT,
            *study_methods.FAMILIES,
            *(name for family in study_methods.FAMILIES.values() for name in family),
        }
        assert named <= study_methods.METHODS.keys()

    def test_seeds_come_one_after_the_other_and_interrupted_runs_are_resumed(self, tmp_path):
        runs = study_runs.runs_of(
            {"a": study_methods.METHODS["cnn"], "b": study_methods.METHODS["cnn-matched"]},
            range(2),
            tmp_path,
            tmp_path / "records",
        )
        assert [(run.name, run.seed) for run in runs] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
        command = runs[3].command(tmp_path / "faces.h5")
        assert {"--seed=1", f"--width={study_methods.MATCHED_WIDTH}"} <= set(command)
        assert "--resume" not in command
        runs[3].folder.mkdir(parents=True)
        (runs[3].folder / "config.json").touch()
        (runs[3].folder / "data.sha256").touch()
        assert "--resume" in runs[3].command(tmp_path / "faces.h5")
        assert not runs[3].is_trained
        (runs[3].folder / "run.json").touch()
        assert runs[3].is_trained and not runs[3].is_finished
        finish(runs[3])
        assert runs[3].is_finished

    def test_only_what_has_no_record_is_trained_and_only_what_is_trained_is_recorded(
        self, tmp_path, data, monkeypatch
    ):
        recorded, trained, new = (a_run(tmp_path, seed=seed) for seed in range(3))
        finish(recorded)
        trained.folder.mkdir(parents=True)
        (trained.folder / "run.json").touch()
        started, made = [], []
        monkeypatch.setattr(
            study_runs.Run,
            "command",
            lambda run, path: started.append(run.seed) or [study_runs.sys.executable, "-c", ""],
        )
        study_runs.train([recorded, trained, new], data, 2, lambda run: made.append(run.seed))
        assert started == [2] and made == [1, 2]
        # No time: nothing is begun, but what was trained before is not left without a record.
        made.clear()
        study_runs.train([recorded, trained, new], data, 2, lambda run: made.append(run.seed), minutes=0)
        assert started == [2] and made == [1]

    def test_a_failed_run_is_named_with_its_last_words_and_its_neighbour_is_stopped(
        self, tmp_path, data, monkeypatch
    ):
        lasting, failing = (a_run(tmp_path, seed=seed) for seed in (0, 1))
        commands = {0: "import time; time.sleep(600)", 1: "print('error: the disk is full'); exit(1)"}
        monkeypatch.setattr(
            study_runs.Run, "command", lambda run, path: [study_runs.sys.executable, "-c", commands[run.seed]]
        )
        started = []
        start = study_runs._start
        monkeypatch.setattr(study_runs, "_start", lambda *args: started.append(start(*args)) or started[-1])
        with pytest.raises(InputError, match=r"seed-1.log: training failed: .*the disk is full"):
            study_runs.train([lasting, failing], data, 2, finish)
        assert [process.poll() is not None for process in started] == [True, True]

    def test_what_it_started_ends_with_it(self, tmp_path, data, monkeypatch):
        monkeypatch.setattr(
            study_runs.Run,
            "command",
            lambda run, path: [study_runs.sys.executable, "-c", "import time; time.sleep(600)"],
        )
        started = []
        start = study_runs._start
        monkeypatch.setattr(study_runs, "_start", lambda *args: started.append(start(*args)) or started[-1])
        monkeypatch.setattr(study_runs.time, "sleep", lambda seconds: os.kill(os.getpid(), signal.SIGTERM))
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(SystemExit):
            study_runs.train([a_run(tmp_path)], data, 1, finish)
        assert started[0].poll() is not None
        assert signal.getsignal(signal.SIGTERM) is before

    def test_two_at_once_are_refused(self, tmp_path):
        refused = pytest.raises(InputError, match="another process works there")
        with study_runs.only_user_of(tmp_path), refused, study_runs.only_user_of(tmp_path):
            pass
        with study_runs.only_user_of(tmp_path):
            pass
