"""Text in UTF-16 and UTF-32 as UTF-8, which every reader takes."""

import codecs
from dataclasses import replace

from facedebias.auditing.inputs.predictions.files.opening import Content
from facedebias.errors import InputError

_MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32"}
_MARKS |= {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_LOOKED_AT = 4096


def as_utf8(content: Content) -> Content:
    """The same text in UTF-8 without a byte order mark.

    Raises:
        InputError: if it is no text.
    """
    data = content.data
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if encoding == "utf-8-sig":
        return replace(content, data=data[3:])
    encoding = encoding or _unmarked(content)
    if encoding is None:
        return content
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{content.path}: damaged {encoding.upper()}; save it as UTF-8.") from error
    return replace(content, data=text.encode())


def _unmarked(content: Content) -> str | None:
    """The encoding of a text without a mark; None for UTF-8 and the like, which have no zero bytes."""
    head = content.data[:_LOOKED_AT]
    if b"\0" not in head:
        return None
    # Separators, digits and line ends have a zero byte, before or behind, whatever the letters are.
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros.count(0) > len(zeros) / 4 and _is_text(content.data, encoding):
            return encoding
    raise InputError(
        f"{content.path}: not text; expected CSV, JSON lines or parquet, which may be compressed."
    )


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        # A letter may be cut at the end of what is looked at.
        head = codecs.getincrementaldecoder(encoding)().decode(data[:_LOOKED_AT])
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char.isspace() for char in head)
