"""Sphinx extension: the directive `{command} NAME`, what `facedebias NAME --help` says, as a page's text."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]


@dataclass
class Section:
    """Flags of one subject.

    Attributes:
        title: of the subject.
        flags: for each its form, e.g. "--split=train|val|test", and what it means.
    """

    title: str
    flags: list[tuple[str, str]] = field(default_factory=list)


class Command(Directive):
    """Describes a command: its purpose, examples, and every flag with its values and default."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes that stand in the place of the directive."""
        (name,) = self.arguments
        # The page is read anew by every build, since flags change without it.
        self.state.document.settings.env.note_reread()
        paragraphs, sections = parse(help_of(name))
        parts: list[nodes.Node] = []
        for text in paragraphs:
            is_code = text.startswith("facedebias ")
            parts.append(
                nodes.literal_block("", text, language="none") if is_code else nodes.paragraph("", text)
            )
        for section in sections:
            items = [_item(form, meaning) for form, meaning in section.flags]
            parts += [nodes.rubric("", section.title.capitalize()), nodes.definition_list("", *items)]
        return parts


def parse(text: str) -> tuple[list[str], list[Section]]:
    """The parts of a help page: paragraphs and examples, and sections of flags.

    Args:
        text: a purpose, examples that begin with two spaces, and flags below the title of a section,
            each with its meaning indented further.
    """
    paragraphs: list[str] = []
    sections: list[Section] = []
    for block in text.strip().split("\n\n"):
        title, *lines = block.split("\n")
        if title.endswith(":") and lines and lines[0].startswith("  --"):
            sections.append(_section(title.removesuffix(":"), lines))
        elif title.startswith("  "):
            paragraphs.append(
                "\n".join(line.strip().removeprefix("python -m ") for line in block.split("\n"))
            )
        elif title.startswith("usage:"):
            form = " ".join(block.split()).removeprefix("usage: ").removeprefix("python -m ")
            paragraphs.append(f"Usage: `{form}`")
        else:
            paragraphs.append(" ".join(block.split()))
    return paragraphs, sections


def _section(title: str, lines: list[str]) -> Section:
    section = Section(title)
    for line in lines:
        if line.startswith("  --"):
            section.flags.append((line.strip(), ""))
        else:
            form, meaning = section.flags[-1]
            section.flags[-1] = form, f"{meaning} {line.strip()}".strip()
    return section


def help_of(name: str) -> str:
    """The help page of a command, as it stands on a screen."""
    command = [sys.executable, "-m", "facedebias", name, "--help"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout  # noqa: S603


def _item(form: str, meaning: str) -> nodes.definition_list_item:
    """One flag: its name, its values, and what it means."""
    name, _, values = form.partition("=")
    term = nodes.term("", "", nodes.literal("", name))
    if values:
        term += nodes.inline("", f"  {values}", classes=["flag-details"])
    return nodes.definition_list_item("", term, nodes.definition("", _paragraph(meaning)))


def _paragraph(text: str) -> nodes.paragraph:
    """Text in which flags, and what stands in backticks, are code."""
    parts = re.split(r"(`[^`]+`|(?<![\w-])--\w+)", text)
    children = [
        nodes.literal("", part.strip("`")) if i % 2 else nodes.Text(part) for i, part in enumerate(parts)
    ]
    return nodes.paragraph("", "", *children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the directive."""
    app.add_directive("command", Command)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
