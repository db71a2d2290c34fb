"""Names of the files in a folder of shards; no other file of that folder is read."""

import re
from pathlib import Path

from facedebias.reading.files import exists_as_file

INDEX = "index.json"
_SHARD = re.compile(r"shard-[0-9]{5,9}\.h5")
_UNFINISHED = re.compile(r"\.shard-[0-9]{5,9}\.h5\.partial-[0-9]+(-header)?")


def of_shard(number: int) -> str:
    """Name of the shard of that number, from 0."""
    return f"shard-{number:05d}.h5"


def is_shard(name: str) -> bool:
    """Whether shards are named so."""
    return _SHARD.fullmatch(name) is not None


def is_part(name: str) -> bool:
    """Whether a file of that name is a shard, finished or not, or the index."""
    return name == INDEX or is_shard(name) or _UNFINISHED.fullmatch(name) is not None


def are_in(folder: Path) -> bool:
    """Whether a folder is one of shards, by the names in it."""
    return all(exists_as_file(folder / name) for name in (INDEX, of_shard(0)))
