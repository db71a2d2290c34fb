"""Where pictures come from: one module for each layout, opened as "name:location"."""

import errno
import importlib
import os
from collections.abc import Sequence

from facedebias.data.records import ImportOptions, Source
from facedebias.errors import InputError
from facedebias.text import visible

# Modules are named, not imported: TensorFlow is loaded only if `tfds` is asked for.
IMPORTERS = {
    name: f"{__name__}.{name}"
    for name in ("celeba", "fairface", "folder", "imagenet", "lab", "synthetic", "table", "tfds", "utkface")
}
_WITHOUT_LOCATION = {"synthetic"}
# Collections of nothing but faces, which as non-faces would turn every figure round.
_ONLY_FACES = ("celeba:", "fairface:", "utkface:", "tfds:celeb_a")
# Sources that take all pictures of a place, so that the same cannot be both.
_OF_PLACES = {"fairface", "folder", "imagenet", "table", "utkface"}
_LONGEST = 80  # characters of a name that messages show
_WITH_FOLDERS_BELOW = {"folder", "imagenet"}


def open_source(spec: str, options: ImportOptions) -> Source:
    """Opens a source, e.g. "celeba:/data/celeba".

    Args:
        spec: "name:location"; the importer of that name says what a location is.
        options: what is wanted of it.

    Raises:
        InputError: if the name is unknown, or nothing wanted is at the location.
    """
    name, _, location = spec.partition(":")
    if name not in IMPORTERS:
        raise InputError(
            f"{spec}: unknown source {name!r}; expected name:location with a name of {', '.join(IMPORTERS)}."
        )
    if not location and name not in _WITHOUT_LOCATION:
        raise InputError(f"{spec}: no location; expected {name}:LOCATION, e.g. {name}:path/to/{name}.")
    _check_place(spec, location)
    if options.kind == "nonface" and spec.startswith(_ONLY_FACES):
        raise InputError(
            f"--nonfaces {spec}: holds faces only. Name it under --faces (facedebias evaluate: --data), and "
            "here pictures without faces, e.g. imagenet:DIR."
        )
    source: Source = importlib.import_module(IMPORTERS[name]).open_source(location, options)
    if source.num_records == 0:
        what = "faces" if options.kind == "face" else "non-faces"
        part, way_out = "", "Give a place that has some"
        if options.split:
            part, way_out = f" of split {options.split}", "Choose another --split, or leave it out"
        raise InputError(f"{spec}: holds no {what}{part}. {way_out}.")
    return source


def check_kinds(faces: Sequence[str], nonfaces: Sequence[str]) -> None:
    """Refuses pictures that are called both faces and non-faces.

    Args:
        faces: sources of faces, each "name:location" or a folder.
        nonfaces: sources of non-faces, likewise.

    Raises:
        InputError: if a folder or table is in both.
    """
    places = {place: spec for spec in faces if (place := _place(spec)) is not None}
    for spec in nonfaces:
        place = _place(spec)
        if place in places:
            raise InputError(
                f"{spec}: given as non-faces, but as faces too ({places[place]}). Give pictures "
                "without faces there."
            )
        for other, of_faces in places.items():
            if place and (_takes_in(spec, place, other) or _takes_in(of_faces, other, place)):
                raise InputError(
                    f"{spec}: given as non-faces, but {of_faces} as faces, and one folder lies in the other: "
                    "its pictures would be both. Give folders that lie beside each other."
                )


def _check_place(spec: str, location: str) -> None:
    """Refuses what no file can be called, which the system would say of every file that is looked for."""
    try:
        os.stat(location)
    except ValueError as error:
        raise InputError(f"{visible(spec)}: no name of a file, as it holds a zero byte.") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            short = f"{visible(spec[:_LONGEST])}..."
            what = f"a name of {len(location):,} letters, more than any file has"
            raise InputError(f"{short}: {what}.") from error


def _takes_in(spec: str, place: str, other: str) -> bool:
    """Whether a source at a place takes the pictures at the other place too."""
    is_deep = os.path.isdir(spec) or spec.partition(":")[0] in _WITH_FOLDERS_BELOW
    return is_deep and other.startswith(os.path.join(place, "")) and os.path.isdir(other)


def _place(spec: str) -> str | None:
    """Where the pictures of a source are of which it takes all; None for others."""
    if os.path.isdir(spec):
        return os.path.realpath(spec)
    name, _, location = spec.partition(":")
    if name not in _OF_PLACES or "\0" in location:
        return None
    return os.path.realpath(os.path.expanduser(location))
