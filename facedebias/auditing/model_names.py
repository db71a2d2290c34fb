"""What reports call models: after their folders or files, or as they were named."""

import glob
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from facedebias.scoring.loading.model_places import FILE_SUFFIXES, SAVED_MODEL_FILES, exported_file

_NAMELESS = set(FILE_SUFFIXES)  # ends of files that reports leave off


def name_models(texts: Sequence[str], default: Callable[[str], str]) -> list[tuple[str, str, Path]]:
    """Name, name of the model it is a run of, and place of each model or file.

    Names of folders are made different by numbers. A name that was given several times, or
    for a pattern of several places, stands for runs of one model.

    Args:
        texts: places, each perhaps as "name=place".
        default: names a place.
    """
    given = [part for text in texts for part in _split_name(text, default)]
    times = Counter(name for name, is_given, _ in given if is_given)
    named: list[tuple[str, str, Path]] = []
    for name, is_given, path in given:
        is_run = is_given and times[name] > 1
        taken = {other for other, _, _ in named}
        number = 1
        while (unique := name if number == 1 and not is_run else f"{name}-{number}") in taken:
            number += 1
        named.append((unique, name if is_run else unique, path))
    return named


def _split_name(text: str, default: Callable[[str], str]) -> list[tuple[str, bool, Path]]:
    name, equals, location = text.partition("=")
    # A folder may have a "=" in its own name, as in runs/alpha=0.1.
    if equals and name and "/" not in name and not Path(text).exists():
        places = sorted(glob.glob(location)) if not Path(location).exists() else [location]
        return [(name, True, Path(place)) for place in places or [location]]
    return [(default(text), False, Path(text))]


def folder_name(text: str) -> str:
    """A name for a model after its folder or file."""
    place = Path(text).resolve()
    place = place.parent if place.name in SAVED_MODEL_FILES else place
    is_exported = place.name == "export" or exported_file(place.parent) == place
    folder = place.parent if is_exported else place
    return folder.stem if folder.suffix.lower() in _NAMELESS else folder.name
