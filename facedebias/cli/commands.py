"""The command `facedebias`: finds the subcommand that is asked for, and loads no other."""

import importlib
import sys
from typing import NoReturn

from facedebias.text import visible

# Name -> what `facedebias --help` says of it. A command is the module of its name in this folder.
COMMANDS = {
    "prepare": "make a face file from collections of pictures",
    "describe": "print what face files hold",
    "train": "train a face classifier, export it and write down how it was made",
    "evaluate": "audit classifiers by group and write a report",
    "compare": "train an attribute classifier with several mitigations and compare them",
    "detect": "find the faces in whole pictures",
    "thresholds": "fit thresholds of groups to a trained model",
}
_HELP = {"-h", "-help", "--help", "help"}


def main() -> NoReturn:
    """Runs `facedebias COMMAND ...`."""
    words = sys.argv[1:]
    if not words or words[0] in _HELP:
        print(_overview())
        sys.exit(0)
    if words[0] == "--version":
        from facedebias import __version__

        print(f"facedebias {__version__}")
        sys.exit(0)
    name = words[0]
    if name not in COMMANDS:
        print(
            f"error: {visible(name)}: no such command; expected one of {', '.join(COMMANDS)}. See facedebias "
            "--help.",
            file=sys.stderr,
        )
        sys.exit(1)
    from facedebias.cli import running

    # Messages name the command as it was typed.
    sys.argv = [f"facedebias {name}", *words[1:]]
    running.run(importlib.import_module(f"facedebias.cli.{name}").main)


def _overview() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "Classifiers of faces that work for everyone, and audits that show for whom they do not.",
            "",
            "usage: facedebias COMMAND [--flag=value ...]",
            "",
            *lines,
            "",
            "facedebias COMMAND --help lists the flags of a command.",
        ]
    )
