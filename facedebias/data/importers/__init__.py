"""Where pictures come from: one module for each layout, opened as "name:location"."""

import importlib

from facedebias.data.records import ImportOptions, Source
from facedebias.errors import InputError

# Modules are named, not imported: TensorFlow is loaded only if `tfds` is asked for.
IMPORTERS = {
    name: f"{__name__}.{name}"
    for name in ("celeba", "fairface", "folder", "imagenet", "lab", "synthetic", "tfds", "utkface")
}
_WITHOUT_LOCATION = {"synthetic"}


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
    source: Source = importlib.import_module(IMPORTERS[name]).open_source(location, options)
    if source.num_records == 0:
        part = f" of split {options.split!r}" if options.split else ""
        raise InputError(f"{spec}: holds no {options.kind} pictures{part}. Choose another source or --split.")
    return source
