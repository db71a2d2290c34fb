"""Named choices that anybody can add to, loaded when they are asked for."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError


class Registry:
    """What a name stands for, e.g. a sampler's settings class.

    An entry is the object itself or "module:attribute", which is imported when it is asked for:
    a list of names then costs no TensorFlow. Iterating gives the names.

    Args:
        flag: that chooses among the names, for messages.
        entries: name -> object or "module:attribute".
    """

    def __init__(self, flag: str, entries: Mapping[str, Any]):
        self._flag, self._entries = flag, dict(entries)

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of registration."""
        return iter(self._entries)

    def __contains__(self, name: object) -> bool:
        """Whether there is something of this name."""
        return name in self._entries

    def register(self, name: str, entry: Any) -> None:
        """Adds a choice.

        Args:
            name: as configurations and flags will have it.
            entry: the object, or "module:attribute".

        Raises:
            ValueError: if the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"--{self._flag}={name}: is registered already; choose another name.")
        self._entries[name] = entry

    def get(self, name: str) -> Any:
        """What a name stands for.

        Raises:
            InputError: if there is nothing of this name.
        """
        if name not in self._entries:
            raise InputError(f"{named(self._flag, name)}: unknown; choose one of {', '.join(self)}.")
        entry = self._entries[name]
        if isinstance(entry, str):
            module, _, attribute = entry.partition(":")
            entry = getattr(importlib.import_module(module), attribute)
        return entry
