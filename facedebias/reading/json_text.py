"""JSON of others: a name that comes twice in an object, and half of a character, are refused."""

import json
import re
from typing import Any

from facedebias.text import visible

_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # how JSON writes halves, of which two in a row are a character
_MOST_SHOWN = 60


class RefusedJsonError(Exception):
    """JSON that could be read, but not in one way; the message is a clause that follows where it is.

    No `ValueError`, as what is no JSON is: that may be tried in another way.
    """


def parsed(text: str, numbers_as_text: bool = False) -> Any:
    """The value that a text holds.

    Python's reader takes the last of two values with one name, and keeps halves of characters, which
    cannot be written anywhere.

    Args:
        text: JSON.
        numbers_as_text: whether numbers are kept as they are written.

    Raises:
        RefusedJsonError: if an object has a name twice, or half of a character in a name or text.
        ValueError: if it is no JSON.
        RecursionError: if it is too deep.
    """
    pairs_hook = _of_whole_characters if _HALF.search(text) else _once_each
    number = str if numbers_as_text else None
    return json.loads(text, object_pairs_hook=pairs_hook, parse_float=number, parse_int=number)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise RefusedJsonError(f"{_shown(name)} occurs twice; name each value once")
        seen.add(name)
    return found


def _of_whole_characters(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for pair in pairs:
        for text in filter(lambda part: isinstance(part, str), pair):
            try:
                text.encode()
            except UnicodeEncodeError:
                raise RefusedJsonError(
                    f"{_shown(text)} holds half of a character; expected text. Write the file again in UTF-8"
                ) from None
    return _once_each(pairs)


def _shown(text: str) -> str:
    safe = visible(text)
    return safe if len(safe) <= _MOST_SHOWN else f"{safe[:_MOST_SHOWN]}..."
