"""In what order the study goes, and when it looks at the tests."""

import pytest
from absl import flags
from absl.testing import flagsaver

from benchmarks import study, study_choice, study_flags, study_records, study_report, study_runs, study_tests
from benchmarks.study_methods import DEFAULT, METHODS, POORER
from facedebias.errors import InputError


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What was done, instead of doing it; runs are finished by training them."""
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["study"])
    done = []
    monkeypatch.setattr(study_flags, "data", lambda: "pictures")
    monkeypatch.setattr(study_tests, "describe", lambda data, names, path: done.append("describe"))
    monkeypatch.setattr(study_runs, "train", lambda runs, *args: done.append(("train", runs)))
    monkeypatch.setattr(study_records, "load_all", lambda runs: list(runs))
    monkeypatch.setattr(study_choice, "write", lambda records: done.append("choose") or DEFAULT)
    monkeypatch.setattr(
        study_report, "write", lambda main, poorer, path: done.append(("report", len(main), poorer))
    )
    folders = {"workdir": str(tmp_path / "work"), "records": str(tmp_path / "records")}
    with flagsaver.flagsaver(seeds=2, poorer_seeds=2, **folders):
        yield done


def test_nothing_is_chosen_or_tested_while_runs_are_missing(calls, capsys):
    study.main(["study"])
    names = [call if isinstance(call, str) else call[0] for call in calls]
    assert names == ["describe", "train"]
    total = len(calls[1][1])
    assert f"{total} of {total} runs are left" in capsys.readouterr().out


def finish(runs):
    for run in runs:
        run.record_path.parent.mkdir(parents=True, exist_ok=True)
        run.record_path.touch()


def test_the_default_is_chosen_before_the_tests_are_looked_at_and_records_suffice(calls, monkeypatch):
    study.main(["study"])
    runs = calls[1][1]
    finish(runs)
    calls.clear()
    monkeypatch.setattr(study_flags, "data", lambda: pytest.fail("needs pictures"))
    study.main(["study"])
    assert calls[0] == "choose"
    name, num_main, poorer = calls[1]
    assert (name, num_main) == ("report", 2 * len(METHODS)) and len(poorer) == 2 * len(POORER)


def test_training_sets_are_reported_when_no_run_is_missing_of_them(calls, capsys):
    study.main(["study"])
    runs = calls[1][1]
    finish(run for run in runs if run.method.data != "synthetic" and run.name != "cnn-celeba-dark-0.01")
    calls.clear()
    study.main(["study"])
    assert [call if isinstance(call, str) else call[0] for call in calls] == [
        "describe", "train", "choose", "report"
    ]  # fmt: skip
    reported = {run.method.data for run in calls[-1][2]}
    assert {"celeba-dark-0.03", "fairface-dark-0.01"} <= reported
    assert not {"celeba-dark-0.01", "synthetic"} & reported
    assert "runs are left" in capsys.readouterr().out


def test_tests_stay_closed_until_the_default_is_what_was_chosen(calls, monkeypatch):
    study.main(["study"])
    finish(calls[1][1])
    calls.clear()
    monkeypatch.setattr(study_choice, "write", lambda records: "dbvae-loss")
    with pytest.raises(InputError, match=r"by default what was chosen \(DB-VAE, hard faces more often, not"):
        study.main(["study"])
    assert calls == []
