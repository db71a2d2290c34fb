"""What an audit shows: in a notebook, on a screen, as a picture and as a report."""

import json
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

import facedebias as fd
from tests.api.rows import make

LABELS, SCORES, PEOPLE = make()
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"&<script>alert(1)</script>',
    "a\nb\x1b[31m\u202egnp",
    "$x^2$ | c",
]
ALLOWED = {"div", "ul", "li", "table", "caption", "tr", "th", "td", "b", "p", "code"}


class Tags(HTMLParser):
    """Elements and texts of a page; fails at an attribute."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.tags.add(tag)

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def hostile():
    groups = np.resize(np.array(HOSTILE, object), len(LABELS))
    scores = {HOSTILE[0]: SCORES, HOSTILE[1]: 1 - SCORES}
    metrics = {HOSTILE[2] + "m": lambda y_true, y_pred: float(np.mean(y_pred))}
    return fd.audit(LABELS, scores, {HOSTILE[1]: groups}, metrics=metrics, num_draws=100)


def test_a_notebook_shows_the_verdict_and_the_table():
    found = fd.audit(LABELS, SCORES, PEOPLE, num_draws=100)
    seen = Tags(found._repr_html_())
    assert seen.tags <= ALLOWED
    assert found.verdict[0] in seen.texts
    assert {"<script> F", "a, b M", "all"} <= set(seen.texts)
    row = found.by_group.loc["a/b F"]
    low, high = row["true_positive_rate_low"], row["true_positive_rate_high"]
    assert (
        f"{row['true_positive_rate']:.1%}".replace("%", f" [{low * 100:.1f}, {high * 100:.1f}]") in seen.texts
    )


def test_names_cannot_break_out(hostile, tmp_path):
    html = hostile._repr_html_()
    assert Tags(html).tags <= ALLOWED
    for text in (html, repr(hostile), *hostile.verdict, *hostile.notes):
        assert "\x1b" not in text and "\u202e" not in text
    assert "<script>" not in html and "<img" not in html
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = hostile.write(tmp_path / "report").read_text()
        assert hostile.plot_recall()._repr_png_().startswith(b"\x89PNG")
    assert "<img src=x" not in page and "<script>alert" not in page
    # Programs get names as they are.
    assert HOSTILE[0] in hostile.models
    assert set(hostile.by_group.index.get_level_values("group")) <= {*HOSTILE, *map(str.strip, HOSTILE)}


def test_many_groups_stay_a_page():
    labels, scores = np.arange(3000) % 2, np.linspace(0, 1, 3000)
    found = fd.audit(labels, scores, np.arange(3000) % 100, num_draws=100)
    html = found._repr_html_()
    assert html.count("<tr>") == 62
    assert "40 more groups are in" in html
    assert any("100 different numbers, of which each is a group; pandas.cut" in note for note in found.notes)


def test_the_text_has_the_table_and_the_verdict():
    found = fd.audit(LABELS, SCORES, PEOPLE["sex"], num_draws=100)
    text = repr(found)
    assert "all positives" in text and text.endswith(found.verdict[-1])


def test_the_report_is_a_folder_of_its_own(tmp_path):
    found = fd.audit(LABELS, SCORES, PEOPLE["sex"], num_draws=100)
    page = found.write(tmp_path / "a" / "report")
    assert page == tmp_path / "a" / "report" / "report.html"
    held = {path.name for path in page.parent.iterdir()}
    assert {
        "report.html",
        "report.md",
        "summary.md",
        "results.json",
        "groups.csv",
        "suspects.csv",
        "recall.png",
    } <= held
    document = json.loads((page.parent / "results.json").read_text())
    assert document["data"] == "y_true" and document["models"]["model"]["path"] == "y_score"
    with pytest.raises(fd.InputError, match="choose another folder or add overwrite=True"):
        found.write(tmp_path / "a" / "report")
    found.write(str(page.parent), overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(fd.InputError, match="holds something else than a report; choose another folder"):
        found.write(tmp_path / "mine", overwrite=True)


def test_suspects_are_named_by_index(tmp_path):
    people = PEOPLE.set_index(PEOPLE.index.map(lambda row: f"img{row}"))
    found = fd.audit(LABELS, SCORES, people, num_draws=100)
    lines = (found.write(tmp_path / "report").parent / "suspects.csv").read_text().splitlines()
    assert lines[0].startswith("rank,row,index,label,group")
    row = lines[1].split(",")
    assert row[2] == f"img{row[1]}"


def test_the_picture_has_every_group():
    figure = fd.audit(LABELS, SCORES, PEOPLE, num_draws=100).plot_recall()
    (axes,) = figure.axes
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert len(labels) == 6 and any(text.startswith("a/b M  (n=") for text in labels)


def test_an_unknown_attribute():
    found = fd.audit(LABELS, SCORES, PEOPLE, num_draws=100)
    with pytest.raises(fd.InputError, match="attribute: the groups have no age; they are race, sex"):
        found.by("age")
    assert list(fd.audit(LABELS, SCORES, PEOPLE["sex"], num_draws=100).by("sex").index) == ["F", "M"]


def test_recall_at_the_low_point_is_a_frame():
    # One of 400 negatives may pass at 0.25%: the threshold lies above 398, which half of b are below.
    labels = np.repeat([1, 0], [80, 400])
    scores = np.concatenate([np.full(40, 999.0), np.full(20, 999.0), np.full(20, 398.0), np.arange(400.0)])
    groups = np.concatenate([np.repeat(["a", "b"], 40), np.full(400, None)])
    found = fd.audit(labels, scores, groups, fpr=0.01, score_kind="score", num_draws=100)
    assert found.low_point.index.tolist() == ["a", "b"]
    assert found.low_point["n"].tolist() == [40, 40]
    assert found.low_point["value"].tolist() == [1.0, 0.5]
    assert (found.low_point["fpr"] == 0.0025).all()
    # 1% lets four pass: the threshold lies above 395.
    assert found.by_group["true_positive_rate"].tolist() == [1.0, 1.0]
    assert any(
        sentence.startswith("At 0.25% false positives, model misses 50.0%") for sentence in found.verdict
    )
    assert "At 0.25% false positives:" in repr(found)
    both = fd.audit(labels, {"x": scores, "y": scores}, groups, fpr=0.01, score_kind="score", num_draws=100)
    assert both.low_point.loc["y"].equals(found.low_point)
    none = fd.audit(labels, scores, groups, tpr=0.9, score_kind="score", num_draws=100)
    assert none.low_point.empty and list(none.low_point) == list(found.low_point)
