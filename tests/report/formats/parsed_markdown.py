"""Markdown as a reader sees it, and names that try to be more than names."""

import pytest

markdown_it = pytest.importorskip("markdown_it", reason="needs markdown-it-py, which the pages are made with")

CASES = [
    "![x](http://example.com/x.png)",
    "[click](javascript:alert(1))",
    "![][a]",
    "[a]: http://example.com",
    "[^1]: note",
    "- [ ] done",
    "<img src=x onerror=alert(1)>",
    "<http://example.com>",
    "&lt;b&gt;",
    "`code`",
    "``a`b``",
    "**bold** _em_ ~~gone~~ __x__",
    "# heading #",
    "> quote",
    "1. one",
    "2) two",
    "---",
    "===",
    "***",
    "+ plus",
    "a\n\n# new",
    "a | b",
    "a\\|b",
    "\\",
    "    indented",
    "\tindented",
    "```\nfence",
    "~~~",
    "snake_case_name",
    "$x$",
    "end\\\\",
    "a  ",
    "user@example.com",
    "_www.example.com/x",
]  # fmt: skip


def parsed(text):
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [part for token in parser.parse(text) for part in [token, *(token.children or [])]]


def structure(text):
    """What a reader sees beside words: kinds of blocks and of what stands in lines, in order."""
    return [
        (token.type, token.tag, token.level)
        for token in parsed(text)
        # A comment shows nothing; it keeps viewers from taking an address for a link.
        if token.type not in {"text", "inline", "text_special"} and token.content != "<!-- -->"
    ]


def words(text):
    """The words that a reader sees, without the code that they may stand in."""
    return "".join(token.content for token in parsed(text) if token.type in {"text", "code_inline"})
