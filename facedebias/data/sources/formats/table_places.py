"""Where tables lie: one file, several that a pattern names, or those of a folder."""

import fnmatch
import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from facedebias.data.sources.formats.tree import LINK, walk
from facedebias.errors import InputError
from facedebias.reading.files import check_file, exists_as_file, expanded
from facedebias.text import listed

TEXT, JSON, PARQUET = (".csv", ".tsv", ".txt", ".tab"), (".jsonl", ".ndjson", ".json"), (".parquet", ".pq")
FORMATS = "CSV, TSV, JSON lines (.jsonl) or parquet, text also with .gz"
_SHARD = re.compile(r"(.*)-(\d+)-of-(\d+)(\.\w+)")  # train-00000-of-00002.parquet
_MOST_SHARDS = 10_000
_ANY_FOLDERS = "**"


def find_files(location: str) -> list[Path]:
    """The files at a location: one, those that a pattern with * names, or those in a folder.

    Raises:
        InputError: if there are none, or several that are no parquet files in a folder.
    """
    path = expanded(location)
    if not path.is_dir():
        check_file(path, f"table:{location}")
    if exists_as_file(path):
        return [path]
    if path.is_dir():
        inside = [path / found.path for found in walk(path) if found.kind != LINK]
        found = sorted(file for file in inside if suffix_of(file) == PARQUET[0]) or sorted(
            file for file in inside if suffix_of(file) in {*TEXT, *JSON} and file.parent == path
        )
        if len(found) > 1 and suffix_of(found[0]) not in PARQUET:
            names = listed([file.name for file in found])
            raise InputError(f"table:{location}: several tables ({names}). Give one, table:{location}/FILE.")
    else:
        found = _matching(str(path))
    if not found:
        what = "no table in this folder" if path.is_dir() else "no such file"
        raise InputError(f"table:{location}: {what}; expected {FORMATS}. Give the file.")
    return found


def absent_shards(files: Sequence[Path]) -> list[str]:
    """Names of files that the names of others count, e.g. train-00001-of-00002.parquet."""
    absent: dict[str, None] = {}
    for file in files:
        if found := _SHARD.fullmatch(file.name):
            start, number, count, end = found.groups()
            if int(count) <= _MOST_SHARDS:
                names = (f"{start}-{i:0{len(number)}}-of-{count}{end}" for i in range(int(count)))
                absent |= dict.fromkeys(name for name in names if file.with_name(name) not in files)
    return list(absent)


def suffix_of(path: Path) -> str:
    """The suffix of a table's name in lower case, without a .gz behind it."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _matching(pattern: str) -> list[Path]:
    """Files that a pattern names, in order, each real file once."""
    if _ANY_FOLDERS not in Path(pattern).parts:
        names = glob.glob(pattern)
    else:
        # Python's own ** follows links, round and round where they form a loop.
        before, sign, behind = pattern.partition(_ANY_FOLDERS)
        wanted = (sign + behind).split("/")
        names = [
            os.path.join(folder, found.path)
            for folder in glob.glob(before or ".")
            for found in (walk(Path(folder)) if os.path.isdir(folder) else ())
            if found.kind != LINK and _fits(found.path.split("/"), wanted)
        ]
    real: dict[str, str] = {}
    for name in sorted(names):
        if not os.path.isdir(name):
            real.setdefault(os.path.realpath(name), name)
    return sorted(map(Path, real.values()))


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path is what a pattern wants, part by part."""
    if not wanted or not parts:
        return not wanted and not parts
    if wanted[0] == _ANY_FOLDERS:
        return _fits(parts, wanted[1:]) or _fits(parts[1:], wanted)
    return fnmatch.fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])
