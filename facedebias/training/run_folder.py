"""The folder of a run: opened for a new one, or checked before one goes on."""

import dataclasses
import shutil
from pathlib import Path

from facedebias.errors import InputError
from facedebias.training.config import TrainConfig

_CONFIG, _DATA = "config.json", "data.sha256"


def check_flags(resume: bool, overwrite: bool) -> None:
    """Refuses to go on with a run and to delete it at once.

    Raises:
        InputError: if both are asked for.
    """
    if resume and overwrite:
        raise InputError(
            "--resume --overwrite: one goes on with the run in the folder, the other deletes it; give one."
        )


def open_folder(config: TrainConfig, data_sha256: str, workdir: Path, resume: bool, overwrite: bool) -> str:
    """Makes the folder of a new run, or checks that the run in it can go on.

    Args:
        config: of the run.
        data_sha256: of its face file.
        workdir: the folder.
        resume: the run in it is to go on.
        overwrite: the run in it may be deleted.

    Returns:
        What `check_data` does.

    Raises:
        InputError: if the folder, or the run in it, does not fit.
    """
    check_flags(resume, overwrite)
    config_file = workdir / _CONFIG
    if resume and config_file.exists():
        moved = check_data(config, data_sha256, workdir)
        if changes := changed_settings(config, workdir):
            raise InputError(
                f"{workdir}: was started with other settings ({', '.join(changes)}). Resume with the "
                "same flags, or choose another folder."
            )
        return moved
    if resume:
        raise InputError(f"{workdir}: no config.json, so nothing to resume. Leave out --resume.")
    if workdir.is_dir() and any(workdir.iterdir()):
        if not overwrite:
            raise InputError(
                f"{workdir}: holds files already. Choose another folder, or empty this one. train.py goes on "
                "with a run in it by --resume, and deletes it by --overwrite."
            )
        if not config_file.exists():
            raise InputError(f"{workdir}: is not the folder of a run, so --overwrite does not delete it.")
        shutil.rmtree(workdir)
    if workdir.exists() and not workdir.is_dir():
        raise InputError(f"{workdir}: is a file. Choose another folder.")
    try:
        workdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{workdir}: cannot be made ({error.strerror}). Choose another folder.") from error
    config.save(config_file)
    (workdir / _DATA).write_text(data_sha256)
    return ""


def check_data(config: TrainConfig, data_sha256: str, workdir: Path) -> str:
    """Holds the face file against the one that the run in a folder was started with.

    Its content counts, not its name: a file may be moved, linked to, or named in another way.

    Args:
        config: of the run that goes on.
        data_sha256: of its face file.
        workdir: the folder.

    Returns:
        A sentence if the same content goes by another name; empty otherwise.

    Raises:
        InputError: if the content differs.
    """
    started, known = TrainConfig.load(workdir / _CONFIG).data, _started_sha256(workdir)
    if known is None or (known == data_sha256 and started == config.data):
        return ""
    if known == data_sha256:
        return (
            f"data: {config.data} has the content of {started}, which the run was started with (SHA-256 "
            "agrees)"
        )
    raise InputError(
        f"{config.data}: is not the file that the run in {workdir} was started with, {started}: its content "
        f"differs (SHA-256 {data_sha256[:8]}... and {known[:8]}...). Put that one back, or choose another "
        "folder."
    )


def changed_settings(config: TrainConfig, workdir: Path) -> list[str]:
    """Describes what differs from the run in a folder, e.g. "alpha 0.01 -> 0.1".

    The name of the face file counts only where its content is not known, see `check_data`.
    """
    started = TrainConfig.load(workdir / _CONFIG)
    if _started_sha256(workdir) is not None:
        started = dataclasses.replace(started, data=config.data)
    return config.changes_from(started)


def _started_sha256(workdir: Path) -> str | None:
    """Of the face file that the run was started with; None if it was not kept."""
    file = workdir / _DATA
    return (file.read_text(errors="replace").strip() or None) if file.exists() else None
