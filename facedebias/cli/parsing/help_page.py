"""What `--help` shows of a command: what it does, examples, and its flags as they were defined."""

import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

from absl import flags

from facedebias.cli.parsing import typed
from facedebias.cli.parsing.list_flags import ListFlag

_INDENT = "  "
_METAVAR = {"int": "N", "float": "NUMBER"}
_OF_LISTS = (
    "Values of [,...] stand between commas, or the flag is given again for each. A comma inside the name of "
    "a file or folder that exists divides nothing."
)


def text(main: Callable[..., Any], width: int) -> str:
    """The page of the command whose function is `main`.

    Its module says what the command does; lines that begin with a command are examples. The module may
    have `ARGUMENTS`, what stands on the command line beside flags, and `SECTIONS`, the flags that begin a
    section, and its title.

    Args:
        main: of the module that defines the flags.
        width: columns of a line.
    """
    module = sys.modules[main.__module__]
    shown = flags.FLAGS.get_key_flags_for_module(module)
    parts = [_description(module, width), _usage(module, shown, width), *_sections(shown, width)]
    if any(isinstance(flag, ListFlag) for flag in shown):
        parts.append(textwrap.fill(_OF_LISTS, width))
    return "\n\n".join(parts)


def _description(module: ModuleType, width: int) -> str:
    paragraphs = (inspect.getdoc(module) or "").split("\n\n")
    return "\n\n".join(_paragraph(each, module.__name__.rpartition(".")[2], width) for each in paragraphs)


def _paragraph(paragraph: str, name: str, width: int) -> str:
    if not paragraph.startswith(("python ", f"{typed.PACKAGE} ")):
        return textwrap.fill(paragraph, width)
    # Examples name the command as it was typed.
    own = rf"^(?:python (?:-m )?)?(?:{typed.PACKAGE}[ .])?{name}(?:\.py)?(?= )"
    lines = [re.sub(own, lambda _: typed.program(), line) for line in paragraph.splitlines()]
    return "\n".join(_INDENT + line for line in lines)


def _usage(module: ModuleType, shown: list[flags.Flag[Any]], width: int) -> str:
    words = ["usage:", typed.program(), *(_form(flag) for flag in shown if is_required(flag))]
    words += [
        word for word in (getattr(module, "ARGUMENTS", ""), "[--flag=value ...]" if shown else "") if word
    ]
    return textwrap.fill(" ".join(words), width, subsequent_indent=2 * _INDENT, break_on_hyphens=False)


def _sections(shown: list[flags.Flag[Any]], width: int) -> list[str]:
    found: list[list[str]] = [["flags:"]] if shown else []
    for flag in shown:
        owner = sys.modules.get(flags.FLAGS.find_module_defining_flag(flag.name) or "")
        if title := getattr(owner, "SECTIONS", {}).get(flag.name):
            found.append([f"{title}:"])
        found[-1].append(_entry(flag, width))
    return ["\n".join(lines) for lines in found if len(lines) > 1]


def _entry(flag: flags.Flag[Any], width: int) -> str:
    indent = 3 * _INDENT
    explained = textwrap.fill(
        _explanation(flag),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{_INDENT}{_form(flag)}\n{explained}"


def _form(flag: flags.Flag[Any]) -> str:
    """E.g. "--[no]flip", "--epochs=N", "--split=train|val|test"."""
    if flag.boolean:
        return f"--[no]{flag.name}"
    values = getattr(flag.parser, "enum_values", None)
    kind = flag.parser.flag_type()  # "int", "float", ...
    value = "|".join(values) if values else _METAVAR.get(kind, flag.name.upper())
    return f"--{flag.name}={value}{'[,...]' if isinstance(flag, ListFlag) else ''}"


def _explanation(flag: flags.Flag[Any]) -> str:
    # absl repeats an enumeration's values in front.
    help_text = " ".join(re.sub(r"^<[^>]*>: ", "", flag.help or "").split())
    if is_required(flag):
        return f"{help_text} (required)"
    default = _default(flag)
    if not default or "(default" in help_text:
        return help_text
    return f"{help_text} (default: {default})"


def _default(flag: flags.Flag[Any]) -> str:
    if flag.default is None:
        return ""
    if flag.boolean:
        return str(flag.default).lower()
    values = flag.default if isinstance(flag.default, list) else [flag.default]
    return ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)


def is_required(flag: flags.Flag[Any]) -> bool:
    """Whether a command refuses to run without a flag."""
    return any("must have a value other than None" in each.message for each in flag.validators)
