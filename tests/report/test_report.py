import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from facedebias.audit.audit import Audit, Estimate, Scores, audit_model
from facedebias.audit.groups import Groups
from facedebias.errors import InputError
from facedebias.report import figures, tables, writer
from facedebias.report.notes import notes
from facedebias.report.results import as_json


def make_audit(num_models=2, sizes=(40, 25), num_found=((36, 20), (39, 25)), threshold=0.0):
    names = tuple(f"group {i}" for i in range(len(sizes)))
    groups = Groups(names, np.repeat(np.arange(len(sizes)), sizes))
    models = []
    for i in range(num_models):
        found = num_found[i % len(num_found)]
        logits = np.concatenate(
            [np.where(np.arange(n) < k, 1, -1) for n, k in zip(sizes, found, strict=True)]
        ).astype(np.float32)
        nonfaces = np.array([1.0] + [-1.0] * 99, np.float32)
        faces = Scores(logits, 1 / (1 + np.exp(-logits)))
        models.append(audit_model(f"model{i}", f"runs/{i}", faces, groups, nonfaces, threshold))
    rule = "for each model, false positive rate at most 0.01 on 100 non-faces"
    return Audit("missing.h5", "missing.h5", "test", ("race",), rule, tuple(models), ("no rows: X.",))


def test_text_table():
    lines = tables.as_text(make_audit()).splitlines()
    assert lines[1].endswith("false positive rate at most 0.01 on 100 non-faces.")
    assert lines[3].split() == ["group", "n", "model0", "model1"]
    assert lines[5].split(maxsplit=3)[3] == "90.0 [76.9, 96.0] 0.68  < 97.5 [87.1, 99.6] 0.72"
    assert lines[6].split(maxsplit=3)[3] == "< 80.0 [60.9, 91.1] 0.64  100.0 [86.7, 100.0] 0.73"
    text = {line[:22].strip(): line for line in lines[8:]}
    assert "85.0" in text["mean of groups"]
    assert "10.0" in text["gap, points"]
    assert "25.0" in text["variance, %^2"]  # 90 and 80% differ by 5 from their mean
    assert " 100 " in text["false positives, %"]
    assert "0.5" in text["threshold, probability"]
    assert len({len(line) for line in lines[3:]}) == 1


def test_many_models_go_into_further_tables():
    text = tables.as_text(make_audit(num_models=7))
    assert text.count("group 0") > 1
    assert max(map(len, text.splitlines())) <= 100
    assert all(text.count(f"model{i}") == 1 for i in range(7))


def test_single_group_has_no_summary():
    text = tables.as_text(make_audit(sizes=(40,), num_found=((36,),)))
    assert "gap" not in text
    assert "false positives, %" in text


def test_csv_has_a_line_for_each_model_and_group():
    rows = list(csv.DictReader(tables.as_csv(make_audit()).splitlines()))
    assert [(row["model"], row["group"]) for row in rows][1:3] == [
        ("model0", "group 1"),
        ("model1", "group 0"),
    ]
    assert float(rows[0]["recall"]) == 0.9
    assert (rows[0]["n"], rows[0]["num_found"]) == ("40", "36")


def test_markdown_escapes_bars():
    audit = make_audit()
    renamed = replace(audit, models=(replace(audit.models[0], name="a|b"),))
    assert r"a\|b" in tables.as_markdown(renamed)


def test_notes_name_small_groups_and_claim_no_more_than_the_intervals():
    found = notes(make_audit())
    assert found[0] == "No rows: X."
    assert "group 1 (25)" in found[1]
    assert "group 0" not in found[1]
    assert found[3] == (
        "Worst group: the models' intervals overlap; these faces do not settle which model is better."
    )


def test_notes_name_models_whose_intervals_lie_apart():
    audit = make_audit(num_models=3, sizes=(400, 400), num_found=((300, 300), (390, 390), (392, 388)))
    found = notes(audit)
    assert found[1].startswith(
        "Mean of groups: intervals lie apart for model1 above model0, model2 above model0;"
    )
    assert found[1].endswith("other pairs of models overlap.")
    assert len(notes(replace(audit, models=audit.models[:1]))) == 1


def test_json_schema():
    document = as_json(make_audit())
    assert document.keys() >= {
        "data", "data_sha256", "nonfaces", "split", "groups", "threshold_rule", "versions", "date", "notes",
    }  # fmt: skip
    model = document["models"]["model0"]
    estimates = {"fpr", "overall_recall", "mean_recall", "gap", "variance"}
    assert model.keys() == {
        "path", "threshold", "threshold_logit", "num_nonfaces", "worst_group", "groups",
        *estimates, *(f"{name}_interval" for name in estimates),
    }  # fmt: skip
    assert model["worst_group"].keys() == {"name", "recall", "interval"}
    assert model["groups"]["group 0"].keys() == {"n", "num_found", "recall", "interval", "mean_probability"}
    assert model["threshold"] == 0.5
    assert model["gap"] == pytest.approx(0.1)
    assert model["variance"] == pytest.approx(25)
    assert model["fpr"] == 0.01


def test_json_has_no_infinity():
    document = as_json(make_audit(threshold=-np.inf))
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
    assert "rate at most 0.01" in figure.get_suptitle()


def test_report_is_complete(tmp_path):
    output = tmp_path / "new" / "report"
    writer.write(make_audit(), output)
    assert {path.name for path in output.iterdir()} == {
        "report.md",
        "results.json",
        "groups.csv",
        "recall.png",
    }
    assert [path.name for path in output.parent.iterdir()] == ["report"]
    text = (output / "report.md").read_text()
    assert "![Recall by group](recall.png)" in text
    assert "- No rows: X." in text


def test_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(figures, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        writer.write(make_audit(), tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_existing_report_is_replaced_only_on_request(tmp_path):
    output = tmp_path / "report"
    output.mkdir()
    writer.write(make_audit(), output)  # an empty folder is no loss
    with pytest.raises(InputError, match="holds a report already; .*--overwrite"):
        writer.write(make_audit(), output)
    writer.write(make_audit(num_models=1), output, overwrite=True)
    assert len(json.loads((output / "results.json").read_text())["models"]) == 1


def test_other_things_are_never_replaced(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match="holds something else than a report"):
        writer.check_place(tmp_path, overwrite=True)
    with pytest.raises(InputError, match="is no folder"):
        writer.check_place(tmp_path / "thesis.tex", overwrite=True)
    with pytest.raises(InputError, match="is not a folder"):
        writer.check_place(tmp_path / "thesis.tex" / "report", overwrite=True)


def test_percent_of_an_estimate():
    assert tables.percent(Estimate(0.9134, (0.856, 0.949))) == "91.3 [85.6, 94.9]"
