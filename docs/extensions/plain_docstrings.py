r"""Sphinx extension: docstrings as they are written here, for a reader of code, become reStructuredText.

An indented block is a formula or code, and shown as it stands. Bars, asterisks and final underscores mean
themselves: `|c|` outside of backticks is no substitution.
"""

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(`+[^`]*`+)")
_MARKUP = re.compile(r"[|*]|(?<=\w)_(?!\w)")
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields|Note|Example)s?:$")


def convert(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText with sections in Google's style.

    Args:
        lines: without the indentation of the docstring itself.
    """
    converted: list[str] = []
    is_block = is_section = False
    for line in lines:
        is_section = is_section or bool(_SECTION.match(line))
        if line.startswith("    ") and not is_section:
            if not is_block and not (converted and converted[-1]):
                converted += ["::", ""]
                is_block = True
        elif line:
            is_block = False
        converted.append(line if is_block else _escaped(line))
    return converted


def _escaped(line: str) -> str:
    parts = _CODE.split(line)
    return "".join(part if number % 2 else _MARKUP.sub(r"\\\g<0>", part) for number, part in enumerate(parts))


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = convert(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Converts docstrings before napoleon reads their sections."""
    app.connect("autodoc-process-docstring", _process, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
