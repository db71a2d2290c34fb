"""The folder of a run: opened for a new one, or checked before one goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.safekeeping import atomic, checksums
from facedebias.safekeeping.folder_lock import FILE as LOCK
from facedebias.safekeeping.folder_lock import FolderLock, only_writer, refuse_if_held
from facedebias.training.checkpoints import manifest, started_run
from facedebias.training.config import TrainConfig
from facedebias.training.divergence import ROWS
from facedebias.training.records.metrics_table import METRICS
from facedebias.training.settings import saved_config

# What the first moments of a run write, when there is nothing yet to know a run by.
_FIRST = (started_run.CONFIG, started_run.DATA, LOCK)
_FOLDERS = ("export", "kept", "pictures", "inside")
# What a run writes and does not change after its end. Others may keep more in its folder.
_SEALED = (started_run.CONFIG, started_run.DATA, METRICS, "run.json", ROWS, *_FOLDERS)


def check_flags(resume: bool, overwrite: bool) -> None:
    """Refuses to go on with a run and to delete it at once.

    Raises:
        InputError: if both are asked for.
    """
    if resume and overwrite:
        raise InputError(
            f"{named('resume', True)} {named('overwrite', True)}: one goes on with the run in the "
            "folder, the other deletes it; give one."
        )


@dataclass(frozen=True)
class HeldFolder:
    """The folder of a run, which only this process writes to.

    Attributes:
        lock: on it.
        notes: what was found in it and mended, in sentences.
    """

    lock: FolderLock
    notes: tuple[str, ...]


@contextmanager
def held(
    config: TrainConfig, data: str, data_sha256: str, output: Path, resume: bool, overwrite: bool
) -> Iterator[HeldFolder]:
    """`open_folder`, with the folder held for this process, and without what killed processes left in it.

    Args and errors are those of `open_folder`; another process that holds the folder is an error, too.
    """
    refuse_if_held(output)
    _refuse_unfit(config, data, data_sha256, output, resume, overwrite)
    _make(output)
    with only_writer(output) as (lock, took_over):
        if is_run(output):
            _remove_leftovers(output)
        for name in _FIRST:
            atomic.remove_partial(output / name)
        mended = started_run.mend(output) if resume else []
        moved = open_folder(config, data, data_sha256, output, resume, overwrite)
        if resume and not manifest.numbers(output / manifest.FOLDER):
            mended.append(f"{output}: no checkpoint to go on from; starting from the beginning")
        (output / checksums.NAME).unlink(missing_ok=True)  # true again at the end of the run
        yield HeldFolder(lock, tuple(note for note in (took_over, *mended, moved) if note))


def open_folder(
    config: TrainConfig, data: str, data_sha256: str, output: Path, resume: bool, overwrite: bool
) -> str:
    """Makes the folder of a new run, or checks that the run in it can go on.

    Args:
        config: of the run.
        data: its face file.
        data_sha256: of that.
        output: the folder.
        resume: the run in it is to go on.
        overwrite: the run in it may be deleted.

    Returns:
        What `check_data` does.

    Raises:
        InputError: if the folder, or the run in it, does not fit.
    """
    _refuse_unfit(config, data, data_sha256, output, resume, overwrite)
    if resume and started_run.has_settings(output):
        return check_data(data, data_sha256, output)
    if overwrite:
        # Last what tells that this was a run: after a kill, the rest may still be deleted.
        for path in sorted(contents(output), key=lambda path: path.name == started_run.CONFIG):
            atomic.remove(path)
    _make(output)
    saved_config.save(config, data, output / started_run.CONFIG)
    atomic.write_text(output / started_run.DATA, data_sha256)
    return ""


def seal(output: Path) -> None:
    """Writes the checksums of a run's files, the last thing of a run."""
    checksums.write(output, _SEALED)


def end_finished(output: Path) -> None:
    """Does what is left to do for a run whose process was killed after it wrote `run.json`.

    Raises:
        InputError: if a process holds the folder.
    """
    if _is_sealed(output) and not (output / LOCK).exists():
        return
    with only_writer(output):
        _remove_leftovers(output)  # may put an export back
        if not _is_sealed(output):
            seal(output)


def _is_sealed(output: Path) -> bool:
    """Whether a run has the checksums that it gets; those with an export of earlier versions get none."""
    return not (output / "export" / checksums.NAME).exists() or (output / checksums.NAME).exists()


def _refuse_unfit(
    config: TrainConfig, data: str, data_sha256: str, output: Path, resume: bool, overwrite: bool
) -> None:
    check_flags(resume, overwrite)
    if output.exists() and not output.is_dir():
        raise InputError(f"{output}: is a file. Choose another folder.")
    if resume:
        _refuse_to_resume(config, data, data_sha256, output)
    elif contents(output):
        if not overwrite:
            raise InputError(
                f"{output}: holds files already. Choose another folder, or empty this one. Training goes on "
                f"with a run in it by {named('resume', True)}, and deletes it by {named('overwrite', True)}."
            )
        if not is_run(output):
            raise InputError(
                f"{output}: is not the folder of a run, so {named('overwrite')} does not delete it."
            )


def _refuse_to_resume(config: TrainConfig, data: str, data_sha256: str, output: Path) -> None:
    if not is_run(output):
        raise InputError(f"{output}: no config.json, so nothing to resume. Leave out {named('resume')}.")
    if not started_run.has_settings(output):  # nothing was saved either
        return
    check_data(data, data_sha256, output)
    if changes := changed_settings(config, data, output):
        raise InputError(
            f"{output}: was started with other settings ({', '.join(changes)}). Resume with the "
            "same flags, or choose another folder."
        )


def is_run(output: Path) -> bool:
    """Whether a folder holds a run: its settings, or a checkpoint, which tells them as well."""
    return (output / started_run.CONFIG).exists() or manifest.newest(output) is not None


def contents(output: Path) -> list[Path]:
    """What is in a folder, if there is one, but for locks and what somebody has not finished writing."""
    if not output.is_dir():
        return []
    return [path for path in output.iterdir() if path.name != LOCK and not atomic.is_partial(path.name)]


def _make(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made ({error.strerror}). Choose another folder.") from error


def _remove_leftovers(output: Path) -> None:
    """Removes what runs left that were killed, and nothing that other commands may write there."""
    for name in (*_SEALED, checksums.NAME, LOCK):
        atomic.remove_partial(output / name)
    for name in (*_FOLDERS, manifest.FOLDER):
        atomic.remove_leftovers(output / name)
    for path in output.glob("kept/*_temp*"):  # as TensorFlow calls them
        atomic.remove(path)


def check_data(data: str, data_sha256: str, output: Path) -> str:
    """Holds the face file against the one that the run in a folder was started with.

    Its content counts, not its name: a file may be moved, linked to, or named in another way.

    Args:
        data: face file of the run that goes on.
        data_sha256: of that.
        output: the folder.

    Returns:
        A sentence if the same content goes by another name; empty otherwise.

    Raises:
        InputError: if the content differs.
    """
    (_, started), known = started_run.settings(output), started_run.data_sha256(output, data_sha256)
    if known is None or (known == data_sha256 and started == data):
        return ""
    if known == data_sha256:
        return f"data: {data} has the content of {started}, which the run was started with (SHA-256 agrees)"
    raise InputError(
        f"{data}: is not the file that the run in {output} was started with, {started}: its content "
        f"differs (SHA-256 {data_sha256[:8]}... and {known[:8]}...). Put that one back, or choose another "
        "folder."
    )


def changed_settings(config: TrainConfig, data: str, output: Path) -> list[str]:
    """Describes what differs from the run in a folder, e.g. "alpha 0.01 -> 0.1".

    The name of the face file counts only where its content is not known, see `check_data`.
    """
    started, theirs = started_run.settings(output)
    moved = theirs != data and started_run.data_sha256(output) is None
    return ([f"data {theirs} -> {data}"] if moved else []) + saved_config.changes(config, started)
