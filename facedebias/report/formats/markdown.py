"""Markdown in which texts stay texts: a name from outside adds no picture, link, heading or HTML.

Everything that a report says in Markdown goes through here. Texts are escaped as CommonMark and GitHub's
tables, strikethrough, mathematics and bare links ask for; figures in brackets stay as they are.
"""

import re
from collections.abc import Sequence

from facedebias.text import visible

# What would begin or end something within a line.
_INLINE = re.compile(
    r"""
    (?P<entity> & (?=\#?\w+;) )
    | (?P<tag> < )
    | (?<![^\W_]) (?i: (?: https? | ftp | file | data | mailto | javascript | vbscript ) : (?=\S) )
    | (?<![^\W_]) (?i:www) \.
    | (?P<at> @ (?=\w) )                    # addresses and people
    | : (?=//)
    | \\ (?= [!-/:-@\[-`{-~] | $ )          # a backslash where it would escape
    | [`*|$]
    | (?<![^\W_]) _ | _ (?![^\W_])        # an underscore at the edge of a word
    | ~ (?=\S) | (?<=\S) ~                # struck through
    | (?<=!) \[ | (?<=\[) \[ | \[ (?=\[)  # pictures, and links of wikis
    | \] (?= [(\[:{] ) | (?<=\]) \(       # links, and where they lead
    """,
    re.VERBOSE,
)
# GitHub looks for addresses in what it has read, escapes and all; only something between ends them.
_NOTHING = "<!-- -->"
# What a line may begin with without being a paragraph; numbers count only where a list may follow.
_STARTS = tuple("#>+-=[:")
_NUMBERED = re.compile(r"\d{1,9}(?=[.)](\s|$))")
_NOT_IN_CODE = re.compile(r"[`|<\[\]]")


def text(value: str) -> str:
    """A text for the middle of a line or a cell, e.g. the name of a group.

    Args:
        value: anything; what would not show is escaped as `visible` does.
    """
    return _INLINE.sub(_escaped, visible(value))


def line(value: str) -> str:
    """A text that is a line of its own, or follows the dash of a list."""
    escaped = text(visible(value).strip())
    if number := _NUMBERED.match(escaped):
        return f"{number[0]}\\{escaped[number.end() :]}"
    return f"\\{escaped}" if escaped.startswith(_STARTS) else escaped


def code(value: str) -> str:
    """A text as code, e.g. a path; as plain text if it would end the code or the cell of a table."""
    seen = visible(value).strip()
    return f"`{seen}`" if seen and not _NOT_IN_CODE.search(seen) else line(seen)


def heading(level: int, value: str) -> str:
    """A heading."""
    escaped = text(visible(value).strip())
    # Number signs at the end would be taken for the heading's own.
    escaped = f"{escaped[:-1]}\\#" if escaped.endswith("#") else escaped
    return f"{'#' * level} {escaped}"


def bullets(values: Sequence[str]) -> str:
    """A list of texts."""
    return "\n".join(f"- {line(value)}" for value in values)


def table(rows: Sequence[Sequence[str]], num_left: int) -> str:
    """A table of texts: header first, the first columns aligned to the left."""
    header, *body = [[text(cell) for cell in row] for row in rows]
    rule = [":--"] * num_left + ["--:"] * (len(header) - num_left)
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *body])


def _escaped(found: re.Match[str]) -> str:
    if found["tag"]:
        return "&lt;"
    if found["entity"]:
        return "&amp;"
    if found["at"]:
        return f"@{_NOTHING}"
    return f"{found[0][:-1]}\\{found[0][-1]}"  # of an address the colon or dot behind its first word
