"""Limits of the machine that training meets: disks, quotas, memory."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError

# Number of the error -> what is said of it. TensorFlow's errors have its text only.
_OF_DISKS = {
    errno.ENOSPC: "the disk is full. Free some space",
    errno.EDQUOT: "the disk quota is used up. Free some space, or have it raised",
    errno.EFBIG: "a file is larger than this process may write (ulimit -f). Have the limit raised",
    errno.EROFS: "the disk can be read only now. Have it mounted for writing",
    errno.EIO: "the disk failed to read or write. Look to it",
    errno.EACCES: "writing is not allowed any more. Have it allowed",
}


@contextlib.contextmanager
def explained(folder: Path, go_on: str) -> Iterator[None]:
    """Turns errors of the machine into a line that says what to do.

    Args:
        folder: of the run.
        go_on: says how the run goes on.

    Raises:
        InputError: in place of such an error.
    """
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise _of_disk(folder, go_on, _number_in(error.message)) or _of_memory(go_on) from error
    except tf.errors.OpError as error:
        if (known := _of_disk(folder, go_on, _number_in(error.message))) is None:
            raise
        raise known from error
    except OSError as error:
        # h5py and others pass on the text alone.
        if (known := _of_disk(folder, go_on, error.errno or _number_in(str(error)))) is None:
            raise
        raise known from error
    except MemoryError as error:
        raise _of_memory(go_on) from error


def _number_in(message: str) -> int | None:
    return next((number for number in _OF_DISKS if os.strerror(number) in message), None)


def _of_disk(folder: Path, go_on: str, number: int | None) -> InputError | None:
    told = None if number is None else _OF_DISKS.get(number)
    return None if told is None else InputError(f"{folder}: {told}. {go_on}")


def _of_memory(go_on: str) -> InputError:
    return InputError(
        f"there is not enough memory. End other programs. {go_on} Or start anew with a smaller "
        f"{named('batch_size')}, {named('width')} or {named('depth')}."
    )
