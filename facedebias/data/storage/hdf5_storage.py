"""Where the numbers of an HDF5 data set are: in the file itself, and all of them, or an error.

HDF5 can point out of its file (links, external storage, virtual data sets), load programs (filters
that are plug-ins), claim more than it holds, and leave out what then reads as zeros.
"""

import math
from pathlib import Path

import h5py
import numpy as np

from facedebias.errors import InputError
from facedebias.text import visible

MAKE_AGAIN = "Copy it again, or make it again with `facedebias prepare`."
_FOLLOW = "facedebias prepare --faces lab:FILE --follow_links"
# Deflate, shuffle, Fletcher-32, szip, n-bit and scale-offset are HDF5's own; LZF is h5py's.
_FILTERS = {1, 2, 3, 4, 5, 6, 32000}
# Deflate packs at most 1,032 times as tightly, pictures seldom 10 times.
_FREE_BYTES, _MOST_TIMES = 1 << 26, 1100
_LONGEST_TEXT = 1 << 16
# A text of any length in a data set: how long it is, and where it is in a heap of the file.
_TEXT = np.dtype([("length", "<u4"), ("place", "V12")])


def check(found: h5py.Dataset, name: str, is_followed: bool) -> None:
    """Refuses data sets whose numbers are elsewhere, need a plug-in, or are not all there.

    Args:
        found: the data set.
        name: what an error calls it.
        is_followed: whether other files and plug-ins may be used.

    Raises:
        InputError: says why.
    """
    path, properties = found.file.filename, found.id.get_create_plist()
    if found.id.get_space().get_simple_extent_type() != h5py.h5s.SIMPLE:
        return  # one number, or none at all: no column, and its shape says so
    is_virtual = properties.get_layout() == h5py.h5d.VIRTUAL
    is_external = properties.get_external_count() > 0
    filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
    if not is_followed:
        if is_virtual:
            raise elsewhere(path, name, "a virtual data set")
        if is_external:
            raise elsewhere(path, name, "stored in another file")
        if foreign := filters - _FILTERS:
            raise elsewhere(path, name, f"packed by a plug-in (filter {min(foreign)})")
    if is_virtual:
        _check_sources(found, name)
    elif not is_external:
        _check_extent(found, name)


def _check_sources(found: h5py.Dataset, name: str) -> None:
    """Refuses virtual data sets a file of which is missing: its part would read as zeros."""
    path = found.file.filename
    for source in found.virtual_sources():
        places = [Path(path).parent / source.file_name, Path(source.file_name)]
        if source.file_name != "." and not any(place.is_file() for place in places):
            raise InputError(
                f"{path}: '{name}' takes numbers from {visible(source.file_name)}, which is not there. Put "
                "it beside this file."
            )


def _check_extent(found: h5py.Dataset, name: str) -> None:
    """Refuses data sets that claim more than the file has."""
    path, layout = found.file.filename, found.id.get_create_plist().get_layout()
    num_bytes = math.prod(found.shape) * found.dtype.itemsize
    if num_bytes == 0 or layout == h5py.h5d.COMPACT:
        return
    if layout == h5py.h5d.CONTIGUOUS:
        start, size = found.id.get_offset(), Path(path).stat().st_size
        is_there = start is not None and start + num_bytes <= size
    else:
        sides = zip(found.shape, found.chunks, strict=True)
        num_chunks = math.prod(-(-side // chunk) for side, chunk in sides)
        stored = found.id.get_storage_size()
        num_bytes = max(num_bytes, num_chunks * math.prod(found.chunks) * found.dtype.itemsize)
        # Asked first: counting the chunks of a file that claims very many takes long.
        if num_bytes > max(_FREE_BYTES, _MOST_TIMES * stored):
            raise InputError(
                f"{path}: '{name}' claims {num_bytes:,} bytes, but {stored:,} are stored; nothing packs "
                f"pictures as tightly. {MAKE_AGAIN}"
            )
        is_there = found.id.get_num_chunks() == num_chunks
    if not is_there:
        raise InputError(
            f"{path}: '{name}' has {num_bytes:,} bytes by its shape {found.shape}, which are not all in the "
            f"file; what is missing would read as zeros. {MAKE_AGAIN}"
        )


def check_lengths(found: h5py.Dataset, name: str) -> None:
    """Refuses texts that claim to be very long, for which HDF5 would take the memory before it looks.

    Raises:
        InputError: if one does.
    """
    path, kind, size = found.file.filename, found.id.get_type(), 0
    if not kind.is_variable_str():
        size = kind.get_size()
    # Packed texts have no place of their own, and other files may have shorter addresses.
    elif found.size and found.id.get_storage_size() == found.size * _TEXT.itemsize and found.id.get_offset():
        lengths = np.fromfile(path, _TEXT, found.size, offset=found.id.get_offset())["length"]
        size = int(lengths.max())
    if size > _LONGEST_TEXT:
        raise InputError(
            f"{path}: {name!r} has a text of {size:,} bytes; expected {_LONGEST_TEXT:,} at most, so the file "
            f"is damaged. {MAKE_AGAIN}"
        )


def elsewhere(path: str, name: str, what: str) -> InputError:
    """An error that says what is not followed, and how it can be."""
    return InputError(
        f"{path}: '{name}' is {what}, which is not followed, as it may read any file or run a plug-in; "
        f"expected the numbers themselves. If you trust the file, copy them into one: {_FOLLOW}."
    )
