"""How names and values of a file are written in messages: escaped, and not too long."""

from collections.abc import Sequence

from facedebias.text import visible

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
