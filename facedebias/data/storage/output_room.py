"""Whether there is room for a face file, and what killed processes left where it is to be."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from facedebias.data.storage import partial_file
from facedebias.errors import InputError
from facedebias.text import counted


def prepare(output: Path, folder: Path, num_bytes: int) -> tuple[str, ...]:
    """Makes the folder that a file or folder is to be in, and sees to it that there is room.

    What killed processes left there is removed first: it may be what fills the disk.

    Args:
        output: what is to be written, as errors are to name it.
        folder: that it is to be in, whatever links lead there.
        num_bytes: that it will take.

    Returns:
        What was removed, in a sentence.

    Raises:
        InputError: if there is a file in place of the folder, or less is free.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{output}: {folder} is not a folder. Choose another --output.") from None
    notes = _clear(folder)
    free = shutil.disk_usage(folder).free
    if num_bytes > free:
        raise InputError(
            f"{output}: needs {num_bytes / 1e6:,.0f} MB, but {folder} has {free / 1e6:,.0f} MB free. Free "
            "some or choose another --output."
        )
    return notes


def _clear(folder: Path) -> tuple[str, ...]:
    """Removes what killed processes left in a folder, and says so in a sentence."""
    count, num_bytes = partial_file.remove_dead(folder)
    if not count:
        return ()
    what = counted(count, "unfinished face file")
    return (f"removed {what} that a killed process had left in {folder} ({num_bytes / 1e6:,.1f} MB).",)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Adds the name of a file to errors of the disk, which failed writes do not give."""
    try:
        yield
    except OSError as failure:
        raise OSError(failure.errno, failure.strerror or str(failure), str(path)) from failure
