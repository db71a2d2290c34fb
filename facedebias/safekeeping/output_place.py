"""Whether a folder can be written, found out before the work whose result it is for."""

import contextlib
import os
from pathlib import Path

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.safekeeping.folder_beside import folder_beside


def real(output: Path) -> Path:
    """The place itself, whatever links lead there; with a name, which "." has not."""
    return Path(os.path.realpath(output))


def check(output: Path) -> None:
    """Makes a folder and removes it again, as permissions alone do not tell.

    Args:
        output: the folder that will be made or replaced.

    Raises:
        InputError: if that fails.
    """
    try:
        place = real(output)
        _refuse_others(output, place)
        parent = next(folder for folder in place.parents if os.path.lexists(folder))
        for part in place.relative_to(parent).parts:
            with contextlib.suppress(FileNotFoundError):
                os.lstat(parent / part)  # its name may be too long
        with folder_beside(parent / place.name):
            pass
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise cannot_be_made(output, error) from error


def cannot_be_made(output: Path, error: OSError | ValueError) -> InputError:
    """What to say where a folder could not be made."""
    reason = error.strerror if isinstance(error, OSError) else "no name of a file"
    return InputError(f"{output}: the folder cannot be made ({reason}); choose another {setting('output')}.")


def _refuse_others(output: Path, place: Path) -> None:
    """Refuses files, and folders that cannot be replaced."""
    if os.path.lexists(place) and not place.is_dir():
        raise InputError(f"{output}: exists and is no folder; choose another {setting('output')}.")
    for folder in place.parents:
        if os.path.lexists(folder) and not folder.is_dir():
            raise InputError(f"{output}: {folder} is not a folder; choose another {setting('output')}.")
    if os.path.ismount(place):
        raise InputError(
            f"{output}: a disk is mounted there, and a folder that is replaced as a whole cannot be one. "
            f"Choose a folder in it: {setting('output', str(output / 'report'))}."
        )
