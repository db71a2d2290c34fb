"""Sphinx extension: the directive `{command} NAME`, what `facedebias NAME --help` says, as a page's text."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]


class Command(Directive):
    """Describes a command: its purpose, examples, and every flag with its values and default."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes that stand in the place of the directive."""
        (name,) = self.arguments
        root = ElementTree.fromstring(_help_xml(name))  # noqa: S314  (written by this package)
        purpose, *examples = root.findtext("usage", "").strip().split("\n\n")
        parts: list[nodes.Node] = [nodes.paragraph("", purpose)]
        if examples:
            parts.append(nodes.literal_block("", "\n\n".join(examples), language="none"))
        flags = [_definition(flag) for flag in root.iter("flag") if flag.findtext("key") == "yes"]
        return [*parts, nodes.definition_list("", *flags)] if flags else parts


def _help_xml(name: str) -> str:
    """The command's help as absl writes it for machines."""
    command = [sys.executable, "-m", "facedebias", name, "--helpxml"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    # absl leaves with 1 after any help.
    return run.stdout[run.stdout.index("<?xml") :]


def _definition(flag: ElementTree.Element) -> nodes.definition_list_item:
    """One flag: `--name`, its values and default, then what it means."""
    name, kind = flag.findtext("name", ""), flag.findtext("type", "")
    term = nodes.term("", "", nodes.literal("", f"--{name}"))
    values = [value.text or "" for value in flag.iter("enum_value")]
    default = flag.findtext("default", "")
    details = [" | ".join(values) if values else "" if kind == "bool" else _KINDS.get(kind, "")]
    details.append(f"default {default}" if default not in ("", "[]", "None") else "")
    text = ", ".join(part for part in details if part)
    if text:
        term += nodes.inline("", f"  {text}", classes=["flag-details"])
    # absl puts the values of an enumeration before its meaning, too.
    meaning = re.sub(r"^<[^>]*>: ", "", " ".join(flag.findtext("meaning", "").split()))
    meaning = meaning.replace(".; repeat this option to specify a list of values", ". May be given again.")
    return nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", meaning)))


_KINDS = {"int": "a whole number", "float": "a number", "comma separated list of strings": "a comma list"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the directive."""
    app.add_directive("command", Command)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
