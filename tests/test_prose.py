"""Pages are written in plain English: short sentences, few numbers at once, tables that fit a screen."""

import re
from pathlib import Path

import pytest

from tests import prose

ROOT = Path(__file__).parents[1]
LATER: set[str] = set()
PAGES = [
    path for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))) if path.name not in LATER
]
MOST_WORDS = 25
TOLERATED_WORDS = 30  # in one sentence of fifty
MOST_NUMBERS = 2
MOST_COLUMNS, MOST_ROWS = 7, 10
LARGER_TABLES: dict[str, set[str]] = {}  # page -> first cells of the headers of tables that cannot be split
UNWANTED = {
    r"^of\b": "begin with the subject",
    r"^whoever\b": "begin with the subject",
    r"^what\b[^?]*$": "begin with the subject",
    r"\bfigures?\b": "say metric, number or chart",
    r"\bdrawing faces\b|\bdraw(s|n)? (hard|rare) faces\b": "say resampling",
    r"\bprotected\b|\bsoften\b|\bworkdir\b": "the name has changed",
}
STYLE = (
    "No way of drawing faces by their latents has a higher worst group or mean, or less variance, that "
    "eight seeds can show; 1.8 to 2.5 points of the worst group (product rule aside) would be found in four "
    "of five such studies."
)


def complaints(markdown):
    """What breaks the rules in a page, as lines that name the sentence."""
    found, long = [], []
    said = prose.sentences(markdown)
    for sentence in said:
        words = prose.num_words(sentence)
        if words > TOLERATED_WORDS:
            found.append(f"{words} words: {sentence}")
        elif words > MOST_WORDS:
            long.append(f"{words} words: {sentence}")
        if prose.num_numbers(sentence) > MOST_NUMBERS:
            found.append(f"{prose.num_numbers(sentence)} numbers: {sentence}")
        found += [
            f"{advice}: {sentence}"
            for pattern, advice in UNWANTED.items()
            if re.search(pattern, sentence, re.I)
        ]
    return found + (long if len(long) * 50 > len(said) else [])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_sentences_are_short_and_plain(page):
    assert not complaints(page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_tables_fit_a_screen(page):
    larger = [
        f"{len(table.header)} columns, {len(table.rows)} rows: {' | '.join(table.header)}"
        for table in prose.tables(page.read_text())
        if (len(table.header) > MOST_COLUMNS or len(table.rows) > MOST_ROWS)
        and table.header[0] not in LARGER_TABLES.get(page.name, set())
    ]
    assert not larger


def test_no_exception_is_left_over():
    for name, headers in LARGER_TABLES.items():
        text = next(page for page in PAGES if page.name == name).read_text()
        large = {
            table.header[0]
            for table in prose.tables(text)
            if len(table.header) > MOST_COLUMNS or len(table.rows) > MOST_ROWS
        }
        assert headers == large


def test_pages_are_read_as_text():
    # A page of which nothing is read would pass every rule.
    texts = {page.name: page.read_text() for page in PAGES}
    counts = {name: len(prose.sentences(text)) for name, text in texts.items() if len(text.split()) > 100}
    assert len(counts) >= 9
    assert min(counts.values()) >= 8, counts


def test_a_page_that_breaks_the_rules_is_refused():
    assert len(complaints(STYLE)) == 2  # too long, and not the word of the field
    for text in (
        "Of these, two remain.",
        "Whoever asks gets it.",
        "What it learns is kept.",
        "The figures differ.",
    ):
        assert complaints(text), text
    assert not complaints("What does it learn? It learns 2 of 3 (1 to 5; 95% interval).")


def test_one_long_sentence_in_fifty_is_let_pass():
    short, long = "One two three. ", " ".join(["word"] * 26) + ". "
    long = long.capitalize()
    assert not complaints(short * 49 + long)
    assert complaints(short * 48 + long)
    assert complaints(short * 99 + " ".join(["word"] * 31) + ".")


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        (
            "# What is it\n\nOne. Two\nlines. `--a b.c`, e.g. Three.",
            ["One.", "Two lines.", "CODE, e.g. Three."],
        ),
        (
            "- A [link](a.b.md#c).\n  More.\n- B (Sagawa et al. 2020).",
            ["A link.", "More.", "B (Sagawa et al. 2020)."],
        ),
        (
            "A.\n\n    code. Here\n\n```\nMore. Code\n```\n\n| a | b. C |\n|---|---|\n| 1. | 2 |\n\nB.",
            ["A.", "B."],
        ),
        (
            "By E. Wilson, *Title*, **1927**. ![no](x.png) End.",
            ["By E. Wilson, Title, 1927.", "End."],
        ),
    ],
)
def test_sentences_are_found(markdown, expected):
    assert prose.sentences(markdown) == expected


def test_words_and_numbers_are_counted():
    assert prose.num_words("CODE is 95% - or (so) more.") == 6
    assert prose.num_numbers("In 2020 it fell by 2.5 points to 1,000 (1 to 3).") == 2


def test_tables_are_found():
    (table,) = prose.tables("x\n\n| a | b \\| c |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\ny")
    assert table == prose.Table(("a", "b \\| c"), (("1", "2"), ("3", "4")))
