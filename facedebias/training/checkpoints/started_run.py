"""What the run in a folder was started with, also where `config.json` or `data.sha256` are damaged."""

from pathlib import Path

from facedebias.errors import InputError
from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.safekeeping import atomic
from facedebias.training.checkpoints import manifest
from facedebias.training.config import TrainConfig
from facedebias.training.settings import saved_config

CONFIG, DATA = "config.json", "data.sha256"
_MOST_BYTES = 1000  # of a checksum


def settings(run: Path) -> tuple[TrainConfig, str]:
    """The configuration, and the name of the face file.

    Those that the newest checkpoint tells count first: it knows by a checksum that they are whole.

    Raises:
        InputError: if they are damaged, or of another version.
    """
    if (about := manifest.newest(run)) is not None:
        return saved_config.parse(about.settings, run / CONFIG)
    return saved_config.load(run / CONFIG)


def has_settings(run: Path) -> bool:
    """Whether a folder has settings that can be read.

    Without them and without a checkpoint, nothing is lost by starting anew.
    """
    if not (run / CONFIG).exists() and manifest.newest(run) is None:
        return False
    if manifest.numbers(run / manifest.FOLDER):
        return True
    return saved_config.is_whole(run / CONFIG)


def data_sha256(run: Path, ours: str = "") -> str | None:
    """SHA-256 of the face file that the run was started with; None if it was not kept.

    Args:
        run: the folder.
        ours: of the face file that it goes on with; a torn `data.sha256` has the beginning of it.
    """
    if (about := manifest.newest(run)) is not None:
        return about.data_sha256
    file = run / DATA
    known = _content(file).decode(errors="replace").strip()
    return None if not known or (known != ours and ours.startswith(known)) else known


def mend(run: Path) -> list[str]:
    """Writes the two files anew where the newest checkpoint says something else.

    Returns:
        What was mended, in sentences.
    """
    about = manifest.newest(run)
    if about is None:
        if (run / CONFIG).exists() and not has_settings(run):
            return [f"{run / CONFIG}: was damaged, and nothing was saved yet"]
        return []
    notes = []
    if not _agrees(run / CONFIG, settings(run)[0]):
        atomic.write_text(run / CONFIG, saved_config.text(about.settings))
        notes.append(f"{run / CONFIG}: was damaged; put back as the newest checkpoint has it")
    file = run / DATA
    if _content(file).strip() != about.data_sha256.encode():
        atomic.write_text(file, about.data_sha256)
        notes.append(f"{file}: was damaged; put back as the newest checkpoint has it")
    return notes


def _content(file: Path) -> bytes:
    """What a small file holds; nothing if there is none, or something that is no file."""
    try:
        return inner_file.read_regular(file, _MOST_BYTES)
    except (FileNotFoundError, RefusedFileError):
        return b""


def _agrees(path: Path, config: TrainConfig) -> bool:
    try:
        found, _ = saved_config.load(path)  # the face file may have moved since
    except (InputError, OSError):
        return False
    return not saved_config.changes(found, config)
