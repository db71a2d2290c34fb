"""One file for all that a study keeps: JSON lines, from which its tables are made again.

A line is an object with a `kind`: "method" (what was trained: `name`, `data`, `settings`), "run" (what a
seed of it left: `method`, `seed` and whatever the study keeps) or one of the study's own. A file whose name
ends in .xz is compressed (`xz -dc FILE` shows it).
"""

import json
import lzma
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from facedebias.errors import InputError
from studies.harness.method import Method

Line = dict[str, Any]


class RecordFile:
    """Reads a file of records, and adds to it line by line.

    Args:
        path: the file; need not exist.

    Raises:
        InputError: if a line is not JSON, or a compressed file is damaged.
    """

    def __init__(self, path: Path):
        self.path = path
        self._lines = list(self._read())

    def _read(self) -> Iterator[Line]:
        if not self.path.exists():
            return
        for number, text in enumerate(self._text().splitlines(), 1):
            try:
                yield json.loads(text)
            except json.JSONDecodeError as error:
                raise InputError(
                    f"{self.path}, line {number}: expected a JSON object ({error.msg}). Take the file back "
                    "from version control, or delete the line to train its run anew."
                ) from error

    def _text(self) -> str:
        content = self.path.read_bytes()
        if not self._is_compressed:
            return content.decode()
        try:
            return lzma.decompress(content).decode()
        except lzma.LZMAError as error:
            raise InputError(
                f"{self.path}: expected a file compressed by xz ({error}). Take it back from version control."
            ) from error

    @property
    def _is_compressed(self) -> bool:
        return self.path.suffix == ".xz"

    def of_kind(self, kind: str) -> list[Line]:
        """Lines of a kind, in the order of the file."""
        return [line for line in self._lines if line["kind"] == kind]

    def run(self, method: str, seed: int) -> Line | None:
        """What a run left; None if it is not in the file."""
        for line in self.of_kind("run"):
            if line["method"] == method and line["seed"] == seed:
                return line
        return None

    def add(self, line: Line) -> None:
        """Adds a line; a process that is killed meanwhile leaves the old file."""
        self._lines.append(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in self._lines)
        content = text.encode()
        partial.write_bytes(lzma.compress(content) if self._is_compressed else content)
        os.replace(partial, self.path)

    def add_run(self, name: str, method: Method, seed: int, found: Mapping[str, Any]) -> None:
        """Adds what a run left, and its method before the first of its runs.

        Raises:
            InputError: if the file has runs of a method of this name with other settings.
        """
        if not any(line["name"] == name for line in self.of_kind("method")):
            self.add({"kind": "method", "name": name, **method.to_json()})
        self.check(name, method)
        self.add({"kind": "run", "method": name, "seed": seed, **found})

    def check(self, name: str, method: Method) -> None:
        """That the file's runs of a method were trained as it would be trained today.

        Raises:
            InputError: if not, with what differs.
        """
        wanted = method.to_json()
        for line in self.of_kind("method"):
            stored = {key: value for key, value in line.items() if key not in ("kind", "name")}
            if line["name"] == name and stored != wanted:
                raise InputError(
                    f"{self.path}: {name} was trained with other settings ({_differences(stored, wanted)}). "
                    "Delete its lines to train it anew, or give the new method another name."
                )


def _differences(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Settings, and data, that are not the same."""
    old, new = ({**entry["settings"], "data": entry["data"]} for entry in (stored, wanted))
    return ", ".join(
        f"{name} {_shown(old, name)} -> {_shown(new, name)}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _shown(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name, "not given")
    return ",".join(value) if isinstance(value, list) else str(value)
