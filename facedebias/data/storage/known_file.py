"""A face file as it was when it was opened: what is read of it later must be of the same file."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from facedebias.data.storage import seal
from facedebias.errors import InputError


class KnownFile:
    """What a file was like when it was opened.

    Args:
        path: of the file.

    Attributes:
        is_sealed: whether it has a seal, see `seal.check`.

    Raises:
        InputError: if the file, or its seal, is damaged.
    """

    def __init__(self, path: Path):
        self._path, self._lock = path, threading.Lock()
        self._state = _state_of(path.stat())
        self.is_sealed = seal.check(path)
        self._seal = seal.read(path)

    def refuse_changes(self, now: os.stat_result, forget: Callable[[], None] = lambda: None) -> None:
        """Refuses a file that was replaced or written to.

        One whose times alone changed, as by `touch`, is the same if its seal still holds: that has checksums
        of all but the pictures, and of those, which are compared when they are read.

        Args:
            now: the state of the file that is about to be read.
            forget: has the pictures compared once more.

        Raises:
            InputError: if it is not as it was when it was opened.
        """
        found = _state_of(now)
        if found == self._state:
            return
        with self._lock:  # many threads read
            if found != self._state:
                if not self._is_touched(found):
                    raise InputError(
                        f"{self._path}: was replaced or changed since it was opened. Wait until it is "
                        "complete, or put it back as it was."
                    )
                forget()
                self._state = found

    def _is_touched(self, found: tuple[int, ...]) -> bool:
        if not self.is_sealed or found[:-1] != self._state[:-1] or _state_of(self._path.stat()) != found:
            return False
        try:
            return seal.read(self._path) == self._seal and seal.check(self._path)
        except InputError:  # it is still being written
            return False


def _state_of(found: os.stat_result) -> tuple[int, ...]:
    """What changes when a file is replaced or written to."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
