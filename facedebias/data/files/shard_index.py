"""The index of shards: which face files of a folder are one, in which order, and what they hold."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from facedebias.data.storage import seal, shard_names
from facedebias.errors import InputError
from facedebias.reading.files import read_bytes
from facedebias.safekeeping.checksums import file_sha256
from facedebias.text import visible

WAY_OUT = "Copy the folder again, or make it again with `facedebias prepare --shards`."
_FORMAT, _VERSION = "facedebias shards", 1
_DIGEST = "sha256"  # of all else in the index
_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class Shard:
    """What the index says of a shard.

    Attributes:
        file: its name, in the folder of the index.
        num_rows: pictures in it, at least 1.
        seal: the checksums at its end, in hexadecimal, see `storage.seal`.
        sha256: of the file, in hexadecimal.
    """

    file: str
    num_rows: int
    seal: str
    sha256: str


@dataclass(frozen=True)
class ShardIndex:
    """What an index says.

    Attributes:
        image_shape: height, width and 3 of every picture.
        sources: names of the sources, in the order of their codes.
        attributes: attribute name -> value names, in the order of their codes.
        shards: in the order of their rows, at least one.
    """

    image_shape: tuple[int, int, int]
    sources: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    shards: tuple[Shard, ...]

    @property
    def num_rows(self) -> int:
        """Pictures in all shards."""
        return sum(shard.num_rows for shard in self.shards)


def entry(path: Path, num_rows: int) -> Shard:
    """What is to be said of a finished shard.

    Args:
        path: of the shard.
        num_rows: pictures in it.
    """
    return Shard(path.name, num_rows, seal.read(path).hex(), file_sha256(path))


def write(folder: Path, index: ShardIndex) -> None:
    """Writes an index beside its shards, down to the disk."""
    content = {"format": _FORMAT, "format_version": _VERSION, "num_rows": index.num_rows, **asdict(index)}
    text = json.dumps({**content, _DIGEST: _digest(content)}, indent=1) + "\n"
    with (folder / shard_names.INDEX).open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def is_index(path: Path) -> bool:
    """Whether a file looks like an index, and not like a face file."""
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"{")


def read(path: Path) -> ShardIndex:
    """Reads an index; its shards are not looked at.

    Raises:
        InputError: if it is damaged, of a later version, or no index.
    """
    try:
        content = json.loads(read_bytes(path, most=_MOST_BYTES))
    except (ValueError, RecursionError):
        raise _damaged(path, "is no JSON") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise InputError(
            f"{path}: is neither a face file nor an index of shards. Make one with `facedebias prepare`."
        )
    if content.pop(_DIGEST, None) != _digest(content):
        raise _damaged(path, "is not as it was written")
    version = content.get("format_version")
    if version != _VERSION:
        raise InputError(
            f"{path}: format version {visible(str(version))}; this program reads {_VERSION}. Update "
            "facedebias."
        )
    try:
        index = _parsed(content)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _damaged(path, "lacks parts, or has parts that are none") from None
    names = [shard.file for shard in index.shards]
    if strange := [name for name in names if not shard_names.is_shard(name)]:
        raise _damaged(path, f"names {visible(strange[0])!r}; expected names like {shard_names.of_shard(0)}")
    if len(set(names)) < len(names) or not names:
        raise _damaged(path, "names no shard, or one twice")
    return index


def surplus(folder: Path, index: ShardIndex) -> list[str]:
    """Names of shards in a folder that an index does not name, in order."""
    return sorted(
        set(filter(shard_names.is_shard, os.listdir(folder))) - {shard.file for shard in index.shards}
    )


def _parsed(content: Mapping[str, Any]) -> ShardIndex:
    shards = tuple(Shard(**shard) for shard in content["shards"])
    for shard in shards:
        is_text = all(isinstance(text, str) for text in (shard.file, shard.seal, shard.sha256))
        if not is_text or type(shard.num_rows) is not int or shard.num_rows < 1:
            raise TypeError
    height, width, channels = map(int, content["image_shape"])
    if min(height, width) < 1 or channels != 3:
        raise ValueError
    attributes = {str(name): _texts(values) for name, values in content["attributes"].items()}
    return ShardIndex((height, width, channels), _texts(content["sources"]), attributes, shards)


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str, values))


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _damaged(path: Path, what: str) -> InputError:
    return InputError(f"{path}: the index {what}, so it is damaged. {WAY_OUT}")
