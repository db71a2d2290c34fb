r"""Sphinx extension: docstrings as they are written here, for a reader of code, become reStructuredText.

An indented block is a formula or code, and shown as it stands; so is a paragraph that begins as code does.
Bars, asterisks and final underscores mean themselves: `|c|` outside of backticks is no substitution. A flag
is code, with backticks or without.
"""

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(`+[^`]*`+)")
_MARKUP = re.compile(r"[|*]|(?<=\w)_(?!\w)")
_FLAG = re.compile(r"(?<![\w-])--\w+")
_STATEMENT = re.compile(r"(import|from|python|facedebias) \S|\w+ = \S")
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields|Note|Example)s?:$")


def convert(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText with sections in Google's style.

    Args:
        lines: without the indentation of the docstring itself.
    """
    start = next((number for number, line in enumerate(lines) if _SECTION.match(line)), len(lines))
    converted: list[str] = []
    was_code = False
    for paragraph in "\n".join(lines[:start]).split("\n\n"):
        is_code = paragraph.startswith("    ") or bool(_STATEMENT.match(paragraph))
        if is_code:
            converted += [] if was_code else ["::", ""]
            indent = "" if paragraph.startswith("    ") else "    "
            converted += [indent + line for line in paragraph.split("\n")]
        else:
            converted += [_escaped(line) for line in paragraph.split("\n")]
        converted.append("")
        was_code = is_code
    return converted[:-1] + [_escaped(line) for line in lines[start:]]


def _escaped(line: str) -> str:
    parts = _CODE.split(line)
    return "".join(part if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    return _FLAG.sub(r"`\g<0>`", _MARKUP.sub(r"\\\g<0>", text))


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = convert(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Converts docstrings before napoleon reads their sections."""
    app.connect("autodoc-process-docstring", _process, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
