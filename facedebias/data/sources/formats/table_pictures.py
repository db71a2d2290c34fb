"""The column of a table that holds its pictures, as paths or encoded."""

import io
import itertools
import os
import posixpath
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from facedebias.data.sources.formats.table_files import Table
from facedebias.data.sources.formats.tree import is_picture_name
from facedebias.errors import InputError
from facedebias.reading.files import exists_as_file, leads_out
from facedebias.reading.pictures import FAILURES, open_picture
from facedebias.text import counted, listed, visible

_NAMES = {
    *("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_id"),
    *("image_name", "image_file", "img", "img_path", "img_name", "picture", "photo"),
}
_NUM_TRIED = 20  # rows whose pictures are looked for to find the column that names them

Picture = Path | bytes | None


class PictureColumn:
    """A column of pictures.

    Args:
        spec: the source, for messages.
        table: the table.
        name: of the column; empty for the only one that can be meant.

    Raises:
        InputError: if there is no such column, or none or several that could be meant.
    """

    def __init__(self, spec: str, table: Table, name: str):
        self._spec, self._table = spec, table
        self.name = name or self._found()
        if not name and is_picture_name(self.name):
            raise InputError(
                f"{spec}: its first line names a picture, {visible(self.name)}; expected names of columns, "
                "e.g. path,gender. Put such a line above it."
            )
        known = [*table.encoded, *table.columns]
        if self.name not in known:
            raise InputError(
                f"{spec}: no column {visible(self.name)}; it has {', '.join(map(visible, known))}. Name one "
                "of these."
            )

    def __iter__(self) -> Iterator[tuple[Picture, str]]:
        """File or content, and path, of each row in turn; None if the row names no picture."""
        numbers = np.repeat(np.arange(len(self._table.files)), self._table.num_rows)
        if self.name in self._table.encoded:
            rows = self._table.encoded_pictures(self.name)
            for (content, path), number in zip(rows, numbers, strict=True):
                yield content or self._resolved(path, int(number)), path
        else:
            for cell, number in zip(self._table.columns[self.name], numbers, strict=True):
                path = "" if cell is None else str(cell)
                yield self._resolved(path, int(number)), path

    def first_size(self) -> tuple[int, int] | None:
        """Width and height of the first picture that can be opened, of the first few rows."""
        for picture, _ in itertools.islice(self, _NUM_TRIED):
            try:
                with open_picture(opened(picture)) as image:
                    return image.size
            except FAILURES:
                continue
        return None

    def notes(self) -> list[str]:
        """Says if pictures come twice, or from outside the table's folder."""
        cells = self._table.columns.get(self.name, ())
        paths = Counter(posixpath.normpath(str(cell).replace("\\", "/")) for cell in cells if cell)
        twice = [path for path, count in paths.items() if count > 1]
        outside = [path for path in paths if self._is_outside(path)]
        found = []
        if twice:
            found.append(
                f"{counted(len(twice), 'picture')} in several rows, all of which count: {listed(twice)}."
            )
        if outside:
            found.append(
                f"{counted(len(outside), 'picture')} from outside the table's folder, as its paths say: "
                f"{listed(outside)}."
            )
        return found

    def _is_outside(self, path: str) -> bool:
        """Whether a path leads out of the folders of all files."""
        if not leads_out(path):
            return False
        folders = {os.path.abspath(file.parent) for file in self._table.files}
        return not any(Path(os.path.normpath(os.path.join(f, path))).is_relative_to(f) for f in folders)

    def _resolved(self, path: str, number: int) -> Path | None:
        return self._table.files[number].parent / path.replace("\\", "/") if path else None

    def _found(self) -> str:
        """The only encoded column or, if there is none, the only one whose paths lead to files."""
        table = self._table
        named = [name for name in table.columns if name.lower() in _NAMES]
        found = table.encoded or list(filter(self._leads, named)) or list(filter(self._leads, table.columns))
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(
                f"{self._spec}: several columns could be the pictures ({listed(found)}). Name one, e.g. "
                f"{self._spec}#{found[0]}."
            )
        raise self._none_found(named)

    def _none_found(self, named: list[str]) -> InputError:
        """Why no column leads to pictures, if `named` are those that could by their names."""
        table = self._table
        firsts = {
            name: next((str(cell) for cell in cells if cell), "") for name, cells in table.columns.items()
        }
        if linked := [name for name, path in firsts.items() if path.startswith(("http://", "https://"))]:
            return InputError(
                f"{self._spec}: its column {visible(linked[0])} holds web addresses "
                f"({visible(firsts[linked[0]])}); expected files. Download the pictures and name the files."
            )
        if not named:
            others = "".join(f" ({visible(name)} holds {what})" for name, what in table.left_out.items())
            return InputError(
                f"{self._spec}: no column of pictures among {listed(list(table.columns))}{others}; expected "
                f"one of paths, e.g. path, or of encoded pictures. Name it, {self._spec}#COLUMN."
            )
        return InputError(
            f"{self._spec}: its column {visible(named[0])} names '{visible(firsts[named[0]])}', but there is "
            f"no such file in {table.files[0].parent}. Paths are relative to the table's folder: move the "
            f"table, or name another column, {self._spec}#COLUMN."
        )

    def _leads(self, name: str) -> bool:
        cells = [cell for cell in self._table.columns[name][:_NUM_TRIED] if isinstance(cell, str) and cell]
        if name.lower() not in _NAMES:
            cells = list(filter(is_picture_name, cells))
        return any(
            path is not None and exists_as_file(path) for path in (self._resolved(c, 0) for c in cells)
        )


def opened(picture: Picture) -> Path | IO[bytes]:
    """What Pillow opens.

    Raises:
        ValueError: if there is no picture.
    """
    if picture is None:
        raise ValueError("the row names no picture")
    return picture if isinstance(picture, Path) else io.BytesIO(picture)
