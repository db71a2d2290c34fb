"""The parts of a face file: its layout, and its columns as they are read."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.data.storage import hdf5_parts, hdf5_storage
from facedebias.data.storage.layout import FORMAT_VERSION
from facedebias.errors import InputError
from facedebias.reading.files import unlike_a_file
from facedebias.text import visible

FACE, NONFACE = 1, 0
_PREPARE = "`facedebias prepare`"


@dataclass(frozen=True)
class Attribute:
    """One attribute of every row.

    Attributes:
        codes: int `(num_rows,)`, int8 of a face file, indices into `values`, -1 where unknown.
        values: value names in the order of their codes.
    """

    codes: np.ndarray
    values: tuple[str, ...]


class FaceColumns:
    """The columns of an open face file, each held against what it should be.

    Args:
        file: open for reading.
        is_followed: whether links, external storage, virtual data sets and plug-ins are used.

    Raises:
        InputError: if the file is no face file that this version can read; says what is not as it
            should be, and how to make the file anew.
    """

    def __init__(self, file: h5py.File, is_followed: bool = False):
        self._file, self._is_followed, self._path = file, is_followed, file.filename
        version = hdf5_parts.whole_number(file, "format_version", 0)
        if version > FORMAT_VERSION or version < 0:
            raise InputError(
                f"{self._path}: format version {version}; this program reads up to {FORMAT_VERSION}. Update "
                "facedebias."
            )
        self.images = self._images()
        self.num_rows: int = self.images.shape[0]

    def is_bgr(self) -> bool:
        """Whether the channels are blue, green and red, in this order."""
        # Files without an order are the lab's, which were written by OpenCV.
        order = hdf5_parts.texts(self._file, "channel_order", "attribute 'channel_order'")
        if order not in {None, ("RGB",), ("BGR",)}:
            told = ", ".join(order or ())
            raise InputError(
                f"{self._path}: channel_order {visible(told)!r}; expected RGB or BGR. Make it again with "
                f"{_PREPARE}."
            )
        return order != ("RGB",)

    def labels(self) -> np.ndarray:
        """1 for faces and 0 for others, uint8 `(num_rows, 1)`."""
        labels = self._required("labels")
        if labels.shape not in {(self.num_rows, 1), (self.num_rows,)}:
            raise InputError(
                f"{self._path}: dataset 'labels' has shape {labels.shape} beside {self.num_rows} "
                f"images; expected ({self.num_rows}, 1). Make it again with {_PREPARE}."
            )
        if labels.dtype.kind not in "biuf":
            raise InputError(
                f"{self._path}: dataset 'labels' has dtype {labels.dtype}; expected float32. "
                f"Make it again with {_PREPARE}."
            )
        found = self._read(labels, "labels")
        strange = found[(found != NONFACE) & (found != FACE)]
        if strange.size:
            raise InputError(
                f"{self._path}: dataset 'labels' holds {strange[0]:g}; expected only 1 (face) and "
                f"0 (no face). Make it again with {_PREPARE}."
            )
        # A byte a row: with a million rows everything counts that is not a picture.
        return found.astype(np.uint8).reshape(-1, 1)

    def attributes(self) -> dict[str, Attribute]:
        """Every attribute of the rows, by name."""
        group = hdf5_parts.group(self._file, "attributes", self._is_followed)
        names = [] if group is None else hdf5_parts.names(group)
        return {name: self.codes(f"attributes/{name}") for name in names}

    def split(self) -> np.ndarray:
        """Codes of the parts as `SPLITS` has them, int8 `(num_rows,)`, -1 where unknown."""
        own = self.codes("split", SPLITS)
        if own.values == SPLITS:
            return own.codes
        if strange := [value for value in own.values if value not in SPLITS]:
            raise InputError(
                f"{self._path}: dataset 'split' has a part {visible(strange[0])!r}; expected "
                f"{', '.join(SPLITS)}. Make it again with {_PREPARE}."
            )
        # The last place, which -1 indexes, is the unknown.
        return np.array([*map(SPLITS.index, own.values), UNKNOWN], np.int8)[own.codes]

    def codes(self, name: str, default: tuple[str, ...] = ()) -> Attribute:
        """Codes of a data set, and the values they stand for, which are `default` if it names none."""
        found = self._find(name)
        if found is None:
            return Attribute(self._unknown(np.int8), default)
        values = hdf5_parts.texts(found, "values", f"attribute 'values' of '{name}'")
        values = default if values is None else values
        if len(set(values)) < len(values):
            raise InputError(
                f"{self._path}: dataset {visible(name)!r} names a value twice; expected each once. Make it "
                f"again with {_PREPARE}."
            )
        # Checked before they are cut to int8, where 256 would become a valid-looking 0.
        codes = self._whole_numbers(name, found)
        if len(codes) and (codes.min() < UNKNOWN or codes.max() >= len(values)):
            raise InputError(
                f"{self._path}: dataset {visible(name)!r} has codes from {codes.min()} to {codes.max()}, but "
                f"names for {len(values)} values; expected -1 (unknown) to {len(values) - 1}. Make it again "
                f"with {_PREPARE}."
            )
        return Attribute(codes.astype(np.int8), values)

    def identity(self) -> np.ndarray:
        """Numbers of the people, int32 `(num_rows,)`, -1 where unknown."""
        found = self.numbers("identity", np.int32)
        return self._unknown(np.int32) if found is None else found

    def numbers(self, name: str, dtype: type[np.int32 | np.uint32]) -> np.ndarray | None:
        """Whole numbers, `(num_rows,)` of `dtype`, none below -1; None if the file has none."""
        found = self._find(name)
        if found is None:
            return None
        numbers = self._whole_numbers(name, found)
        least, most = max(UNKNOWN, int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max)
        if len(numbers) and (numbers.min() < least or numbers.max() > most):
            raise InputError(
                f"{self._path}: dataset {visible(name)!r} has numbers from {numbers.min()} to "
                f"{numbers.max()}; expected {least} to {most}. Make it again with {_PREPARE}."
            )
        return numbers.astype(dtype)

    def _unknown(self, dtype: type[np.int8 | np.int32]) -> np.ndarray:
        return np.broadcast_to(np.array(UNKNOWN, dtype), self.num_rows)  # takes no memory

    def texts(self, name: str) -> h5py.Dataset | None:
        """A column of texts, to be read row by row; None if the file has none."""
        found = self._find(name)
        if found is None:
            return None
        if h5py.check_string_dtype(found.dtype) is None:
            raise InputError(
                f"{self._path}: dataset {visible(name)!r} has dtype {found.dtype}; expected text. Make it "
                f"again with {_PREPARE}."
            )
        with hdf5_parts.naming_damage(self._path, f"dataset {visible(name)!r}"):
            hdf5_storage.check_lengths(found, name)
        return found

    def _images(self) -> h5py.Dataset:
        images = self._required("images")
        is_layout = images.ndim == 4 and images.shape[-1] == 3 and min(images.shape[1:]) > 0
        if images.dtype != np.uint8 or not is_layout:
            raise InputError(
                f"{self._path}: dataset 'images' has shape {images.shape} and dtype {images.dtype}; "
                f"expected uint8 (num_images, height, width, 3), RGB from 0 to 255. Make it again with "
                f"{_PREPARE} from the pictures themselves."
            )
        return images

    def _required(self, name: str) -> h5py.Dataset:
        found = hdf5_parts.dataset(self._file, name, self._is_followed)
        if found is None:
            held = visible(", ".join(hdf5_parts.names(self._file)[:10])) or "nothing"
            raise InputError(
                f"{self._path}: no dataset {name!r} (the file holds {held}); expected a face "
                f"file, see docs/data-format.md. Make one with {_PREPARE}."
            )
        return found

    def _find(self, name: str) -> h5py.Dataset | None:
        """A column of one value a row."""
        found = hdf5_parts.dataset(self._file, name, self._is_followed)
        if found is not None and found.shape != (self.num_rows,):
            raise InputError(
                f"{self._path}: dataset {visible(name)!r} has shape {found.shape} beside {self.num_rows} "
                f"images; expected ({self.num_rows},). Make it again with {_PREPARE}."
            )
        return found

    def _whole_numbers(self, name: str, found: h5py.Dataset) -> np.ndarray:
        if found.dtype.kind in "biuf":
            numbers = self._read(found, name)
            if found.dtype.kind == "b":
                return numbers.astype(np.int8)
            if found.dtype.kind != "f" or np.all(np.isfinite(numbers) & (numbers == np.rint(numbers))):
                return numbers
        raise InputError(
            f"{self._path}: dataset {visible(name)!r} has dtype {found.dtype}, or fractions; expected whole "
            f"numbers. Make it again with {_PREPARE}."
        )

    def _read(self, found: h5py.Dataset, name: str) -> np.ndarray:
        with hdf5_parts.naming_damage(self._path, f"dataset {visible(name)!r}"):
            return found[:]


def open_for_reading(path: Path, is_followed: bool = False) -> h5py.File:
    """The HDF5 file.

    Raises:
        InputError: if there is none, or it is damaged.
        OSError: if the machine fails to read it.
    """
    check_regular(path)
    try:
        # Locks are refused by some file systems, and whoever writes such a file renames it at the end.
        return h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError, ValueError) as error:
        if getattr(error, "errno", None) in hdf5_parts.MACHINE:
            raise
        what = "is cut short" if "truncated" in str(error) else "is not an HDF5 file"
        raise InputError(
            f"{path}: {what} ({path.stat().st_size:,} bytes). Copy it again, or make it again "
            f"with {_PREPARE}."
        ) from error


def check_regular(path: Path) -> None:
    """Refuses what is no file with an end: opening it might wait for ever.

    Raises:
        InputError: says what it is.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file. Make one with {_PREPARE}.")
    if what := unlike_a_file(path):
        raise InputError(f"{path}: is {what}; expected a file made by {_PREPARE}.")
