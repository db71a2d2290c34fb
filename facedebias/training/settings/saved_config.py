"""`config.json`: a run's settings as they are kept beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facedebias.errors import InputError
from facedebias.reading.files import read_bytes
from facedebias.safekeeping import atomic
from facedebias.text import listed
from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import all_settings, compose, flatten

# train.py and facedebias.compare both read the folder of a run, and share no flag for that.
_START_ANEW = "Delete the folder of the run to start anew, or choose another."
# What changes no result: a run may go on with another value, and earlier versions had none.
_FREE = {"checkpoint_minutes"}


def save(config: TrainConfig, data: str, path: Path) -> None:
    """Writes the settings, and the name of the face file, as JSON."""
    atomic.write_text(path, text(to_json(config, data)))


def text(settings: Mapping[str, Any]) -> str:
    """What `save` writes of settings that `to_json` gave."""
    return json.dumps(settings, indent=2) + "\n"


def is_whole(path: Path) -> bool:
    """Whether a file holds an object of JSON, whatever is in it."""
    try:
        _read(path)
    except (InputError, OSError):
        return False
    return True


def to_json(config: TrainConfig, data: str) -> dict[str, Any]:
    """The settings as records have them, under the names of flags, and the preset's name if there is one.

    Args:
        config: of the run.
        data: the face file.
    """
    preset = {"preset": config.preset} if config.preset else {}
    return {"data": data, **preset, **flatten(config)}


def load(path: Path) -> tuple[TrainConfig, str]:
    """Reads what `save` wrote; settings that this version does not know are left out.

    Returns:
        The configuration, and the name of the face file.

    Raises:
        InputError: if the file is no JSON or lacks a setting. An older version wrote it then,
            and today's default need not be what that version did.
    """
    return parse(_read(path), path)


def parse(values: Mapping[str, Any], path: Path) -> tuple[TrainConfig, str]:
    """What `load` gives, of settings that were read.

    Args:
        values: by their names.
        path: where they were read, for messages.

    Raises:
        InputError: as `load` does.
    """
    known = {own.flag: own for own in all_settings()}
    found = {name: value for name, value in values.items() if name in known and value is not None}
    if wrong := [name for name, value in found.items() if not known[name].is_of_kind(value)]:
        raise InputError(f"{path}: {listed(wrong)} of another kind than a run writes. {_START_ANEW}")
    config = compose(found)
    if missing := sorted((flatten(config).keys() | {"data"}) - values.keys() - _FREE):
        raise InputError(
            f"{path}: has no {', '.join(missing)}; the run was started by another version of facedebias. "
            f"{_START_ANEW}"
        )
    return config, str(values["data"])


def changes(new: TrainConfig, old: TrainConfig) -> list[str]:
    """Describes each setting whose value differs, e.g. "alpha 0.01 -> 0.1"."""
    mine, theirs = flatten(new), flatten(old)
    names = [*mine, *(name for name in theirs if name not in mine)]
    return [
        f"{name} {_shown(theirs.get(name))} -> {_shown(mine.get(name))}"
        for name in names
        if mine.get(name) != theirs.get(name) and name not in _FREE
    ]


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return ",".join(value) if isinstance(value, list) else str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(read_bytes(path))
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is no JSON. {_START_ANEW}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds no settings of a run. {_START_ANEW}")
    return values
