"""Flags that take lists: `--groups race,gender`, `--groups race --groups gender`, or both.

Named as absl names its own, which they stand beside.
"""

import glob
import os
from collections.abc import Callable, Iterable
from typing import Any

from absl import flags

flags.disclaim_key_flags()  # a flag belongs to the command that defines it by these functions


class ListFlag(flags.MultiFlag[Any]):
    """A flag whose values add up, and each of which may hold several.

    Args:
        split: divides a value into items.
        parser: of an item.
        name: of the flag.
        default: items, or None.
        text: for --help.
    """

    def __init__(
        self,
        split: Callable[[str], list[str]],
        parser: flags.ArgumentParser[Any],
        name: str,
        default: Iterable[Any] | None,
        text: str,
    ):
        self._split = split
        # absl has no types for it.
        super().__init__(parser, flags.ArgumentSerializer(), name, default, text)  # type: ignore[no-untyped-call]
        self.help = text  # absl adds how to repeat it

    def _parse(self, arguments: Any) -> list[Any]:
        return super()._parse(self._split(arguments) if isinstance(arguments, str) else arguments)


def DEFINE_names(
    name: str, default: Iterable[str] | None, text: str, required: bool = False
) -> flags.FlagHolder[Any]:
    """Defines a list of words; one that contains a comma stands in double quotes.

    Args:
        name: of the flag.
        default: words, or None.
        text: for --help.
        required: whether the command refuses to run without it.
    """
    return _define(flags.ListParser().parse, flags.ArgumentParser(), name, default, text, required)


def DEFINE_numbers(name: str, default: Iterable[float] | None, text: str) -> flags.FlagHolder[Any]:
    """Defines a list of numbers, see `DEFINE_names`."""
    return _define(flags.ListParser().parse, flags.FloatParser(), name, default, text)


def DEFINE_places(name: str, default: Iterable[str] | None, text: str) -> flags.FlagHolder[Any]:
    """Defines a list of files and folders, see `DEFINE_names` and `places`."""
    return _define(places, flags.ArgumentParser(), name, default, text)


def DEFINE_assignments(name: str, default: Iterable[str] | None, text: str) -> flags.FlagHolder[Any]:
    """Defines a list of name=values, see `DEFINE_names` and `assignments`."""
    return _define(assignments, flags.ArgumentParser(), name, default, text)


def _define(
    split: Callable[[str], list[str]],
    parser: flags.ArgumentParser[Any],
    name: str,
    default: Iterable[Any] | None,
    text: str,
    required: bool = False,
) -> flags.FlagHolder[Any]:
    return flags.DEFINE_flag(ListFlag(split, parser, name, default, text), required=required)


def places(text: str) -> list[str]:
    """Divides at commas, but not inside the name of a file or folder that exists.

    Args:
        text: places, each alone or behind "name=", "name:" or "@", also with wildcards.

    Returns:
        The places. The longest run of pieces that exists is one: of "a,b,c", "a,b" if there is such a file.
    """
    pieces = text.split(",")
    found = []
    while pieces:
        lengths = range(len(pieces), 1, -1)
        length = next((n for n in lengths if _exists(",".join(pieces[:n]))), 1)
        found.append(",".join(pieces[:length]))
        pieces = pieces[length:]
    return found if len(found) == 1 else [place if _exists(place) else place.strip() for place in found]


def _exists(place: str) -> bool:
    """Whether there is such a place, as it stands or behind "name=", "name:" or "@"."""
    for sign in ("", "=", ":", "@"):
        path = place.partition(sign)[2] if sign else place
        if path and (os.path.lexists(path) or (glob.has_magic(path) and glob.glob(path))):
            return True
    return False


def assignments(text: str) -> list[str]:
    """Divides "age=18,30,income=1000" into "age=18,30" and "income=1000".

    A piece between commas begins an item if it has an equals sign, and the item before has one already.
    """
    found: list[str] = []
    for piece in text.split(","):
        if found and not ("=" in piece and "=" in found[-1]):
            found[-1] += f",{piece}"
        else:
            found.append(piece)
    return found
