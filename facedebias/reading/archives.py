"""Zip files from anywhere: every member is checked before one is read, and none is read beyond its size.

A member says itself how large it is, where it belongs and how it is packed. Python's `zipfile` takes its
word: two members of one name hide each other, and a few megabytes unpack to gigabytes.
"""

import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from facedebias.errors import InputError
from facedebias.reading.files import leads_out
from facedebias.text import visible

MOST_MEMBERS = 500_000
MOST_MEMBER_BYTES = 256 << 20
MOST_RATIO = 200
"""How many times its packed size a member of over a megabyte may have; deflate reaches 1,032."""

_SMALL = 1 << 20
_READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES"}
_ENCRYPTED = 0x1
_MARK, _LOCATOR, _ENTRY = b"PK\x05\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_BYTES, _LOCATOR_BYTES, _END64_BYTES, _MOST_COMMENT = 22, 20, 56, 65_535
_MOST_DIRECTORY = 512 << 20
# What zipfile and zlib raise on damaged archives.
_DAMAGE: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError),
    *(NotImplementedError, RuntimeError, OverflowError, MemoryError, AssertionError),
)
_WAY_OUT = "Unpack the archive where you trust it, and give the folder."


class Archive:
    """A zip file whose members are all plain files under names of their own.

    Args:
        source: the file, or its content.
        where: what messages call it.

    Raises:
        InputError: if it is damaged, has too many members, or has one that leads elsewhere, comes twice,
            is a link, encrypted, packed in another way than stored or deflated, or too large.

    Attributes:
        names: of the members that are files, in their order.
    """

    def __init__(self, source: Path | IO[bytes], where: str):
        self._where, self._lock = visible(where), threading.Lock()
        try:
            count = self._counted(source)
            self._archive = zipfile.ZipFile(source)
        except _DAMAGE as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{self._where}: {_reason(error)}. Copy the zip file again.") from error
        members = self._archive.infolist()
        if count and len(members) != count:
            raise InputError(
                f"{self._where}: lists {count:,} members, of which {len(members):,} can be found. Copy the "
                "zip file again."
            )
        self._check_places(members)
        self._members = {info.filename: info for info in members if not info.is_dir()}
        self.names = list(self._members)

    def read(self, name: str) -> bytes:
        """Content of a member, from any thread.

        Raises:
            ValueError: if it is damaged.
        """
        info = self._members[name]
        try:
            # Without a number of bytes zipfile unpacks two gigabytes at once, whatever the size says.
            with self._lock, self._archive.open(info) as file:
                content = file.read(info.file_size + 1)
        except _DAMAGE as error:
            raise ValueError(_reason(error)) from error
        if len(content) != info.file_size:
            raise ValueError(f"has {len(content):,} bytes where its archive says {info.file_size:,}")
        return content

    def _counted(self, source: Path | IO[bytes]) -> int:
        """Number of members, counted without making an object of each; 0 if it is not known."""
        if isinstance(source, Path):
            with source.open("rb") as file:
                count = _count(file)
        else:
            count = _count(source)
            source.seek(0)
        if count > MOST_MEMBERS:
            raise InputError(
                f"{self._where}: has over {MOST_MEMBERS:,} members, the most that are read. {_WAY_OUT}"
            )
        return count

    def _check_places(self, members: list[zipfile.ZipInfo]) -> None:
        known: dict[str, str] = {}
        starts: dict[int, str] = {}
        for info in members:
            if fault := next(_faults(info), ""):
                raise InputError(f"{self._where}: its member '{visible(info.filename)}' {fault}. {_WAY_OUT}")
            parts = info.filename.replace("\\", "/").split("/")
            place = "/".join(part for part in parts if part not in {"", "."})
            if place in known and not (info.is_dir() and known[place].endswith("/")):
                raise InputError(
                    f"{self._where}: its members {visible(known[place])} and {visible(info.filename)} have "
                    "one name; only one can be meant. Pack it again with one of them."
                )
            known[place] = info.filename
            if info.header_offset in starts:
                raise InputError(
                    f"{self._where}: '{visible(starts[info.header_offset])}' and '{visible(info.filename)}' "
                    "lie in one place of the archive. Copy the zip file again."
                )
            starts[info.header_offset] = info.filename


def _faults(info: zipfile.ZipInfo) -> Iterator[str]:
    """What speaks against a member, each as the end of a sentence."""
    if not info.filename.strip("/\\"):
        yield "has no name"
    if leads_out(info.filename):
        yield "leads out of the archive"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if stat.S_ISLNK(kind):
        yield "is a link, which is not followed"
    elif kind and not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        yield "is no file"
    if info.flag_bits & _ENCRYPTED:
        yield "is encrypted"
    if info.compress_type not in _READ:
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        yield f"is packed by {method}; expected stored or deflated members"
    if info.file_size > MOST_MEMBER_BYTES:
        yield f"has {info.file_size:,} bytes; a member may have {MOST_MEMBER_BYTES:,}"
    if info.file_size > max(_SMALL, MOST_RATIO * info.compress_size):
        times = f"more than {MOST_RATIO} times as many"
        yield f"unpacks {info.compress_size:,} bytes to {info.file_size:,}, {times}"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or "is damaged"


def _count(file: IO[bytes]) -> int:
    """Members that the central directory lists; 0 if there is none, which zipfile will say."""
    size = file.seek(0, 2)
    start = file.seek(max(0, size - _END_BYTES - _MOST_COMMENT))
    tail = file.read()
    place = tail.rfind(_MARK)
    if place < 0 or len(tail) - place < _END_BYTES:
        return 0
    num_bytes, end = struct.unpack_from("<L", tail, place + 12)[0], start + place
    locator = place - _LOCATOR_BYTES
    if locator >= 0 and tail.startswith(_LOCATOR, locator):
        file.seek(max(0, end - _LOCATOR_BYTES - _END64_BYTES))
        num_bytes = struct.unpack_from("<Q", file.read(_END64_BYTES), 40)[0]
        end -= _LOCATOR_BYTES + _END64_BYTES
    if not 0 < num_bytes <= end:
        return 0
    if num_bytes > _MOST_DIRECTORY:
        return MOST_MEMBERS + 1
    file.seek(end - num_bytes)
    return file.read(num_bytes).count(_ENTRY)
