"""What a `.keras` file, which is a zip file, may hold before Keras unpacks it."""

import copy
import zipfile
from pathlib import Path

from facedebias.errors import InputError

CONFIG = "config.json"  # describes the model
_MOST_CONFIG, _SMALL, _MOST_RATIO = 50_000_000, 100_000_000, 20  # weights hardly shrink
_METHODS, _PIECE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}, 1 << 20


def check_members(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuses archives that would fill the memory, or write where Keras unpacks them and beyond.

    Every member is unpacked once, in pieces: what it says of its size is not known before.

    Args:
        path: of the file, for messages.
        archive: the same.

    Raises:
        InputError: naming the member.
    """
    members = archive.infolist()
    if len({member.filename for member in members}) < len(members):
        raise InputError(
            f"{path}: has two members of one name, and no model that Keras saves; save it again."
        )
    for member in members:
        if member.compress_type not in _METHODS:
            raise InputError(
                f"{path}: its member {member.filename!r} is not packed as Keras does it; save it again."
            )
        most = _MOST_CONFIG if member.filename == CONFIG else max(_SMALL, _MOST_RATIO * member.compress_size)
        if member.file_size > most:
            raise InputError(
                f"{path}: its member {member.filename!r} unpacks to {member.file_size:,} bytes, which none "
                "does that Keras saves; save it again."
            )
        if member.filename.startswith("/") or ".." in member.filename.split("/"):
            raise InputError(f"{path}: its member {member.filename!r} leads out of the file; save it again.")
    total, size = sum(member.file_size for member in members), path.stat().st_size
    if total > max(_SMALL, _MOST_RATIO * size):
        raise InputError(
            f"{path}: its {size:,} bytes unpack to {total:,}, which none do that Keras saves; save it again."
        )
    for member in members:
        _check_size(path, archive, member)


def _check_size(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(_as_long_as_it_is(member)) as file:
        num_bytes = 0
        while num_bytes <= member.file_size and (piece := file.read(_PIECE)):
            num_bytes += len(piece)
    if num_bytes != member.file_size:
        raise InputError(
            f"{path}: its member {member.filename!r} does not unpack to the {member.file_size:,} bytes that "
            "it says; save it again."
        )


def _as_long_as_it_is(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The member, with a byte more than it says, so that zipfile goes on where there is more."""
    longer = copy.copy(member)
    longer.file_size += 1
    return longer


def unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's content; without a number of bytes zipfile unpacks all there is, whatever the size says."""
    with archive.open(name) as file:
        return file.read(archive.getinfo(name).file_size)
