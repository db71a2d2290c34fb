"""Checksums of the files of a folder, in the format of `sha256sum`, which checks them as well."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from facedebias.safekeeping import atomic

FILE = "files.sha256"
_LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, skipped: Iterable[str] = ()) -> None:
    """Writes `files.sha256`: a line for each file in a folder and below it.

    Args:
        folder: whose files are not written to meanwhile.
        skipped: names in it that are left out, of files or folders.
    """
    left_out = {FILE, *skipped}
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = [path.relative_to(folder) for path in paths]
    lines = [
        f"{file_sha256(folder / name)}  {name.as_posix()}\n"
        for name in names
        if name.parts[0] not in left_out
    ]
    atomic.write_text(folder / FILE, "".join(lines))


def read(folder: Path) -> dict[str, str]:
    """Name -> SHA-256, of the files that `write` has listed; empty without a list.

    Lines that are none of such a list are left out.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found = [match for line in text.splitlines() if (match := _LINE.fullmatch(line))]
    return {match[3]: match[2] for match in found}


def damaged(folder: Path, names: Iterable[str] | None = None) -> list[str]:
    """Files that differ from what `write` has listed, or are gone; empty without a list.

    Args:
        folder: where `files.sha256` is.
        names: in it, that are to be looked at; None for all that are listed.
    """
    known = read(folder)
    wanted = known if names is None else [name for name in names if name in known]
    return [
        name for name in wanted if not (folder / name).is_file() or file_sha256(folder / name) != known[name]
    ]
