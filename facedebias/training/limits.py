"""Limits of the machine that training meets: disks, quotas, memory."""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.safekeeping import atomic
from facedebias.safekeeping.machine_errors import TOLD
from facedebias.text import visible


@contextlib.contextmanager
def explained(folder: Path, go_on: str) -> Iterator[None]:
    """Turns errors of the machine into a line that says what to do.

    Args:
        folder: of the run.
        go_on: says how the run goes on.

    Raises:
        InputError: in place of such an error, also where the folder was removed.
    """
    try:
        yield
    except (tf.errors.OpError, OSError, MemoryError) as error:
        if (told := _told(error, folder, go_on)) is None:
            raise
        raise InputError(told) from error


def _told(error: Exception, folder: Path, go_on: str) -> str | None:
    """What is said of an error; None if that is not known."""
    text = error.message if isinstance(error, tf.errors.OpError) else str(error)
    number = getattr(error, "errno", None) or _number_in(text)
    if number in TOLD:
        return f"{_place(error, text, number, folder)}: {TOLD[number]}. {go_on}"
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError) or number == errno.ENOMEM:
        return (
            f"there is not enough memory. End other programs. {go_on} Or start anew with a smaller "
            f"{named('batch_size')}, {named('width')} or {named('depth')}."
        )
    if isinstance(error, FileNotFoundError | tf.errors.NotFoundError) and not folder.exists():
        return (
            f"{folder}: the folder was removed while the run was writing to it. Start anew, or put the "
            f"folder back. {go_on}"
        )
    return None


def _number_in(message: str) -> int | None:
    """h5py and TensorFlow pass on the text of an error alone."""
    found = [number for number in (*TOLD, errno.ENOMEM) if os.strerror(number) in message]
    # "Too many open files" is the beginning of another.
    return max(found, key=lambda number: len(os.strerror(number)), default=None)


def _place(error: Exception, text: str, number: int, folder: Path) -> str:
    """The file that an error is of, or the folder of the run where that is not known."""
    name = getattr(error, "filename", None)
    if not isinstance(name, str | os.PathLike):
        # Of Python's errors in the text of TensorFlow's, and of HDF5's.
        quoted = re.search(rf"{re.escape(os.strerror(number))}: '([^'\n]+)'|name = '([^'\n]+)', errno", text)
        name = quoted and (quoted[1] or quoted[2])
    # A hidden name says less than its folder.
    if not name or atomic.is_partial(Path(name).name):
        return str(folder)
    return visible(os.fspath(name))
