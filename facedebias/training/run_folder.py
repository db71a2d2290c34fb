"""The folder of a run: opened for a new one, or checked before one goes on."""

import shutil
from pathlib import Path

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.training.config import TrainConfig
from facedebias.training.settings import saved_config

_CONFIG, _DATA = "config.json", "data.sha256"


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
    check_flags(resume, overwrite)
    config_file = output / _CONFIG
    if resume and config_file.exists():
        moved = check_data(data, data_sha256, output)
        if changes := changed_settings(config, data, output):
            raise InputError(
                f"{output}: was started with other settings ({', '.join(changes)}). Resume with the "
                "same flags, or choose another folder."
            )
        return moved
    if resume:
        raise InputError(f"{output}: no config.json, so nothing to resume. Leave out {named('resume')}.")
    if output.is_dir() and any(output.iterdir()):
        if not overwrite:
            raise InputError(
                f"{output}: holds files already. Choose another folder, or empty this one. Training goes on "
                f"with a run in it by {named('resume', True)}, and deletes it by {named('overwrite', True)}."
            )
        if not config_file.exists():
            raise InputError(
                f"{output}: is not the folder of a run, so {named('overwrite')} does not delete it."
            )
        shutil.rmtree(output)
    if output.exists() and not output.is_dir():
        raise InputError(f"{output}: is a file. Choose another folder.")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made ({error.strerror}). Choose another folder.") from error
    saved_config.save(config, data, config_file)
    (output / _DATA).write_text(data_sha256)
    return ""


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
    (_, started), known = saved_config.load(output / _CONFIG), _started_sha256(output)
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
    started, theirs = saved_config.load(output / _CONFIG)
    moved = theirs != data and _started_sha256(output) is None
    return ([f"data {theirs} -> {data}"] if moved else []) + saved_config.changes(config, started)


def _started_sha256(output: Path) -> str | None:
    """Of the face file that the run was started with; None if it was not kept."""
    file = output / _DATA
    return (file.read_text(errors="replace").strip() or None) if file.exists() else None
