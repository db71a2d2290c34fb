"""The folder of a report: whole or not at all, and never in place of other things."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from facedebias.errors import InputError
from facedebias.report import results, writer
from facedebias.report.plots import figures
from tests.report.audits import HOSTILE
from tests.report.small_audits import make_audit

pytestmark = pytest.mark.usefixtures("few_places")


def test_report_is_complete(tmp_path):
    output = tmp_path / "new" / "report"
    writer.write(make_audit(), output)
    assert {path.name for path in output.iterdir()} == {
        "report.html",
        "summary.md",
        "report.md",
        "results.json",
        "groups.csv",
        "suspects.csv",
        "recall.png",
        "model_card_model0.md",
        "model_card_model1.md",
    }
    assert [path.name for path in output.parent.iterdir()] == ["report"]
    assert "![Recall by group](recall.png)" in (output / "report.md").read_text()


def test_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(figures, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        writer.write(make_audit(num_models=1), tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_audit_left_is_removed_by_the_next(tmp_path):
    for name in (".report.partial-1", ".report-before.partial-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").touch()
    writer.check_place(tmp_path / "report", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_existing_report_is_replaced_only_on_request(tmp_path):
    output = tmp_path / "report"
    output.mkdir()
    writer.write(make_audit(num_models=1), output)  # an empty folder is no loss
    with pytest.raises(InputError, match="holds a report already; .*--overwrite"):
        writer.write(make_audit(num_models=1), output)
    writer.write(make_audit(), output, overwrite=True)
    assert len(json.loads((output / "results.json").read_text())["models"]) == 2


def test_other_things_are_never_replaced(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match="holds something else than a report"):
        writer.check_place(tmp_path, overwrite=True)
    with pytest.raises(InputError, match="is no folder"):
        writer.check_place(tmp_path / "thesis.tex", overwrite=True)
    with pytest.raises(InputError, match="is not a folder"):
        writer.check_place(tmp_path / "thesis.tex" / "report", overwrite=True)


def test_what_an_audit_reads_is_not_deleted(tmp_path):
    (tmp_path / "results.json").touch()
    for flag in ("--predictions", "--exclude"):
        needed = [(flag, str(tmp_path / "cnn.csv"))]
        with pytest.raises(InputError, match=rf"{flag}=.*cnn\.csv: lies in --output=.*--overwrite deletes"):
            writer.check_place(tmp_path, overwrite=True, needed=needed)
        writer.check_place(tmp_path / "other", overwrite=True, needed=needed)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, where nobody makes folders")
def test_a_folder_that_cannot_be_made_is_said_in_a_line():
    for place in ("/proc/none/report", "/proc/none"):
        message = rf"{place}: the folder cannot be made \(.*choose another"
        with pytest.raises(InputError, match=message):
            writer.write(make_audit(num_models=1), Path(place))


def test_names_of_models_cannot_leave_the_folder(tmp_path):
    audit = make_audit(num_models=2)
    named = [replace(model, name=name) for model, name in zip(audit.models, ("../x", ".. x"), strict=True)]
    scores = tuple(
        replace(scores, name=model.name) for scores, model in zip(audit.scores, named, strict=True)
    )
    writer.write(replace(audit, models=tuple(named), scores=scores), tmp_path / "report")
    cards = sorted(path.name for path in (tmp_path / "report").glob("model_card*"))
    assert cards == ["model_card_.._x-2.md", "model_card_.._x.md"]


def test_a_name_of_any_length_makes_a_file(tmp_path):
    audit = make_audit(num_models=2)
    names = ("é" * 300, "é" * 301)
    named = tuple(replace(model, name=name) for model, name in zip(audit.models, names, strict=True))
    scores = tuple(replace(one, name=model.name) for one, model in zip(audit.scores, named, strict=True))
    writer.write(replace(audit, models=named, scores=scores), tmp_path / "report")
    assert len(list((tmp_path / "report").glob("model_card*"))) == 2


def test_a_report_goes_where_links_lead(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("not/yet")
    monkeypatch.chdir(tmp_path / "real")
    writer.write(make_audit(num_models=1), Path("."))
    writer.write(make_audit(num_models=1), tmp_path / "link", overwrite=True)
    writer.write(make_audit(num_models=1), tmp_path / "dangling")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "results.json").exists()
    assert (tmp_path / "not" / "yet" / "results.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"real", "link", "dangling", "not"}


def test_data_that_are_gone_by_the_end_do_not_end_an_audit(tmp_path):
    audit = make_audit(num_models=1)
    for data in ("x" * 300, "a\0b", "gone.h5"):
        sample = replace(audit.sample, data=data)
        assert results.as_json(replace(audit, sample=sample))["data_sha256"] is None


def test_a_hostile_group_is_no_html_in_markdown(tmp_path):
    audit = make_audit(num_models=1)
    groups = replace(audit.groups, names=(HOSTILE, "group 1"))
    main = audit.models[0].main
    first = replace(main.groups[0], name=HOSTILE)
    model = replace(audit.models[0], main=replace(main, groups=(first, main.groups[1])))
    writer.write(replace(audit, groups=groups, models=(model,)), tmp_path / "report")
    for path in (tmp_path / "report").glob("*.md"):
        assert "<script" not in path.read_text(), path.name
