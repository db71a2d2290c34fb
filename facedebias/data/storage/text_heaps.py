"""Heaps of an HDF5 file, where its texts are: a damaged one sends the HDF5 library round for ever."""

import struct
from pathlib import Path

from facedebias.errors import InputError

# HDF5 file format specification, III.E, with lengths of 8 bytes: signature, version, size; then an object
# after the other: its number (0: the space that is left, with this head), references, size.
_HEAP, _OBJECT = struct.Struct("<4sB3xQ"), struct.Struct("<HH4xQ")
_SIGNATURE = b"GCOL\1\0\0\0"
_MOST_BYTES = 1 << 28  # beside the pixels; reading more would make opening slow


def check(path: Path, start: int, stop: int) -> None:
    """Walks every heap as HDF5 does, of a file that nothing else protects.

    Args:
        path: of the file.
        start: where a block of pixels begins, in which no heap is.
        stop: where it ends.

    Raises:
        InputError: if a walk would not arrive at the end of its heap.
    """
    size = path.stat().st_size
    if size - (stop - start) > _MOST_BYTES:
        return
    with path.open("rb") as file:
        for first, last in ((0, start), (stop, size)):
            file.seek(first)
            part = file.read(last - first)
            place = part.find(_SIGNATURE)
            while place >= 0:
                if not _arrives(part, place):
                    raise InputError(
                        f"{path}: the texts at byte {first + place:,} are damaged. Copy it again, or make it "
                        "again with `facedebias prepare`."
                    )
                place = part.find(_SIGNATURE, place + 1)


def _arrives(part: bytes, place: int) -> bool:
    if len(part) - place < _HEAP.size:
        return False
    end = place + _HEAP.unpack_from(part, place)[2]
    if end > len(part):
        return False
    place += _HEAP.size
    # HDF5 takes what is too short for an object as left over.
    while place + _OBJECT.size <= end:
        number, _, size = _OBJECT.unpack_from(part, place)
        if number == 0 and size < _OBJECT.size:
            return False
        place += size if number == 0 else _OBJECT.size + -(-size // 8) * 8
    return place <= end
