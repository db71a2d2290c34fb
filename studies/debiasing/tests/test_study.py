"""In what order the study goes, and when it looks at the tests."""

import pytest
from absl import flags
from absl.testing import flagsaver

from facedebias.errors import InputError
from studies.debiasing import choosing, outcome, run_records, study, study_flags, tested_groups
from studies.debiasing.datasets import CHOOSING
from studies.debiasing.design import ASIDE, DEBIASED, METHODS, aside_of
from studies.harness import pool
from studies.harness.record_file import RecordFile


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What was done, instead of doing it."""
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["study"])
    done = []
    monkeypatch.setattr(study_flags, "data", lambda: "pictures")
    monkeypatch.setattr(tested_groups, "describe", lambda data, names, records: done.append("describe"))
    monkeypatch.setattr(pool, "train", lambda runs, *args: done.append(("train", list(runs))))
    monkeypatch.setattr(
        study, "write", lambda main, aside, records: done.append(("write", len(main), list(aside)))
    )
    folders = {"workdir": str(tmp_path / "work"), "records": str(tmp_path / "records.jsonl")}
    with flagsaver.flagsaver(seeds=2, results=str(tmp_path / "results"), **folders):
        yield done


def names(calls):
    return [call if isinstance(call, str) else call[0] for call in calls]


def finish(runs, tmp_path):
    records = RecordFile(tmp_path / "records.jsonl")
    for run in runs:
        records.add_run(run.name, run.method, run.seed, {})


def test_nothing_is_chosen_or_tested_while_runs_are_missing(calls, capsys):
    study.main(["study"])
    assert names(calls) == ["describe", "train"]
    total = 2 * (len(METHODS) + len(ASIDE))
    assert len(calls[1][1]) == total and f"{total} of {total} runs are left" in capsys.readouterr().out


def test_records_suffice(calls, monkeypatch, tmp_path):
    study.main(["study"])
    finish(calls[1][1], tmp_path)
    calls.clear()
    monkeypatch.setattr(study_flags, "data", lambda: pytest.fail("needs pictures"))
    study.main(["study"])
    ((name, num_main, aside),) = calls
    assert (name, num_main) == ("write", 2 * len(METHODS)) and len(aside) == 2 * len(ASIDE)


def test_conditions_are_reported_with_the_seeds_that_all_methods_have(calls, capsys, tmp_path):
    with flagsaver.flagsaver(seeds=4):
        study.main(["study"])
        few = {("dbvae-even-celeba-dark-0.01", 2), *(("dbvae-even-synthetic", seed) for seed in (0, 1, 3))}
        finish([run for run in calls[1][1] if (run.name, run.seed) not in few], tmp_path)
        calls.clear()
        study.main(["study"])
    assert names(calls) == ["describe", "train", "write"]
    seeds = {}
    for run in calls[-1][2]:
        seeds.setdefault(aside_of(run.name), set()).add(run.seed)
    assert seeds == {"celeba-dark-0.01": {0, 1, 3}, "best": {0, 1, 2, 3}}  # one seed has no deviation
    assert "runs are left" in capsys.readouterr().out


def test_an_unknown_method_is_named_beside_the_known_ones(calls):
    with flagsaver.flagsaver(only=["cnn", "magic"]), pytest.raises(InputError, match=r"magic: .*cnn-matched"):
        study.main(["study"])


def test_tests_stay_closed_until_the_default_is_what_was_chosen(monkeypatch):
    monkeypatch.setattr(run_records, "load_all", list)
    monkeypatch.setattr(tested_groups, "load", lambda records, fpr: {CHOOSING: None})
    monkeypatch.setattr(choosing, "judge", lambda records, test: {})
    monkeypatch.setattr(choosing, "chosen", lambda judged: "dbvae-loss")
    monkeypatch.setattr(outcome, "compare_all", lambda *args: pytest.fail("the tests are open"))
    assert DEBIASED != "dbvae-loss"
    with pytest.raises(InputError, match=r"by default what was chosen \(DB-VAE, hard faces, not"):
        study.write([], [], None)
