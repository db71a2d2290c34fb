"""Whether a face file that was just written holds what was to be in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from facedebias.data.face_columns import Attribute
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError

_PATHS_AT_ONCE = 65_536


def check(
    path: Path,
    columns: Mapping[str, np.ndarray],
    values: Mapping[str, Sequence[str]],
    paths: Sequence[str],
    target: Path,
) -> None:
    """Reads a finished file back, every picture of it, and compares.

    Args:
        path: of the file.
        columns: what was to be in it by data set, each of one value a row; not its checksums.
        values: the names of the codes, of those that have some.
        paths: where the pictures came from.
        target: the name that it is to get.

    Raises:
        InputError: if it cannot be read, or holds something else.
    """
    end = f"{target} itself was not touched. Look at the disk, and run again."
    try:
        found = FaceDataset(path)
        found.verify()
        wrong = [name for name in columns if not _is_equal(found, name, columns[name], values.get(name))]
        wrong += [] if _has_paths(found, paths) else ["path"]
    except InputError as error:
        raise InputError(f"{target}: what was written cannot be read back ({error}). {end}") from error
    if wrong:
        raise InputError(f"{target}: what was written reads back otherwise ({', '.join(wrong)}). {end}")


def _is_equal(found: FaceDataset, name: str, column: np.ndarray, values: Sequence[str] | None) -> bool:
    if values is None:
        return np.array_equal({"labels": found.labels, "identity": found.identity}[name], column)
    if name == "source":
        own = Attribute(found.source, found.sources)
    elif name == "split":
        own = Attribute(found.split, tuple(values))
    else:
        own = found.attribute(name.removeprefix("attributes/"))
    return np.array_equal(own.codes, column) and own.values == tuple(values)


def _has_paths(found: FaceDataset, paths: Sequence[str]) -> bool:
    starts = range(0, len(paths), _PATHS_AT_ONCE)
    blocks = [range(start, min(start + _PATHS_AT_ONCE, len(paths))) for start in starts]
    return all(found.paths(block) == list(paths[block.start : block.stop]) for block in blocks)
