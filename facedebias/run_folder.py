"""The folder of a run: opened for a new one, or checked before one goes on."""

import shutil
from pathlib import Path

from facedebias.config import TrainConfig
from facedebias.errors import InputError

_CONFIG, _DATA = "config.json", "data.sha256"


def open_folder(config: TrainConfig, data_sha256: str, workdir: Path, resume: bool, overwrite: bool) -> None:
    """Makes the folder of a new run, or checks that the run in it can go on.

    Args:
        config: of the run.
        data_sha256: of its face file.
        workdir: the folder.
        resume: the run in it is to go on.
        overwrite: the run in it may be deleted.

    Raises:
        InputError: if the folder, or the run in it, does not fit.
    """
    config_file = workdir / _CONFIG
    if resume and config_file.exists():
        _check_same(config, data_sha256, workdir)
        return
    if resume:
        raise InputError(f"{workdir}: no config.json, so nothing to resume. Leave out --resume.")
    if workdir.is_dir() and any(workdir.iterdir()):
        if not overwrite:
            raise InputError(
                f"{workdir}: holds files already. Choose another --output, or add --resume to continue "
                "the run in it or --overwrite to delete it."
            )
        if not config_file.exists():
            raise InputError(f"{workdir}: is not the folder of a run, so --overwrite does not delete it.")
        shutil.rmtree(workdir)
    if workdir.exists() and not workdir.is_dir():
        raise InputError(f"{workdir}: is a file. Choose another --output.")
    try:
        workdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{workdir}: cannot be made ({error.strerror}). Choose another --output.") from error
    config.save(config_file)
    (workdir / _DATA).write_text(data_sha256)


def _check_same(config: TrainConfig, data_sha256: str, workdir: Path) -> None:
    data_file = workdir / _DATA
    if data_file.exists() and data_file.read_text() != data_sha256:
        raise InputError(
            f"{config.data}: is not the file that the run in {workdir} was started with. Put that one "
            "back, or choose another folder."
        )
    if changes := config.changes_from(TrainConfig.load(workdir / _CONFIG)):
        raise InputError(
            f"{workdir}: was started with other settings ({', '.join(changes)}). Resume with the "
            "same flags, or choose another folder."
        )
