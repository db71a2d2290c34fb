"""How HDF5 is told to lay a face file out: pixels in one block, and no times."""

from pathlib import Path

import h5py
import numpy as np

FORMAT_VERSION = 1


def lay_out(path: Path, num_rows: int, size: int) -> int:
    """Makes a face file without columns.

    Args:
        path: of the file, replaced if it exists.
        num_rows: pictures that are to come.
        size: their side in pixels.

    Returns:
        Where their pixels are to be written.
    """
    with path.open("wb") as plain:
        plain.truncate(num_rows * size * size * 3)  # fails where HDF5 would crash
    # The writer holds a lock on the file, which HDF5 would take for somebody else's.
    with h5py.File(path, "w", locking=False) as file:
        file.attrs["format_version"] = FORMAT_VERSION
        file.attrs["channel_order"] = "RGB"
        # Contiguous, so that readers can map it into memory, and placed right away.
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        properties.set_obj_track_times(False)  # the same pictures give the same bytes at any time
        pixel = h5py.h5t.py_create(np.dtype(np.uint8))
        space = h5py.h5s.create_simple((num_rows, size, size, 3))
        return h5py.h5d.create(file.id, b"images", pixel, space, properties).get_offset()


def create_ordered_group(file: h5py.File, name: str) -> None:
    """Makes a group that keeps the order of what is put into it, and no time, unlike h5py's own."""
    properties = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    properties.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    properties.set_obj_track_times(False)
    h5py.h5g.create(file.id, name.encode(), gcpl=properties)
