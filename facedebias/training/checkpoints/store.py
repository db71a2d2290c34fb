"""The checkpoints of a run: written beside the one before, and the newest that is whole read back."""

import contextlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tensorflow as tf

from facedebias.errors import InputError
from facedebias.safekeeping import atomic
from facedebias.safekeeping.checksums import file_sha256
from facedebias.text import counted
from facedebias.training.checkpoints import manifest
from facedebias.training.checkpoints.manifest import Fault, Manifest

_NUM_KEPT = 2
# What TensorFlow raises of files that are damaged, or of another model.
_READ_ERRORS = (tf.errors.OpError, ValueError, TypeError, KeyError, IndexError)
OF_MACHINE = (
    tf.errors.ResourceExhaustedError,
    tf.errors.PermissionDeniedError,
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)
"""What it raises where the machine lacks something, which says nothing of the files."""
# What it raises of bytes that cannot have been written so.
_OF_DAMAGE = (
    tf.errors.DataLossError,
    tf.errors.NotFoundError,
    tf.errors.OutOfRangeError,
    tf.errors.InvalidArgumentError,
)


@dataclass(frozen=True)
class Restored:
    """A checkpoint that was read.

    Attributes:
        path: of its files, without their endings.
        manifest: what it says of itself; None of one by an earlier version, or if that is lost.
        notes: what was wrong with newer ones, in sentences.
        names: of the tensors in it.
    """

    path: Path
    manifest: Manifest | None
    notes: tuple[str, ...]
    names: frozenset[str]


class CheckpointStore:
    """Saves and restores the state of a run.

    Args:
        state: what a checkpoint holds, as `tf.train.Checkpoint` takes it.
        run: folder of the run.
    """

    def __init__(self, state: Mapping[str, Any], run: Path):
        self.folder = run / manifest.FOLDER
        self._checkpoint = tf.train.Checkpoint(**state)
        self.last: Path | None = None
        """The last one that was saved or restored."""
        self._passed_over: frozenset[int] = frozenset()

    def save(self, about: Manifest) -> Path:
        """Writes the state as it is now, and removes all that are older than the two newest checkpoints.

        Those that `restore` passed over and left are not counted.

        Args:
            about: what to say of it; its `files` are filled in here.
        """
        self.folder.mkdir(exist_ok=True)
        number = max(manifest.numbers(self.folder), default=0) + 1
        prefix = self._prefix(number)
        with contextlib.ExitStack() as undo:
            undo.callback(self._remove, number)  # half of one on a full disk is of no use
            self._checkpoint.write(str(prefix))
            files = {path.name: file_sha256(path) for path in self._files(number)}
            replace(about, files=files).save(manifest.path_of(self.folder, number))
            undo.pop_all()
        self.last = prefix
        self._prune()
        return prefix

    def restore(self) -> Restored | None:
        """Reads the newest checkpoint that is whole; removes newer ones that are damaged for good.

        Returns:
            None if nothing was ever saved.

        Raises:
            InputError: if there are checkpoints, and none of them is whole.
            OSError, tf.errors.OpError: if the machine lacks what reading takes: memory, rights, open files.
        """
        faults: dict[int, Fault] = {}
        for number in manifest.numbers(self.folder):
            about = manifest.load(manifest.path_of(self.folder, number))
            fault = _fault_of(about, self._prefix(number)) or self._fault_on_reading(number, about)
            if fault is None:
                return self._found(number, about, faults)
            faults[number] = fault
        if faults:
            told = "; ".join(f"{self._prefix(number).name}: {fault.told}" for number, fault in faults.items())
            raise InputError(
                f"{self.folder}: {counted(len(faults), 'checkpoint')}, and none is whole ({told}). Put back "
                "a copy of one if you have it. Otherwise delete the folder of the run to start anew."
            )
        return None

    def remove_leftovers(self) -> None:
        """Removes what a killed writer left of a checkpoint that was not finished."""
        for path in self.folder.glob("*_temp*") if self.folder.is_dir() else ():
            atomic.remove(path)
        for number, endings in manifest.numbers(self.folder).items():
            if not {"json", "index"} & set(endings):
                self._remove(number)

    def _found(self, number: int, about: Manifest | None, faults: Mapping[int, Fault]) -> Restored:
        prefix, notes = self._prefix(number), []
        for other, fault in faults.items():
            what = "is damaged" if fault.is_lasting else "cannot be used, and is left as it is"
            notes.append(f"{self._prefix(other)}: {what} ({fault.told}).")
            if fault.is_lasting:
                self._remove(other)
        if notes:
            notes.append(f"Going on from {prefix.name}, which is whole; nothing else changes.")
        self._passed_over = frozenset(faults)
        self.last = prefix
        names = frozenset(name for name, _ in tf.train.list_variables(str(prefix)))
        return Restored(prefix, about, tuple(notes), names)

    def _fault_on_reading(self, number: int, about: Manifest | None) -> Fault | None:
        """Reads a checkpoint into the state; returns what is wrong with it, None for nothing."""
        try:
            self._checkpoint.read(str(self._prefix(number))).expect_partial()
        except _READ_ERRORS as error:
            fault = _explained(error)
            # Files whose checksums agree are whole: they may be of another version.
            return fault if about is None else replace(fault, is_lasting=False)
        return None

    def _prefix(self, number: int) -> Path:
        return self.folder / f"{manifest.PREFIX}{number}"

    def _files(self, number: int) -> list[Path]:
        return sorted(self.folder.glob(f"{manifest.PREFIX}{number}.*"))

    def _remove(self, number: int) -> None:
        # Its manifest first: without one nobody takes what is left for whole.
        for path in sorted(self._files(number), key=lambda path: path.suffix != ".json"):
            atomic.remove(path)
        shutil.rmtree(self.folder / f"{manifest.PREFIX}{number}_temp", ignore_errors=True)

    def _prune(self) -> None:
        found = list(manifest.numbers(self.folder))
        kept = [number for number in found if number not in self._passed_over][:_NUM_KEPT]
        for number in found:
            if number < kept[-1]:
                self._remove(number)
        # For TensorFlow's own tools; nothing here reads it.
        lines = [f'model_checkpoint_path: "{manifest.PREFIX}{kept[0]}"\n']
        lines += [f'all_model_checkpoint_paths: "{manifest.PREFIX}{number}"\n' for number in reversed(kept)]
        atomic.write_text(self.folder / "checkpoint", "".join(lines))


def _fault_of(about: Manifest | None, prefix: Path) -> Fault | None:
    """What is wrong with the files of a checkpoint; None for nothing."""
    if about is not None:
        return manifest.fault_of(about, prefix.parent)
    # Of an earlier version: TensorFlow has a checksum in front of each tensor, and looks as it reads.
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except _READ_ERRORS as error:
        return _explained(error)
    return None


def _explained(error: Exception) -> Fault:
    """What an error on reading says of a checkpoint; raises it if that is nothing."""
    if isinstance(error, OF_MACHINE):
        raise error
    told = (str(error).splitlines() or [type(error).__name__])[0]
    return Fault(told, is_lasting=isinstance(error, _OF_DAMAGE))
