"""Parts of an HDF5 file that somebody else may have made: of the right kind, or an error names them."""

import contextlib
import errno
import math
import os
from collections.abc import Iterator, Sequence

import h5py
import numpy as np

from facedebias.data.storage import hdf5_storage
from facedebias.data.storage.hdf5_storage import MAKE_AGAIN
from facedebias.errors import InputError
from facedebias.safekeeping import machine_errors
from facedebias.text import visible

MACHINE = {*machine_errors.TOLD, errno.ENOMEM}
"""Numbers of errors that say nothing of a file."""
_MOST_TEXTS, _LONGEST_TEXT = 1 << 16, 1 << 16


@contextlib.contextmanager
def naming_damage(path: str | os.PathLike[str], part: str) -> Iterator[None]:
    """Turns whatever HDF5 raises at damaged bytes into an `InputError` that names the part."""
    try:
        yield
    except InputError:
        raise
    except (OSError, LookupError, RuntimeError, TypeError, ValueError, ArithmeticError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno in MACHINE:
            raise
        reason = visible(" ".join(str(error).split())[:120]) or type(error).__name__
        raise InputError(
            f"{path}: {part} cannot be read, so the file is damaged ({reason}). {MAKE_AGAIN}"
        ) from error


def dataset(file: h5py.File, name: str, is_followed: bool = False) -> h5py.Dataset | None:
    """A data set whose numbers are all in the file itself; None if there is none of that name.

    Args:
        file: open for reading.
        name: of the data set, with the groups before it.
        is_followed: whether links, external storage, virtual data sets and plug-ins are used.

    Raises:
        InputError: if it is something else, or not all there.
    """
    with naming_damage(file.filename, f"dataset '{name}'"):
        *folders, last = name.split("/")
        place: h5py.Group | None = file
        for folder in folders:
            place = place and group(place, folder, is_followed)
        if place is None or not _is_linked(place, last, is_followed):
            return None
        found = place[last]
        if not isinstance(found, h5py.Dataset):
            raise _unexpected(file.filename, name, found, "a dataset")
        hdf5_storage.check(found, name, is_followed)
        return found


def group(place: h5py.Group, name: str, is_followed: bool = False) -> h5py.Group | None:
    """A group that is in the file itself; None if there is none of that name.

    Raises:
        InputError: if it is something else.
    """
    path = place.file.filename
    with naming_damage(path, f"group '{name}'"):
        if not _is_linked(place, name, is_followed):
            return None
        found = place[name]
        if not isinstance(found, h5py.Group):
            raise _unexpected(path, name, found, "a group")
        return found


def names(place: h5py.Group) -> list[str]:
    """Names in a group, in its order.

    Raises:
        InputError: if one is no text.
    """
    with naming_damage(place.file.filename, f"group '{place.name}'"):
        # h5py lets bytes through that are no UTF-8.
        return [_text(name) for name in place]


def whole_number(place: h5py.Group, name: str, default: int) -> int:
    """An HDF5 attribute that is one whole number."""
    with naming_damage(place.file.filename, f"attribute '{name}'"):
        if name not in place.attrs:
            return default
        kind = place.attrs.get_id(name)
        if kind.shape not in {(), (1,)} or kind.dtype.kind not in "iu":
            raise InputError(
                f"{place.file.filename}: attribute '{name}' is {kind.dtype} of shape {kind.shape}; expected "
                f"a whole number. {MAKE_AGAIN}"
            )
        return int(np.reshape(place.attrs[name], ()))


def texts(place: h5py.HLObject, name: str, part: str) -> tuple[str, ...] | None:
    """An HDF5 attribute that holds texts, one or a list; None if there is none.

    Args:
        place: what has the attribute.
        name: of the attribute.
        part: what an error calls it.

    Raises:
        InputError: if it holds something else.
    """
    path = place.file.filename
    with naming_damage(path, part):
        if name not in place.attrs:
            return None
        kind = place.attrs.get_id(name)
        is_text = kind.dtype.kind == "S" or h5py.check_string_dtype(kind.dtype) is not None
        is_list = len(kind.shape) <= 1 and math.prod(kind.shape) <= _MOST_TEXTS
        if not is_text or not is_list or kind.dtype.itemsize > _LONGEST_TEXT:
            # Nothing to name, as h5py writes an empty list.
            if kind.shape == (0,):
                return ()
            raise InputError(
                f"{path}: {part} is {kind.dtype} of shape {kind.shape}; expected a list of texts. "
                f"{MAKE_AGAIN}"
            )
        return tuple(_text(value) for value in np.ravel(np.asarray(place.attrs[name], object)))


def _text(value: str | bytes) -> str:
    """HDF5 attributes written elsewhere may be bytes."""
    text = value.decode() if isinstance(value, bytes) else str(value)
    text.encode()  # h5py lets bytes through that are no UTF-8
    return text


def _is_linked(place: h5py.Group, name: str, is_followed: bool) -> bool:
    links = place.id.links
    if not links.exists(name.encode()):
        return False
    kind = links.get_info(name.encode()).type
    if kind == h5py.h5l.TYPE_HARD:
        return True
    if kind in {h5py.h5l.TYPE_SOFT, h5py.h5l.TYPE_EXTERNAL} and is_followed:
        return True
    what = {h5py.h5l.TYPE_SOFT: "a soft link", h5py.h5l.TYPE_EXTERNAL: "a link to another file"}
    raise hdf5_storage.elsewhere(place.file.filename, name, what.get(kind, "a link of an unknown kind"))


def _unexpected(path: str, name: str, found: object, expected: str) -> InputError:
    kinds: Sequence[tuple[type, str]] = (
        (h5py.Group, "a group"),
        (h5py.Dataset, "a dataset"),
        (h5py.Datatype, "a type"),
    )
    what = next((word for kind, word in kinds if isinstance(found, kind)), "something else")
    return InputError(f"{path}: '{name}' is {what}; expected {expected}. {MAKE_AGAIN}")
