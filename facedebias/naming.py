"""Names of files, columns and values as messages show them: on one line, and not too many."""

from collections.abc import Sequence

_MOST_LISTED = 3


def shown(name: str) -> str:
    """A name with everything that does not print, e.g. a newline or half a character, escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def listed(names: Sequence[str], total: int | None = None) -> str:
    """The first few of some names, and how many more there are.

    Args:
        names: all of them, or the first few.
        total: how many there are; None means those in `names`.
    """
    first = [f"'{shown(name)}'" if "," in name else shown(name) for name in names[:_MOST_LISTED]]
    rest = (len(names) if total is None else total) - len(first)
    return ", ".join(first) + (f" and {rest:,} more" if rest else "")


def counted(number: int, noun: str) -> str:
    """A number and what it counts, e.g. "1 picture" or "2,000 pictures"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
