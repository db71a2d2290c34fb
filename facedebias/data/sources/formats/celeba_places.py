"""Where CelebA's pictures and lists lie: in folders or zip files, as people unpack and repack them."""

import dataclasses
import functools
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NoReturn

from facedebias.data.sources.formats.tree import (
    OTHER,
    Found,
    Tally,
    is_archive_name,
    is_left_behind,
    is_picture_name,
    subfolders,
    walk,
)
from facedebias.errors import InputError
from facedebias.reading.archives import Archive
from facedebias.reading.files import check_file, read_bytes
from facedebias.text import listed, visible

PICTURES = "img_align_celeba"
LISTS = ATTRIBUTES, IDENTITIES, PARTITION = "list_attr_celeba", "identity_CelebA", "list_eval_partition"
WHERE = "Get it from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"

_PLACES = (f"{PICTURES}.zip", PICTURES, f"{PICTURES}_png", f"{PICTURES}_png.zip")
_OFFICIAL = ("Img", "Anno", "Eval")
_READ = (".txt", ".csv")
# A list of another name or format must not pass unseen: its attributes would all be unknown.
_BEGINNINGS = {ATTRIBUTES: "list_attr", IDENTITIES: "identity_celeba", PARTITION: "list_eval"}


@dataclasses.dataclass(frozen=True)
class ListFile:
    """A text file of CelebA.

    Attributes:
        where: names it in messages.
        content: reads it.
    """

    where: str
    content: Callable[[], bytes]


@dataclasses.dataclass(frozen=True)
class Place:
    """Pictures, and the lists in the same zip file.

    Attributes:
        path: the folder or zip file.
        members: bare name of each picture -> where in the place it is, sorted by name.
        read: reads a picture by its bare name, from any thread.
        files: where in a zip file other files lie; empty for a folder.
        read_file: reads one of these.
        notes: what else is in the place.
    """

    path: Path
    members: dict[str, str]
    read: Callable[[str], bytes]
    files: list[str]
    read_file: Callable[[str], bytes]
    notes: tuple[str, ...]


def key(name: str) -> str:
    """What pictures and lists are matched by: a name without folder, suffix and leading zeros."""
    bare = _bare(name)
    stem = bare.rpartition(".")[0] if is_picture_name(bare) else bare
    return stem.lstrip("0") or "0" if stem.isascii() and stem.isdecimal() else stem


def open_place(root: Path) -> Place:
    """Finds and opens the pictures: `root` itself, or what lies in it.

    Raises:
        InputError: if there are none, they are in an archive of another kind, or two have one name.
    """
    path, notes = _find_pictures(root) if root.is_dir() else (root, [])
    place = _open_folder(path) if path.is_dir() else _open_zip(path)
    return dataclasses.replace(place, notes=(*notes, *place.notes))


def find_lists(root: Path, place: Place) -> tuple[dict[str, list[ListFile]], list[str]]:
    """All lists that belong to the pictures, by kind; and notes on those that are passed over.

    Raises:
        InputError: if a list has a name or format under which it would not be read.
    """
    found: dict[str, list[ListFile]] = {kind: [] for kind in LISTS}
    strays: dict[str, list[str]] = {kind: [] for kind in LISTS}
    for where, content in _candidates(root, place):
        name = PurePosixPath(where).name.lower()
        stem, suffix = os.path.splitext(name)
        for kind in LISTS:
            if stem == kind.lower() and suffix in _READ:
                found[kind].append(ListFile(where, content))
            elif name.startswith(_BEGINNINGS[kind]):
                strays[kind].append(where)
    notes = []
    for kind, others in strays.items():
        if others and not found[kind]:
            raise InputError(
                f"{visible(others[0])}: looks like one of CelebA's lists but cannot be read under this name; "
                f"expected {kind}.txt or {kind}.csv. Unpack or rename it, or move it elsewhere."
            )
        notes += [f"{visible(where)} was not read; {found[kind][0].where} was." for where in others]
    return found, notes


def _find_pictures(root: Path) -> tuple[Path, list[str]]:
    """Where the pictures are, and what is passed over for it."""
    places = [root / part / name for part in ("", "Img") for name in _PLACES]
    if found := [place for place in places if place.exists()]:
        return found[0], [f"{found[0].name} was read; {place.name} beside it was not." for place in found[1:]]
    if _holds_pictures(root):
        return root, []
    archives = sorted(
        path for part in ("", "Img") for path in (root / part).glob("*") if is_archive_name(path.name)
    )
    zipped = [path for path in archives if path.suffix.lower() == ".zip"]
    if len(zipped) == 1:
        return zipped[0], []
    if zipped:
        names = listed([path.name for path in zipped])
        raise InputError(f"{root}: several zip files ({names}). Give the one of the pictures, celeba:FILE.")
    if archives:
        _refuse_file(archives[0])
    others = [folder.name for folder in subfolders(root) if _holds_pictures(folder)]
    way_out = f"If {listed(others)} holds them, give celeba:{root}/{others[0]}. " if others else ""
    raise InputError(f"{root}: neither {PICTURES}.zip nor {PICTURES}/. {way_out}{WHERE}.")


def _holds_pictures(folder: Path) -> bool:
    return any(is_picture_name(name) and not is_left_behind(name) for name in os.listdir(folder))


def _refuse_file(path: Path) -> NoReturn:
    if not is_archive_name(path.name):
        raise InputError(f"{path}: is neither a folder nor a zip file. Give that of the pictures.")
    raise InputError(
        f"{path}: is an archive of a kind that is not read here; expected a zip file or a folder. Unpack it "
        "(7-Zip does) and give the folder, celeba:DIR."
    )


def _open_folder(path: Path) -> Place:
    tally = Tally()
    members = _by_name(path, list(tally.pictures(walk(path))))

    def read(name: str) -> bytes:
        return read_bytes(path / members[name])

    return Place(path, members, read, [], read, tally.notes())


def _open_zip(path: Path) -> Place:
    check_file(path)
    if not zipfile.is_zipfile(path) and path.suffix.lower() != ".zip":
        _refuse_file(path)
    archive = Archive(path, str(path))
    named = [
        name for name in archive.names if not any(map(is_left_behind, name.replace("\\", "/").split("/")))
    ]
    members = _by_name(path, [name for name in named if is_picture_name(name)])
    files = [name for name in named if not is_picture_name(name)]
    nested = [name for name in files if os.path.splitext(name)[1].lower() in {".zip", ".7z"}]
    if nested and not members:
        raise InputError(f"{path}: holds no pictures but {visible(nested[0])}. Unpack it and give that file.")
    tally = Tally()
    list(tally.pictures(Found(name, OTHER) for name in files if not _is_of_celeba(name)))

    def read_list(name: str) -> bytes:
        try:
            return archive.read(name)
        except ValueError as error:
            raise InputError(f"{path}/{visible(name)}: {error}. Copy the zip file again.") from error

    return Place(path, members, lambda name: archive.read(members[name]), files, read_list, tally.notes())


def _is_of_celeba(path: str) -> bool:
    """Whether a file is one of CelebA's own lists, read or not: list_bbox_celeba.txt and the like."""
    return _bare(path).lower().startswith(("list_", "identity_celeba"))


def _by_name(place: Path, paths: list[str]) -> dict[str, str]:
    """Bare name -> path, sorted by name: the lists name the bare files."""
    found: dict[str, str] = {}
    for path in paths:
        if (other := found.get(key(path))) is not None:
            raise InputError(
                f"{place}: {visible(other)} and {visible(path)} have one name, so that no list can tell them "
                "apart. Remove one of them."
            )
        found[key(path)] = path
    return {_bare(path): path for path in sorted(found.values(), key=_bare)}


def _bare(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _candidates(root: Path, place: Place) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for name in place.files:
        yield f"{place.path}/{name}", functools.partial(place.read_file, name)
    for folder in _folders(root, place.path):
        for path in sorted(folder.iterdir()):
            if not path.is_dir() and not is_left_behind(path.name):
                yield str(path), functools.partial(read_bytes, path)


def _folders(root: Path, place: Path) -> list[Path]:
    """Where lists may lie: beside the pictures, among them, and in folders beside them."""
    base = root if root.is_dir() else root.parent
    folders = [base, *(base / name for name in _OFFICIAL)]
    if root.is_dir() and place != root:
        # Some copies have a folder for each list.
        folders += [folder for folder in subfolders(root) if folder != place]
    if place.is_dir():
        folders += [place, *subfolders(place)[:1]]
    above = base.resolve()
    while above == place.resolve() or above.name == "Img" or above.name.startswith(PICTURES):
        above = above.parent
        folders += [above, *(above / name for name in _OFFICIAL)]
    return list(dict.fromkeys(folder for folder in folders if folder.is_dir()))
