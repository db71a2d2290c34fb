"""Names and codes that a face file can hold so that they are read back as they were."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from facedebias.data.records import MAX_VALUES, UNKNOWN
from facedebias.errors import InputError
from facedebias.text import counted, visible

_MOST_BYTES = 1024  # of a name; HDF5 keeps some of them in places of 64 KB
_MOST_PATH_BYTES = 1 << 15  # HDF5 does not read back texts of twice as many
_WAY_OUT = "Rename it in the source."


def check_names(attributes: Mapping[str, Sequence[str]], sources: Sequence[str]) -> None:
    """Refuses what could be written, if at all, but not read.

    Args:
        attributes: attribute name -> value names.
        sources: names of the sources.

    Raises:
        InputError: names the attribute or value.
    """
    for name, values in attributes.items():
        # A slash makes a group in HDF5, and a dot is the group itself.
        if not name or name == "." or "/" in name:
            raise InputError(
                f"attribute {visible(name)!r}: a face file holds no attribute of this name; expected one "
                f"without '/', and not empty. {_WAY_OUT}"
            )
        _check_text(f"attribute {visible(name)!r}", name)
        _check_values(f"attribute {visible(name)!r}", values)
    _check_values("the names of the sources", sources)


def _check_values(what: str, values: Sequence[str]) -> None:
    if len(values) > MAX_VALUES:
        raise InputError(
            f"{what}: {counted(len(values), 'value')}; a face file holds up to {MAX_VALUES}. Merge some, or "
            "prepare fewer sources together."
        )
    if len(set(values)) < len(values):
        raise InputError(f"{what}: a value comes twice; expected each once. {_WAY_OUT}")
    for value in values:
        _check_text(f"{what}: value {visible(value)!r}", value)


def _check_text(what: str, text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InputError(f"{what}: is no UTF-8, which a face file needs. {_WAY_OUT}") from None
    if "\0" in text or size > _MOST_BYTES:
        why = (
            "holds a zero byte"
            if "\0" in text
            else f"has {size:,} bytes; a face file holds up to {_MOST_BYTES:,}"
        )
        raise InputError(f"{what}: {why}. {_WAY_OUT}")


def check_codes(name: str, column: object, most: int, paths: Sequence[str]) -> None:
    """Refuses codes that a column would cut to others, or that stand for nothing.

    Args:
        name: of the column.
        column: whole numbers, one a picture or one for all.
        most: the largest that stands for something.
        paths: of the pictures.

    Raises:
        InputError: names the first picture that has one.
    """
    codes = np.broadcast_to(np.asarray(column), len(paths))
    is_strange = ~((codes >= UNKNOWN) & (codes <= most) & (codes == np.floor(codes)))
    if is_strange.any():
        row = int(np.argmax(is_strange))
        raise InputError(
            f"{visible(paths[row])}: {name} is {codes[row]}; expected a whole number from -1 (unknown) to "
            f"{most}. Mend it in the source."
        )


def readable(path: str) -> str:
    """A picture's path as a face file holds it, so that one odd path costs no file.

    It is UTF-8 without zero bytes; what is neither is escaped. Beyond 32,768 bytes, a longer path than any
    file system has, it is cut there, and its SHA-256 tells it from others.
    """
    text = path.encode(errors="backslashreplace").decode().replace("\0", "\\x00")
    if len(data := text.encode()) <= _MOST_PATH_BYTES:
        return text
    digest = hashlib.sha256(data).hexdigest()
    return f"{data[:_MOST_PATH_BYTES].decode(errors='ignore')}... (SHA-256 {digest[:16]})"
