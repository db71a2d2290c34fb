"""Names as people see them."""

import pytest

from facedebias.text import Screen, columns, visible


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Black Female", "Black Female"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\u202egnp.exe", r"\u202egnp.exe"),  # right-to-left override
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("soft\xadhyphen\x85", r"soft\xadhyphen\x85"),
        ("a\u2028b", r"a\u2028b"),
        ("bad\udcffbyte", r"bad\udcffbyte"),
        ("blank\u3164", r"blank\u3164"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("Müller 女性 e\u0301 😀", "Müller 女性 e\u0301 😀"),
        (r"C:\new\table", r"C:\new\table"),
    ],
)
def test_nothing_is_hidden(name, seen):
    assert visible(name) == seen


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("女性", 4), ("e\u0301a", 2), ("ｶﾀ", 2), ("😀", 2), ("", 0)]
)
def test_columns_are_those_of_a_terminal(text, width):
    assert columns(text) == width


def test_long_names_keep_their_ends():
    screen = Screen()
    assert screen.shortened("checkpoints-of-the-year", 11) == "check…-year"
    assert screen.shortened("short", 5) == "short"
    # Two columns each: four fit beside the ellipsis on both sides together, one column stays free.
    assert screen.shortened("女性男性女性", 9) == "女性…女性"
    assert columns(screen.shortened("女性男性女性", 8)) <= 8
    assert screen.shortened("xe\u0301e\u0301e\u0301e\u0301e\u0301", 4) == "xe\u0301…e\u0301"


def test_what_the_encoding_lacks_is_escaped_and_counted():
    screen = Screen(encoding="ascii")
    assert screen.shown("é\n") == r"\xe9\n"
    assert screen.shortened("abcdefghij", 8) == "abc...ij"
    assert screen.padded(screen.shown("é"), 6, to_left=False) == r"  \xe9"
