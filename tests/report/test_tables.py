"""Tables of a report as text, CSV, Markdown and JSON, on counts that are known."""

import csv
import json
from dataclasses import replace

import pytest

from facedebias.report import summary, tables, verdict, writer
from facedebias.report.numbers import bracketed
from facedebias.report.results import as_json
from tests.report.audits import make_audit as drawn_audit
from tests.report.small_audits import make_audit

pytestmark = pytest.mark.usefixtures("few_places")


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


def test_the_low_point_is_a_table_below():
    audit = drawn_audit()
    above, below = tables.as_text(audit).split("At 0.667% false positives:\n")
    first, second = audit.low.models
    for group, other in zip(first.groups, second.groups, strict=True):
        (line,) = (line for line in below.splitlines() if line.startswith(group.name))
        for found in (group, other):
            assert bracketed(found.metrics["true_positive_rate"]) in line
    labels = [line.split("  ")[0] for line in below.splitlines() if line]
    assert {"all positives", "worst group (<)", "gap, points", "gap by chance?"} <= set(labels)
    assert not {"mean of groups", "variance, %^2", "threshold"} & set(labels)
    assert "mean of groups" in above
    assert "false positives:" not in tables.as_text(make_audit())


def test_both_points_stand_beside_each_other():
    audit = drawn_audit()
    header, *rows = tables.beside_low(audit)
    assert header == ["group", "n", "cnn, at 5%", "cnn, at 0.667%", "dbvae, at 5%", "dbvae, at 0.667%"]
    for row, own, low in zip(rows, audit.models[1].groups, audit.low.models[1].groups, strict=False):
        assert row[4].removeprefix("< ") == bracketed(own.metrics["true_positive_rate"])
        assert row[5].removeprefix("< ") == bracketed(low.metrics["true_positive_rate"])
    assert tables.beside_low(make_audit()) == []


def test_documents_have_the_low_point():
    audit = drawn_audit()
    assert "\n## At 0.667% false positives\n" in writer.as_markdown(audit, "2026-01-01")
    rows = {line.split(" | ")[0]: line for line in summary.as_markdown(audit).splitlines()}
    found = audit.low.models[0].overall["true_positive_rate"]
    assert bracketed(found) in rows["| recall at 0.667% false positives"]
    assert "| worst group's recall at 0.667% false positives" in rows
    assert "| gap in recall, points, at 0.667% false positives" in rows
    assert "false positives |" not in summary.as_markdown(make_audit())


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
