"""Any pictures of faces: `folder:DIR`, with a folder for each group, e.g. `DIR/LF/1.png`.

The names of the folders become the values of the attribute "group". A picture is taken
whole if it is square; otherwise the largest square in its middle is.
"""

import functools
from collections.abc import Iterator

from facedebias.data.importers.pictures import (
    centre_square,
    existing_folder,
    load_picture,
    picture_names,
    subfolders,
)
from facedebias.data.records import ImportOptions, Record, Source
from facedebias.errors import InputError


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a folder of groups: pictures with the attribute "group", without a partition."""
    folder = existing_folder("folder", location)
    groups = {path.name: picture_names(path) for path in subfolders(folder)}
    if not groups:
        raise InputError(
            f"folder:{location}: no group folders in it; expected pictures as {location}/<group>/1.png. "
            "Put the pictures of each group into a folder of its own."
        )
    for group, names in groups.items():
        if not names:
            raise InputError(
                f"folder:{location}: no pictures in the group folder {group!r}. Fill or remove it."
            )

    def records() -> Iterator[Record]:
        for code, (group, names) in enumerate(groups.items()):
            for name in names:
                load = functools.partial(load_picture, folder / group / name, options.size, centre_square)
                yield Record(load, f"{group}/{name}", {"group": code})

    return Source("folder", sum(map(len, groups.values())), records, {"group": tuple(groups)})
