"""How names and values of a file are written in messages: escaped, and not too long."""

import shlex
from collections.abc import Sequence

from facedebias.text import visible

STANDARD_INPUT = "standard input"
"""What messages call the file that is read from there."""

_LONGEST = 60
_MOST_LISTED = 12


def shown(text: str) -> str:
    """A name or value, cut where it is long."""
    safe = visible(text)
    return safe if len(safe) <= _LONGEST else f"{safe[:_LONGEST]}..."


def quoted(text: str) -> str:
    """A value between quotes, "blank" for an empty one."""
    return f"'{shown(text)}'" if text.strip() else "blank"


def listed(names: Sequence[str], most: int = _MOST_LISTED) -> str:
    """Names in a row, the first `most` of them."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shown(name) for name in names[:most]) + more


def file_of(path: str) -> str:
    """A file at the start of a note, which begins with a capital letter that is not the file's."""
    return path if path == STANDARD_INPUT else f"file {path}"


def flag_with(flag: str, value: str) -> str:
    """A flag as it is typed in a shell, e.g. --positive='>50K'."""
    return f"{flag}={shlex.quote(value)}"
