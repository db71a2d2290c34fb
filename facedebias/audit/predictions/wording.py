"""How names, values and counts of a file are written in messages."""

from collections.abc import Sequence

_LONGEST = 60
_MOST_LISTED = 12


def shown(text: str) -> str:
    """A name or value with control characters escaped, cut where it is long."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return safe if len(safe) <= _LONGEST else f"{safe[:_LONGEST]}..."


def quoted(text: str) -> str:
    """A value between quotes, "blank" for an empty one."""
    return f"'{shown(text)}'" if text.strip() else "blank"


def listed(names: Sequence[str], most: int = _MOST_LISTED) -> str:
    """Names in a row, the first `most` of them."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shown(name) for name in names[:most]) + more


def counted(number: int, what: str) -> str:
    """A count with its noun, as "1 row" or "2,000 rows"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
