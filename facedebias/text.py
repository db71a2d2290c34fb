"""Text as people see it: what would not show is escaped, and how many columns it takes."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Control, format (zero-width, right-to-left), surrogates, line and paragraph ends.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Letters and marks that draw nothing: joiner, Hangul and Khmer fillers.
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_ASCII = "ascii"


def visible(text: str) -> str:
    r"""Text on one line in which nothing is hidden: newlines, control and zero-width characters escaped.

    Names come from files that anybody may have written. A newline would tear a table, an escape
    sequence colour the terminal, and a right-to-left override show another name.

    Args:
        text: anything, also with surrogates that stand for undecodable bytes of a path.

    Returns:
        The same with `\n`, `\x1b`, `\u202e` and the like in place of such characters.
    """
    # Most names are printable, which is quick to see.
    if text.isprintable() and _BLANK.isdisjoint(text):
        return text
    return "".join(_escaped(char) if _is_unseen(char) else char for char in text)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN or char in _BLANK


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode(_ASCII)


def counted(number: int, noun: str) -> str:
    """E.g. "1 face", "1,200 faces"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str], total: int | None = None, most: int = 3) -> str:
    """The first few of some names, and how many more there are.

    Args:
        names: all of them, or the first few.
        total: how many there are; None means those in `names`.
        most: how many are named.
    """
    first = [f"'{visible(name)}'" if "," in name else visible(name) for name in names[:most]]
    rest = (len(names) if total is None else total) - len(first)
    return ", ".join(first) + (f" and {rest:,} more" if rest else "")


def columns(text: str) -> int:
    """Columns of a terminal that a text takes: two for East Asian wide ones, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, text))


def _columns_of(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


@dataclass(frozen=True)
class Screen:
    """Where text is shown.

    Attributes:
        width: columns.
        encoding: of its characters; others are shown escaped.
    """

    width: int = 100
    encoding: str = "utf-8"

    def shown(self, text: str) -> str:
        """Text as it will stand there, with escapes for what the encoding does not have."""
        return visible(text).encode(self.encoding, "backslashreplace").decode(self.encoding)

    def shortened(self, text: str, width: int) -> str:
        """Text that `shown` gave, of at most `width` columns: its ends, with an ellipsis between them."""
        if columns(text) <= width:
            return text
        ellipsis = "…" if "?" not in "…".encode(self.encoding, "replace").decode(self.encoding) else "..."
        kept = max(width - columns(ellipsis), 2)
        # Names of runs and checkpoints mostly differ at their ends.
        return _head(text, kept - kept // 2) + ellipsis + _tail(text, kept // 2)

    def padded(self, text: str, width: int, to_left: bool) -> str:
        """Text filled up with spaces to `width` columns."""
        spaces = " " * (width - columns(text))
        return text + spaces if to_left else spaces + text


def _head(text: str, width: int) -> str:
    taken = 0
    for index, char in enumerate(text):
        taken += _columns_of(char)
        if taken > width:
            return text[:index]
    return text


def _tail(text: str, width: int) -> str:
    # From the end backwards; a combining mark goes with the letter before it.
    start, taken = len(text), 0
    for index in range(len(text) - 1, -1, -1):
        taken += _columns_of(text[index])
        if taken > width:
            break
        if _columns_of(text[index]):
            start = index
    return text[start:]
