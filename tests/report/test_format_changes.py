"""What a report says of one model in several formats."""

import re
from pathlib import Path

import numpy as np
import pytest

from facedebias.report import page, writer
from facedebias.report.results import as_json
from facedebias.report.sections import format_changes
from facedebias.report.shown import shown
from tests.auditing.formats.made_formats import make_export, make_saved_model, moved
from tests.report.audits import HOSTILE, make_audit, make_sample, make_scores

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    source = make_saved_model(folder / "run")
    sample = make_sample()
    base = moved(make_scores(sample, "run"), "run", source, [], 0.0)
    dark = np.flatnonzero(sample.labels & (sample.attributes["skin"].codes == 0))
    int8 = make_export(folder / "a", source, "litert", "int8")
    onnx = make_export(folder / "b", source, "onnx")
    models = [base, moved(base, "int8", int8, dark[::4], -50.0), moved(base, "onnx", onnx, [], 0.0)]
    return make_audit(sample=sample, models=models)


def test_the_sentences(audit):
    int8, onnx = format_changes.sentences(audit)
    assert onnx == "onnx (ONNX) decides on all 400 rows as run (SavedModel) does at the same threshold."
    assert int8.startswith("int8 (LiteRT int8) decides otherwise than run (SavedModel) on ")
    assert re.search(r"The group that loses most is dark \w+: -\d+\.\d points \(95% interval -\d", int8)


def test_the_table(audit):
    (family,) = audit.formats
    header, *rows = format_changes.rows(family)
    assert header == ["group", "n", "SavedModel", "LiteRT int8 (int8)", "ONNX (onnx)"]
    assert [row[0] for row in rows] == [*audit.groups.names, "all positives", "false positives"]
    cells = dict(zip(header, rows[-2], strict=True))
    shift = family.results[0].positives
    low, high = shift.interval
    assert cells["LiteRT int8 (int8)"] == (
        f"{100 * shift.after:.1f}, {100 * shift.change:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
    )


def test_the_report_has_it_everywhere_and_nothing_breaks_out(audit):
    seen = shown(audit)
    text = writer.as_markdown(seen, "2026-01-01")
    assert "## Formats of one model" in text and "ONNX (onnx)" in text
    html = page.render(seen, "2026-01-01", [])
    section = html.partition('id="formats"')[2].partition("</section>")[0]
    assert "Formats of one model" in section and section.count("<tr>") == 1 + 4 + 2
    assert HOSTILE not in section and "&lt;script&gt;" in section


def test_the_results_are_documented(audit):
    words = set(re.findall(r"`([a-z_0-9]+)`", (ROOT / "docs" / "results-json.md").read_text()))
    (family,) = as_json(audit)["formats"]
    found = family["models"]["int8"]
    assert {*family, *found, *found["positives"]} <= words
    assert found["groups"].keys() == set(audit.groups.names)
    assert found["positives"]["change"] == found["positives"]["after"] - found["positives"]["before"]


def test_an_audit_without_formats_has_no_such_section():
    plain = make_audit()
    assert as_json(plain)["formats"] == [] and format_changes.as_markdown(plain) == []
    assert 'id="formats"' not in page.render(shown(plain), "2026-01-01", [])
