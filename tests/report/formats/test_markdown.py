"""Markdown read by a parser of CommonMark with GitHub's tables: a name is text, and the same text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedebias.report.formats import markdown
from facedebias.text import visible
from tests.report.formats.parsed_markdown import CASES, structure, words

# What Markdown is made of, letters, and what would hide them.
HOSTILE = st.text(alphabet="![]()<>`*_~#|\\&;:/.=+-\"'{}^$@ \t\n1aw\x1b\u202e\u200b\u2028é", max_size=14)


def assert_is_text(written, plain, name):
    assert structure(written) == structure(plain), name
    assert visible(name).strip() in words(written)


@pytest.mark.parametrize("name", CASES)
def test_hand_cases_are_text_wherever_they_stand(name):
    check_everywhere(name)


@given(HOSTILE)
def test_so_is_whatever_a_file_may_name(name):
    check_everywhere(name)


def check_everywhere(name):
    assert_is_text(markdown.line(f"{name} misses 3"), markdown.line("x misses 3"), name)
    assert_is_text(markdown.bullets(["a", f"{name}: b"]), markdown.bullets(["a", "x: b"]), name)
    assert_is_text(markdown.heading(2, f"by {name}"), markdown.heading(2, "by x"), name)
    assert_is_text(f"a {markdown.text(name)}, b", "a x, b", name)
    rows = [["group", "n"], ["x", "90.0 [76.9, 96.0]"]]
    named = [["group", "n"], [name, "90.0 [76.9, 96.0]"]]
    if name.strip():
        assert_is_text(markdown.table(named, 1), markdown.table(rows, 1), name)
        assert words(f"- {markdown.code(name)}.") == f"{visible(name).strip()}."
        kinds = {kind for kind, *_ in structure(f"- {markdown.code(name)}.")}
        assert kinds <= {"code_inline", *(kind for kind, *_ in structure("- x."))}


def test_what_a_viewer_takes_for_a_bare_link_is_none():
    for name in ("http://a.b", "HTTPS://a.b", "www.a.b", "ftp://a.b", "javascript:x", "x_http://a.b"):
        text = markdown.text(f"see {name}")
        assert not re.search(r"[a-z]://|www\.|javascript:", text, re.IGNORECASE)
        assert words(text) == f"see {name}"


def test_figures_and_words_stay_readable():
    for text in (
        "90.0 [76.9, 96.0] 0.68",
        "p = 0.012; gap, points",
        "skin_tone male ~",
        "R&D, 50%",
        "docs/a.md",
    ):
        assert markdown.text(text) == text
    assert markdown.text("p < 0.001") == "p &lt; 0.001"
    assert markdown.line("95.5 and 3.") == "95.5 and 3."
    assert markdown.code("runs/my_run/export") == "`runs/my_run/export`"
    assert markdown.code("") == ""


@pytest.mark.parametrize("name", ["_www.a.b", "user@a.b", "xmpp:a@b.c", "@octocat", "_mailto:a@b", "_ftp:x"])
def test_nor_is_one_behind_an_underscore_or_with_an_at(name):
    text = markdown.text(name)
    assert not re.search(r"www\.|@\w|(mailto|ftp):\S", text)
    assert words(text) == name
