"""Files of flags, `--flagfile=FILE`: read as every other text, before absl would wait for a pipe."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from facedebias.data.sources.formats.text_table import read_text
from facedebias.errors import InputError
from facedebias.text import visible

_FLAGS = ("--flagfile", "-flagfile")
_COMMENTS = ("#", "//")


def expanded(words: Sequence[str]) -> list[str]:
    """A command line with the lines of its flag files in their place, also of those that these name.

    Args:
        words: of the command line.

    Raises:
        InputError: if a file is missing, no text, or names itself.
    """
    return list(_expanded(words, ()))


def _expanded(words: Sequence[str], inside: tuple[str, ...]) -> Iterator[str]:
    remaining = iter(words)
    for word in remaining:
        name, equals, path = word.partition("=")
        if word == "--":
            yield word
            yield from remaining
        elif name not in _FLAGS:
            yield word
        else:
            yield from _lines(path if equals else next(remaining, ""), inside)


def _lines(path: str, inside: tuple[str, ...]) -> Iterator[str]:
    flag = f"--flagfile={visible(path)}"
    if not path:
        raise InputError("--flagfile: expected a file, as --flagfile=FILE.")
    place = os.path.realpath(os.path.expanduser(path))
    if place in inside:
        raise InputError(f"{flag}: names itself, or is named by a file that it names. Take the line out.")
    lines = map(str.strip, read_text(Path(place), flag).split("\n"))
    yield from _expanded(
        [line for line in lines if line and not line.startswith(_COMMENTS)], (*inside, place)
    )
