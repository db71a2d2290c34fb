"""When a run is saved, and how it is put back: its state, and the tables that belong to it."""

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.errors import InputError
from facedebias.safekeeping import atomic
from facedebias.safekeeping.folder_lock import FolderLock
from facedebias.training.checkpoints.manifest import Manifest
from facedebias.training.checkpoints.store import CheckpointStore
from facedebias.training.kept_epoch import KeptEpoch
from facedebias.training.records.metrics_table import TABLES
from facedebias.training.trainer import Trainer


@dataclass(frozen=True)
class RunPlace:
    """The folder of a run that this process holds.

    Attributes:
        folder: of the run.
        settings: as `config.json` has them.
        data_sha256: of the face file.
        lock: on the folder; None if nobody else can write there.
        is_writer: whether this process is the one that writes there.
    """

    folder: Path
    settings: Mapping[str, Any]
    data_sha256: str
    lock: FolderLock | None = None
    is_writer: bool = True


class Saver:
    """Saves a run and puts it back; where another process writes, it only puts it back.

    Args:
        trainer: of the run.
        kept: its kept epoch.
        place: its folder.
        minutes: between checkpoints within an epoch.
    """

    def __init__(self, trainer: Trainer, kept: KeptEpoch, place: RunPlace, minutes: float):
        self._trainer, self._kept, self._place = trainer, kept, place
        self._seconds = 60.0 * minutes
        self._store = CheckpointStore({**trainer.state(), **kept.state()}, place.folder)
        self._saved = (0, 0)  # before the first step there is nothing to save
        self._saved_at = time.monotonic()
        self._inode = os.stat(place.settings["data"]).st_ino

    @property
    def is_due(self) -> bool:
        """Whether the last checkpoint is older than it may be."""
        return self._place.is_writer and time.monotonic() - self._saved_at >= self._seconds

    def restore(self) -> list[str] | None:
        """Reads the newest checkpoint that is whole, and puts the tables back as they were then.

        Returns:
            What was damaged, in sentences; None if there is no checkpoint.

        Raises:
            InputError: if there are checkpoints, but none that is whole.
        """
        if self._place.is_writer:
            self._store.remove_leftovers()
        found = self._store.restore()
        if found is None:
            return None
        self._kept.on_restored(any(map(KeptEpoch.are_in, found.names)))
        self._saved = self._moment()
        if (
            found.manifest is None or not self._place.is_writer
        ):  # lost: tables are cut off at the step that they are gone on with
            return list(found.notes)
        tables = found.manifest.tables
        return [*found.notes, *(note for name in TABLES if (note := self._put_back(name, tables.get(name))))]

    def save(self) -> None:
        """Writes a checkpoint, unless there is one of this moment.

        Raises:
            InputError: if weights are not finite, the face file was written to, or another process has
                taken the folder over.
        """
        if not self._place.is_writer or self._saved == self._moment():
            return
        if self._place.lock is not None:
            self._place.lock.check()
        self._check_data()
        if not self._trainer.is_finite():
            raise InputError(
                f"step {self._trainer.step}: weights are not finite, so they are not saved. {self.where()}"
            )
        self._store.save(
            Manifest(self._trainer.step, {}, self._place.settings, self._place.data_sha256, self._tables())
        )
        self._saved, self._saved_at = self._moment(), time.monotonic()

    def _check_data(self) -> None:
        """Raises InputError if the face file was written to; one that was replaced is read on as it was."""
        path = self._place.settings["data"]
        with contextlib.suppress(FileNotFoundError):
            is_same = os.stat(path).st_ino == self._inode
            if is_same and provenance.sha256(path) != self._place.data_sha256:
                raise InputError(
                    f"{path}: was changed while it was trained on, so nothing more is saved. Put the file "
                    f"back as it was to go on. {self.where()}"
                )

    def where(self) -> str:
        """Says what the last checkpoint is, as a sentence."""
        if not self._place.is_writer:
            return "The first worker has the last checkpoint."
        if self._store.last is None:
            return "No step was saved yet."
        return f"The last checkpoint is {self._store.last}, of step {self._saved[0]}."

    def _moment(self) -> tuple[int, int]:
        """The step, and whether the epoch that it ended has been validated (0 steps of the next one)."""
        return self._trainer.step, self._trainer.sums.steps_of_epoch

    def _tables(self) -> dict[str, str]:
        paths = {name: self._place.folder / name for name in TABLES}
        return {name: path.read_text(errors="replace") for name, path in paths.items() if path.is_file()}

    def _put_back(self, name: str, text: str | None) -> str:
        """Gives a table the text it had, or removes it if there was none; returns what was wrong with it."""
        path = self._place.folder / name
        if text is None:
            # A row may have the very step of the checkpoint, and comes again once the epoch is validated.
            path.unlink(missing_ok=True)
            return ""
        now = path.read_bytes() if path.is_file() else b""
        if now == text.encode():
            return ""
        path.parent.mkdir(exist_ok=True)
        atomic.write_text(path, text)
        # Rows that came after the checkpoint come again.
        return "" if now.startswith(text.encode()) else f"{path}: was damaged; put back as it was then."
