"""Texts, tables and files of a report, on counts that are known."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.thresholds import operating_points
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError
from facedebias.report import card, summary, tables, verdict, writer
from facedebias.report.plots import figures
from facedebias.report.results import as_json
from facedebias.scoring.model_scores import ModelScores, sigmoid
from facedebias.scoring.score_scale import LOGIT
from tests.report.audits import HOSTILE


@pytest.fixture(autouse=True)
def few_places(monkeypatch):
    """Files are written in a moment; tests/report/test_page.py has the whole slider."""
    monkeypatch.setattr(operating_points, "NUM_PLACES", 3)


def make_audit(num_models=2, sizes=(40, 25), num_found=((36, 20), (39, 25)), threshold=0.5, **settings):
    """Faces with the logit 1 where found and -1 where missed; one of 100 non-faces is taken for one."""
    num_faces, names = sum(sizes), [f"model{i}" for i in range(num_models)]
    codes = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(100, -1)])
    labels = np.arange(num_faces + 100) < num_faces
    values = tuple(f"group {i}" for i in range(len(sizes)))
    race = {"race": Attribute(codes, values)} if len(sizes) > 1 else {}
    sample = Sample(labels, race, ~labels, "missing.h5", "missing.h5", lambda row: f"row {row}")
    models = []
    for i, name in enumerate(names):
        found = num_found[i % len(num_found)]
        parts = [np.where(np.arange(n) < k, 1, -1) for n, k in zip(sizes, found, strict=True)]
        logits = np.concatenate([*parts, [1], np.full(99, -1)]).astype(np.float32)
        models.append(ModelScores(name, f"runs/{i}", LOGIT, logits, sigmoid(logits)))
    fields = {"thresholds": (threshold,), "num_draws": 200, "min_group": 20} | settings
    config = AuditConfig(models=tuple(names), data="missing.h5", **fields)
    return audit_scores(config, sample, divide(sample, tuple(race)), models, names)


def test_text_table():
    lines = tables.as_text(make_audit()).splitlines()
    assert lines[1] == "Fixed, probability at least 0.5."
    assert lines[3].split() == ["group", "n", "model0", "model1"]
    assert lines[5].split(maxsplit=3)[3] == "90.0 [76.9, 96.0] 0.68  < 97.5 [87.1, 99.6] 0.72"
    assert lines[6].split(maxsplit=3)[3] == "< 80.0 [60.9, 91.1] 0.64  100.0 [86.7, 100.0] 0.73"
    text = {line.split("  ")[0]: line for line in lines[8:]}
    assert "85.0" in text["mean of groups"]
    assert "10.0" in text["gap, points"]
    assert "25.0" in text["variance, %^2"]  # 90 and 80% differ by 5 from their mean
    assert " 100 " in text["false positives, %"]
    assert "0.5" in text["threshold"]
    assert len({len(line) for line in lines[3:]}) == 1


def test_many_models_go_into_further_tables():
    text = tables.as_text(make_audit(num_models=7))
    assert text.count("group 0") > 1
    assert max(map(len, text.splitlines())) <= 100
    assert all(text.count(f"model{i}") == 1 for i in range(7))


def test_single_group_has_no_summary():
    audit = make_audit(sizes=(40,), num_found=((36,),))
    text = tables.as_text(audit)
    assert "gap" not in text
    assert "false positives, %" in text
    assert tables.between_as_markdown(audit) == "There is one group."


def test_small_groups_are_marked_and_left_out():
    audit = make_audit(sizes=(40, 60, 25), num_found=((36, 48, 5),), num_models=1, min_group=30)
    text = tables.as_text(audit)
    assert "group 2 ~" in text
    # The worst is 48 of 60; 5 of 25 are shown but do not count.
    assert audit.models[0].main.worst["true_positive_rate"].name == "group 1"
    assert "< 80.0" in text
    assert "20.0 [8.9, 39.1]" in text
    (note,) = verdict.notes(audit)
    assert note.startswith(
        "Fewer than 30, so left out of the worst group and of figures between groups: "
        "group 2 (25 rows, 25 positives, 5 selected rows). Positives count for recall, "
    )


def test_csv_has_a_line_for_each_model_and_group():
    rows = list(csv.DictReader(tables.as_csv(make_audit()).splitlines()))
    assert [(row["model"], row["group"]) for row in rows][1:3] == [
        ("model0", "group 1"),
        ("model1", "group 0"),
    ]
    assert float(rows[0]["recall"]) == float(rows[0]["true_positive_rate"]) == 0.9
    assert (rows[0]["n"], rows[0]["num_found"], rows[0]["attributes"]) == ("40", "36", "race")
    assert rows[0]["false_positive_rate"] == ""  # non-faces belong to no group


def test_markdown_escapes_bars():
    audit = make_audit()
    renamed = replace(audit, models=(replace(audit.models[0], name="a|b"),))
    assert r"a\|b" in tables.as_markdown(renamed)


def test_verdict_says_no_more_than_the_rows_show():
    # 36 of 40 against 20 of 25: Fisher's exact test gives p = 0.29.
    first = verdict.sentences(make_audit())[0]
    assert first.startswith(
        "model0 misses 20.0% of group 1 but 10.0% of group 0: recall differs by 10.0 points"
    )
    assert "these rows are too few to rule a gap out" in first
    assert "In group 1 (25 positives) a gap of " in first
    assert "would have shown in 80% of such samples" in first


def test_verdict_on_a_gap_that_is_there():
    audit = make_audit(sizes=(400, 400), num_found=((390, 300),), num_models=1)
    (sentence,) = verdict.sentences(audit)
    assert "chance would rarely give as much" in sentence
    assert "p = 0.0025" in sentence  # (1/2) / 201 with 200 draws


def test_verdict_on_equal_groups():
    (sentence,) = verdict.sentences(make_audit(sizes=(40, 80), num_found=((36, 72),), num_models=1))
    assert sentence.startswith("model0 misses 10.0% of the positives in every group: recall differs by 0.0")


def test_levelling_down_is_called_out():
    # The best group falls from 98 to 81%, the worst stays at 80%: all of the shrinking is a loss.
    audit = make_audit(sizes=(400, 400), num_found=((392, 320), (324, 320)))
    sentences = verdict.sentences(audit)
    assert any(
        sentence.startswith("Levelling down: 17.0 points of the 17.0 points") for sentence in sentences
    )
    assert "Significantly worse for group 0" in sentences[2]


def test_of_a_gap_that_hardly_moved_nobody_asks_where_from():
    audit = make_audit(sizes=(400, 400), num_found=((330, 326), (328, 326)))
    sentences = verdict.sentences(audit)
    assert "shrinks by 0.5 points" in sentences[2] and "do not settle" in sentences[2]
    assert not any("Levelling" in sentence for sentence in sentences)


def test_a_gain_of_the_worst_group_is_no_levelling_down():
    audit = make_audit(sizes=(400, 400), num_found=((392, 320), (392, 380)))
    sentences = verdict.sentences(audit)
    assert not any("Levelling" in sentence for sentence in sentences)
    assert "shrinks by 15.0 points" in sentences[2]
    assert "Significantly better for group 1" in sentences[2]


def test_json_keeps_its_keys():
    document = as_json(make_audit())
    assert document.keys() >= {
        "data", "data_sha256", "nonfaces", "split", "groups", "threshold_rule", "versions", "date", "notes",
    }  # fmt: skip
    model = document["models"]["model0"]
    estimates = {"fpr", "overall_recall", "mean_recall", "gap", "variance"}
    assert model.keys() >= {
        "path", "threshold", "threshold_logit", "num_nonfaces", "worst_group", "groups", "overall",
        "differences", *estimates, *(f"{name}_interval" for name in estimates),
    }  # fmt: skip
    assert model["worst_group"].keys() == {"name", "recall", "interval"}
    assert model["groups"]["group 0"].keys() >= {"n", "num_found", "recall", "interval", "mean_probability"}
    assert model["threshold"] == 0.5
    assert model["gap"] == model["differences"]["equal_opportunity_difference"]["value"] == pytest.approx(0.1)
    assert model["gap_interval"] == model["differences"]["equal_opportunity_difference"]["interval"]
    assert model["variance"] == pytest.approx(25)
    assert model["fpr"] == model["overall"]["false_positive_rate"] == 0.01


def test_json_has_no_infinity():
    document = as_json(make_audit(threshold=0.0))
    assert document["models"]["model0"]["threshold_logit"] is None
    assert document["models"]["model0"]["threshold"] == 0
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(("num_models", "num_groups"), [(1, 1), (3, 14), (9, 2)])
def test_figure_of_any_size(tmp_path, num_models, num_groups):
    sizes = tuple(range(100, 100 + num_groups))
    audit = make_audit(num_models, sizes, (tuple(range(90, 90 + num_groups)),))
    figures.save(figures.recall_figure(audit), tmp_path / "recall.png")
    assert imread(tmp_path / "recall.png").shape[1] == 9 * 150


def test_figure_says_where_its_axis_starts_and_shows_the_worst_on_top():
    figure = figures.recall_figure(make_audit())
    (axes,) = figure.axes
    assert "axis starts at 60%" in axes.get_xlabel()  # the lowest interval ends at 60.9
    assert [label.get_text() for label in axes.get_yticklabels()] == ["group 1  (n=25)", "group 0  (n=40)"]
    assert axes.get_ylim() == (1.5, -0.5)


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


def test_summary_fits_a_pull_request():
    text = summary.as_markdown(make_audit())
    assert text.startswith("## Audit by race\n")
    assert "| recall | 86.2 [75.7, 92.5] | 98.5 [91.8, 99.7] |" in text  # 56 of 65, 64 of 65
    assert "| worst group's recall |" in text
    assert len(text.splitlines()) < 25


def test_model_card_has_the_sections_of_the_paper():
    text = card.as_markdown(make_audit(), 0, "2026-01-01")
    sections = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert sections == [
        "Model details",
        "Intended use",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Quantitative analyses",
        "Ethical considerations",
        "Caveats and recommendations",
    ]
    assert "| group 0 | 40 | 90.0 [76.9, 96.0] |" in text
    assert "To be filled in" in text


def test_model_card_is_filled_from_the_run(tmp_path):
    run = {
        "config": {"model": "dbvae", "sampler": "latent", "width": 12, "data": "faces.h5", "alpha": 0.01},
        "seed": 3,
        "data_sha256": "abc",
        "date": "2026-01-02",
        "command": "python train.py",
        "versions": {"tensorflow": "2.21.0"},
        "git_revision": "f00",
        "epoch": 7,
        "num_rows": {"train_positives": 1234},
    }
    (tmp_path / "run.json").write_text(json.dumps(run))
    audit = make_audit(num_models=1)
    audit = replace(
        audit,
        sample=replace(audit.sample, read=lambda rows: np.zeros((len(rows), 8, 8, 3), np.uint8)),
        models=(replace(audit.models[0], path=str(tmp_path / "export")),),
    )
    text = card.as_markdown(audit, 0, "2026-01-03")
    for part in ("dbvae, sampler latent", "seed 3, epoch 7", "tensorflow 2.21.0", "alpha 0.01"):
        assert part in text
    assert "train positives 1,234" in text


def test_a_hostile_group_is_no_html_in_markdown(tmp_path):
    audit = make_audit(num_models=1)
    groups = replace(audit.groups, names=(HOSTILE, "group 1"))
    main = audit.models[0].main
    first = replace(main.groups[0], name=HOSTILE)
    model = replace(audit.models[0], main=replace(main, groups=(first, main.groups[1])))
    writer.write(replace(audit, groups=groups, models=(model,)), tmp_path / "report")
    for path in (tmp_path / "report").glob("*.md"):
        assert "<script" not in path.read_text(), path.name
