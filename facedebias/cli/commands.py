"""The command `facedebias`: finds the subcommand that is asked for, and loads no other."""

import importlib
import sys
from typing import NoReturn

import facedebias
from facedebias import streams
from facedebias.text import visible

# Name -> what `facedebias --help` says of it. A command is the module of its name in this folder.
COMMANDS = {
    "prepare": "make a face file from collections of pictures",
    "describe": "print what face files hold",
    "train": "train a face classifier, export it and write down how it was made",
    "evaluate": "audit classifiers by group and write a report",
    "export": "take a trained model to ONNX, LiteRT or Keras, and compare it with the original",
    "compare": "train an attribute classifier with several mitigations and compare them",
    "detect": "find the faces in whole pictures",
    "thresholds": "fit thresholds of groups to a trained model",
}
# What earlier versions called them, and other words that people try.
_OTHER_NAMES = {"dataset": "describe", "threshold_groups": "thresholds", "audit": "evaluate", "fit": "train"}
_HELP = {"-h", "-help", "--help", "help"}
_SEE = "See facedebias --help."


def main() -> NoReturn:
    """Runs `facedebias COMMAND ...`."""
    name, *words = sys.argv[1:] or ["help"]
    if name == "help" and words:
        name, *words = words[0], "--help"
    if name not in COMMANDS:
        output, errors = streams.guard()
        sys.exit(streams.finish(output, errors, _answer(name)))
    from facedebias.cli import running

    # Messages name the command as it was typed.
    sys.argv = [f"facedebias {name}", *words]
    running.run(importlib.import_module(f"facedebias.cli.{name}").main)


def _answer(word: str) -> int:
    """Answers a first word that is no command; returns the exit status."""
    if word in _HELP:
        print(_overview())
    elif word == "--version":
        print(f"facedebias {facedebias.__version__}")
    else:
        print(f"error: {visible(_refusal(word))} {_SEE}", file=sys.stderr)
        return 1
    return 0


def _refusal(word: str) -> str:
    if word.startswith("-"):
        return f"{word}: stands before the command; expected facedebias COMMAND {word}."
    import difflib

    likely = difflib.get_close_matches(word, [*COMMANDS, *_OTHER_NAMES], n=1)
    likely = [name for name in COMMANDS if name.startswith(word)] or likely
    if not likely:
        return f"{word}: no such command; expected one of {', '.join(COMMANDS)}."
    return f"{word}: no such command. Did you mean {_OTHER_NAMES.get(likely[0], likely[0])}?"


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
            "facedebias COMMAND --help explains a command and its flags.",
        ]
    )
