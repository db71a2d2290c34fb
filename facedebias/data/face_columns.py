"""The parts of a face file: its layout, and its columns as they are read."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError

FORMAT_VERSION = 1
FACE, NONFACE = 1, 0
_PREPARE = "`facedebias prepare`"


@dataclass(frozen=True)
class Attribute:
    """One attribute of every row.

    Attributes:
        codes: int8 `(num_rows,)`, indices into `values`, -1 where unknown.
        values: value names in the order of their codes.
    """

    codes: np.ndarray
    values: tuple[str, ...]


def check_layout(path: Path, file: h5py.File) -> None:
    """Refuses what is no face file that this version can read.

    Raises:
        InputError: says what is not as it should be, and how to make the file anew.
    """
    version = file.attrs.get("format_version", 0)
    if version > FORMAT_VERSION:
        raise InputError(
            f"{path}: format version {version}; this program reads up to {FORMAT_VERSION}. Update facedebias."
        )
    for name in ("images", "labels"):
        if not isinstance(file.get(name), h5py.Dataset):
            held = ", ".join(file) or "nothing"
            raise InputError(
                f"{path}: no dataset {name!r} (the file holds {held}); expected a face "
                f"file, see docs/data-format.md. Make one with {_PREPARE}."
            )
    images, labels = file["images"], file["labels"]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise InputError(
            f"{path}: dataset 'images' has shape {images.shape} and dtype {images.dtype}; "
            f"expected uint8 (num_images, height, width, 3), RGB from 0 to 255. Make it again with "
            f"{_PREPARE} from the pictures themselves."
        )
    if labels.shape not in {(len(images), 1), (len(images),)}:
        raise InputError(
            f"{path}: dataset 'labels' has shape {labels.shape} beside {len(images)} "
            f"images; expected ({len(images)}, 1). Make it again with {_PREPARE}."
        )
    if labels.dtype.kind not in "biuf":
        raise InputError(
            f"{path}: dataset 'labels' has dtype {labels.dtype}; expected float32. "
            f"Make it again with {_PREPARE}."
        )
    strange = np.setdiff1d(labels[:], [NONFACE, FACE])
    if strange.size:
        raise InputError(
            f"{path}: dataset 'labels' holds {strange[0]:g}; expected only 1 (face) and "
            f"0 (no face). Make it again with {_PREPARE}."
        )


def open_for_reading(path: Path) -> h5py.File:
    """The HDF5 file.

    Raises:
        InputError: if there is none, or it is damaged.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file. Make one with {_PREPARE}.")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; expected a file made by {_PREPARE}.")
    try:
        return h5py.File(path, "r")
    except PermissionError:
        raise
    except OSError as error:
        what = "is cut short" if "truncated" in str(error) else "is not an HDF5 file"
        raise InputError(
            f"{path}: {what} ({path.stat().st_size:,} bytes). Copy it again, or make it again "
            f"with {_PREPARE}."
        ) from error


def read_attributes(file: h5py.File) -> dict[str, Attribute]:
    """Every attribute of the rows, by name."""
    num_rows = len(file["images"])
    return {name: read_codes(file, f"attributes/{name}", num_rows) for name in file.get("attributes", {})}


def read_codes(file: h5py.File, name: str, num_rows: int, values: tuple[str, ...] | None = None) -> Attribute:
    """Reads codes and, unless they are given, the values they stand for."""
    # Checked before they are cut to int8, where 256 would become a valid-looking 0.
    codes = read_column(file, name, np.int64, num_rows)
    if name not in file:
        return Attribute(codes.astype(np.int8), values or ())
    if values is None:
        values = tuple(text_of(value) for value in file[name].attrs.get("values", ()))
    if len(codes) and (codes.min() < UNKNOWN or codes.max() >= len(values)):
        raise InputError(
            f"{file.filename}: dataset {name!r} has codes from {codes.min()} to {codes.max()}, but names for "
            f"{len(values)} values; expected -1 (unknown) to {len(values) - 1}. Make it again "
            f"with {_PREPARE}."
        )
    return Attribute(codes.astype(np.int8), values)


def text_of(value: str | bytes) -> str:
    """HDF5 attributes written elsewhere may be bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def read_column(file: h5py.File, name: str, dtype: type, num_rows: int) -> np.ndarray:
    """A column, `(num_rows,)` of `dtype`; -1 everywhere if the file has none."""
    if name not in file:
        return np.broadcast_to(np.array(UNKNOWN, dtype), num_rows)  # takes no memory
    if file[name].shape != (num_rows,):
        raise InputError(
            f"{file.filename}: dataset {name!r} has shape {file[name].shape} beside {num_rows} images; "
            f"expected ({num_rows},). Make it again with {_PREPARE}."
        )
    return file[name][:].astype(dtype)
