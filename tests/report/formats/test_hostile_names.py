"""Names that somebody else's files may hold, in every format of a report by that format's rules."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from facedebias.auditing.runs import Runs, Spread
from facedebias.auditing.thresholds import operating_points
from facedebias.data.face_columns import Attribute
from facedebias.report import card, summary, suspects_list, tables, writer
from facedebias.report import shown as shown_names
from facedebias.report.plots import figures, tradeoff
from facedebias.text import visible
from tests.report.audits import make_audit, make_sample, make_scores
from tests.report.formats.parsed_markdown import CASES, structure, words

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", ";=1;", '";"=1', "＝1"]
UNSEEN = [
    "\x1b[31mred\x1b[0m",
    "\x9b31m",
    "\u202etxt.exe",
    "\u2066a",
    "a\u200bb",
    "a\r\nb",
    "\u2028",
    "\ufeff",
]
NAMES = [
    *CASES,
    *FORMULAS,
    *UNSEEN,
    "<script>alert(1)</script>",
    '" onerror="x',
    "'",
    "\ud800",
    "x" * 300,
    "_x",
]
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


STAND_IN = "Qname"


@pytest.fixture(scope="module")
def named():
    """Everything that has a name has this one, or it and a number; and an audit takes a second."""
    sample = make_sample(skin=("dark", STAND_IN), with_pictures=False)
    first, second = sample.attributes.values()
    models = [
        make_scores(sample, f"{STAND_IN}{'' if seed == 1 else f' {seed}'}", 2 * seed, seed) for seed in (1, 2)
    ]
    sample = replace(
        sample,
        attributes={STAND_IN: first, "sex": Attribute(second.codes, ("female", f"{STAND_IN} 2"))},
        data=STAND_IN,
        negatives=f"{STAND_IN} 2",
        notes=(f"the column {STAND_IN} is read as numbers.",),
    )
    return make_audit(sample=sample, models=models, groups=tuple(sample.attributes))


@pytest.fixture
def audit_of(named, monkeypatch):
    """The audit with another name, as reports have it."""

    def rename(name):
        def identify(rows):
            columns = {"file": name, "row": "3", "path": f"{name}/4.png", f"{name} id": name}
            return {column: [value] * len(rows) for column, value in columns.items()}

        sample = replace(named.sample, identify=identify, locate=lambda row: f"row {row} of {name}")
        with monkeypatch.context() as patch:
            patch.setattr(shown_names, "visible", lambda text: visible(text.replace(STAND_IN, name)))
            return shown_names.shown(replace(named, sample=sample))

    return rename


def documents(audit):
    return {
        "report": writer.as_markdown(audit, "2026-01-01"),
        "summary": summary.as_markdown(audit),
        "card": card.as_markdown(audit, 0, "2026-01-01"),
    }


@pytest.fixture(scope="module")
def benign(named):
    return {kind: kinds(text) for kind, text in documents(named).items()}


def kinds(text):
    # A name that would end its code stands as plain text.
    return [kind for kind in structure(text) if kind[0] != "code_inline"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_changes_what_a_document_is_made_of(name, benign, audit_of):
    audit = audit_of(name)
    for kind, text in documents(audit).items():
        assert kinds(text) == benign[kind], kind
        assert not HIDDEN.search(text) and "<" not in text.replace("<!-- -->", ""), kind
        assert visible(name).strip() in words(text), kind
    assert not HIDDEN.search(tables.as_text(audit))


@pytest.mark.parametrize("name", NAMES)
def test_no_name_begins_a_formula(name, audit_of):
    audit = audit_of(name)
    for text in (tables.as_csv(audit), suspects_list.as_csv(audit)):
        assert not HIDDEN.search(text)
        lines = text.splitlines()
        header, *rows = csv.reader(io.StringIO(text))
        assert len(lines) == len(rows) + 1 and {len(row) for row in rows} == {len(header)}
        for separator in ",;":
            for row in csv.reader(lines, delimiter=separator):
                assert not any(is_formula(cell) for cell in row)


def is_formula(cell):
    begins = cell.strip(' "')[:1] in set("=+-@＝＋－＠") - {""}
    return begins and not re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)


def test_a_page_and_its_files_show_no_name_as_anything_else(tmp_path, monkeypatch, audit_of):
    monkeypatch.setattr(operating_points, "NUM_PLACES", 3)
    name = "".join(UNSEEN) + "\ud800<script>![x](javascript:alert(1))" + "é" * 200
    audit = audit_of(name)
    writer.write(audit, tmp_path / "report")
    for path in (tmp_path / "report").iterdir():
        if path.suffix in {".md", ".csv", ".html"}:
            text = path.read_text(encoding="utf-8").split('<script type="module">')[0]
            assert HIDDEN.search(text) is None, path.name
            assert path.suffix == ".csv" or "<script>" not in text, path.name
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert visible(name) in json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])["models"]


@pytest.mark.parametrize("name", NAMES)
def test_a_comparison_of_mitigations_takes_any_name(name):
    spread = Spread(0.5, 0.1, (0.4, 0.6))
    gap = "equal_opportunity_difference"
    runs = {
        each: Runs(each, ("0", "1"), {"accuracy": spread}, {name: {}}, {"accuracy": spread}, {gap: spread})
        for each in ("plain", name)
    }
    seen = shown_names.shown(runs)
    for text in (tradeoff.table(seen, "plain", [gap]), tradeoff.group_table(seen, "plain")):
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        assert len(rows) == 4 and not HIDDEN.search(text)
        assert {kind for kind, *_ in structure(text)} == {
            "table_open", "thead_open", "tr_open", "th_open", "th_close", "tr_close", "thead_close",
            "tbody_open", "td_open", "td_close", "tbody_close", "table_close",
        }  # fmt: skip


@pytest.mark.parametrize("name", [r"$\frac{$", "_hidden", "a\n$b$"])
def test_pictures_draw_names_as_they_are(name, audit_of):
    spread = Spread(0.5, 0.1, (0.4, 0.6))
    gap = "equal_opportunity_difference"
    runs = {
        each: Runs(each, ("0", "1"), {"accuracy": spread}, {}, {"accuracy": spread}, {gap: spread})
        for each in ("plain", visible(name))
    }
    drawn = tradeoff.draw(runs, [gap], visible(name))
    FigureCanvasAgg(drawn).draw()
    legends = [text.get_text().strip() for axes in drawn.axes for text in axes.get_legend().get_texts()]
    assert visible(name) in legends
    FigureCanvasAgg(figures.recall_figure(audit_of(name))).draw()


def test_what_suspects_csv_writes_is_found_again(audit_of):
    audit = audit_of("=1")
    lines = list(csv.DictReader(io.StringIO(suspects_list.as_csv(audit))))
    assert {line["path"] for line in lines} == {"'=1/4.png"} and "'=1 id" in lines[0]
    assert np.all([line["row"] == "3" for line in lines])
