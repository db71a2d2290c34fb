"""A folder that one process writes to: it says who in a file, and a second one is refused."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from facedebias.errors import InputError
from facedebias.reading import inner_file
from facedebias.safekeeping import atomic, file_locks, processes
from facedebias.text import counted, visible

FILE = "run.lock"
_MOST_BYTES = 100_000  # a lock has some hundred
_BEAT_SECONDS = 30.0
# Of a process that cannot be looked up, as on another machine, nothing is known but when it last touched
# its lock.
_SILENT_SECONDS = 600.0


class FolderLock:
    """The lock of this process on a folder.

    Args:
        folder: that it has.
        owner: what the file says of this process.
    """

    def __init__(self, folder: Path, owner: dict[str, Any]):
        self._folder, self._path, self._owner = folder, folder / FILE, owner

    def check(self) -> None:
        """Makes sure that nobody has taken the folder over, as from a process that was long suspended.

        Raises:
            InputError: if somebody has.
        """
        found = _read(self._path)
        if found is None:  # somebody has deleted it
            atomic.write_text(self._path, json.dumps(self._owner) + "\n")
        elif found != self._owner:
            raise InputError(
                f"{self._folder}: {_who(found)} has taken it over from this process, which seemed dead. "
                "Nothing more is written here; choose another folder."
            )

    def beat(self) -> None:
        """Shows that this process lives."""
        with contextlib.suppress(OSError):
            if _read(self._path) == self._owner:
                os.utime(self._path)

    def release(self) -> None:
        """Removes the file, if it is this process's."""
        with contextlib.suppress(OSError):
            if _read(self._path) == self._owner:
                self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[tuple[FolderLock, str]]:
    """Holds a folder for this process.

    A dead owner's lock is taken over: one whose process is gone, or, where that cannot be known, as on
    another machine, has not been heard of for ten minutes.

    Args:
        folder: must exist.

    Yields:
        The lock, and a sentence if it was taken over; empty otherwise.

    Raises:
        InputError: if another process holds it; says who, since when, and what to do.
    """
    lock, note = _take(folder)
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_SECONDS):
            lock.beat()

    heart = threading.Thread(target=beat, name="lock", daemon=True)
    heart.start()
    try:
        yield lock, note
    finally:
        ended.set()
        heart.join()
        lock.release()


def refuse_if_held(folder: Path) -> None:
    """Raises InputError, as `only_writer` does, if a living process holds a folder; changes nothing."""
    path = folder / FILE
    if (found := _read(path)) is not None and _is_alive(found, path):
        raise InputError(_refusal(folder, found, path))


def _take(folder: Path) -> tuple[FolderLock, str]:
    path = folder / FILE
    with file_locks.alone(folder):
        refuse_if_held(folder)
        is_there, found = os.path.lexists(path), _read(path)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        owner = {**processes.this(), "since": since}
        atomic.write_text(path, json.dumps(owner) + "\n")
    note = ""
    if is_there:
        who = "a process that left half a lock" if found is None else _who(found)
        note = f"{folder}: took over the lock of {who}, which is gone"
    return FolderLock(folder, owner), note


def _read(path: Path) -> dict[str, Any] | None:
    """What a lock says; None if there is none, or its writer was killed while it wrote."""
    try:
        content = json.loads(inner_file.read_regular(path, _MOST_BYTES))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):  # or no file, but a pipe
        return None
    known: dict[str, type] = {"host": str, "space": str, "pid": int, "started": str, "since": str}
    if not isinstance(content, dict) or any(
        not isinstance(content.get(name), kind) for name, kind in known.items()
    ):
        return None
    return content


def _is_alive(owner: dict[str, Any], path: Path) -> bool:
    known = processes.is_alive(owner)
    return _age(path) < _SILENT_SECONDS if known is None else known


def _age(path: Path) -> float:
    """Seconds since the owner showed that it lives."""
    return max(0.0, time.time() - path.stat().st_mtime)


def _who(owner: dict[str, Any]) -> str:
    return visible(f"process {owner['pid']} on {owner['host']} (since {owner['since']})")


def _refusal(folder: Path, owner: dict[str, Any], path: Path) -> str:
    text = f"{folder}: {_who(owner)} is training in it"
    if processes.is_alive(owner):
        return f"{text}. Wait for it, stop it by kill {owner['pid']}, or choose another folder."
    minutes = counted(round(_SILENT_SECONDS / 60), "minute")
    return (
        f"{text}, and showed signs of life {_age(path):.0f} s ago. Wait for it, stop it there, or choose "
        f"another folder. If it is gone, its lock counts for nothing after {minutes}; or delete {path}."
    )
