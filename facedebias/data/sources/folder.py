"""Any pictures: `folder:DIR`, faces with a folder for each group, e.g. `DIR/LF/1.png`.

The names of the folders become the values of the attribute "group". Pictures may lie below
folders of people, e.g. `DIR/asian_females/n000001/1.jpg` as in BFW; these become identities. Of
pictures without faces groups mean nothing, and they may lie anywhere in DIR. A picture is taken
whole if it is square; otherwise the largest square in its middle is.

J. P. Robinson et al., Face Recognition: Too Bias, or Not Too Bias?, CVPR 2020 workshops (BFW).
"""

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from facedebias.data.records import MAX_VALUES, UNKNOWN, ImportOptions, Record, Source
from facedebias.data.sources.formats.parts import PART_NAMES
from facedebias.data.sources.formats.picture_files import centre_square, existing_folder, load_picture
from facedebias.data.sources.formats.tree import Tally, subfolders, unpack_first, walk
from facedebias.data.wordnet import is_excluded
from facedebias.errors import InputError
from facedebias.text import counted, listed, visible

# Folders of these names are parts of a data set or mere containers, not groups or people.
_CONTAINERS = PART_NAMES | {"images", "imgs", "img", "pictures", "photos", "faces", "data"}
# Aaron_Eckhart/Aaron_Eckhart_0001.jpg, as in Labeled Faces in the Wild.
_PERSON = re.compile(r"[A-Z][^/]*(?:_[^/_]+)+")
_FEW = 10  # pictures of a person, on average; groups have more
# n000001 as in VGGFace2, m.0107_f as in MS-Celeb-1M, 0000045 as in CASIA-WebFace.
_PERSON_ID = re.compile(r"n\d{6}|m\.\w+|\d{5,}")
_NO_FACES = {"nonface", "nonfaces", "noface", "nofaces", "notface", "notfaces", "background", "backgrounds"}


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a folder: faces with the attribute "group", or pictures without; no partition."""
    folder = existing_folder("folder", location)
    tally = Tally()
    paths = list(tally.pictures(walk(folder)))
    if options.kind == "face":
        return _Groups.of(location, folder, paths, tally).source(folder, options, tally)
    if not paths:
        raise InputError(
            f"folder:{location}: no pictures in it or its subfolders. Give the folder that holds them."
            f"{unpack_first(tally)}"
        )
    records = _records(folder, [(path, {}, UNKNOWN) for path in paths], options.size)
    return Source("folder", len(paths), records, {}, (*_notes_on_people(paths), *tally.notes()))


@dataclass(frozen=True)
class _Groups:
    """Pictures by group, in order.

    Attributes:
        members: group -> paths of its pictures.
        people: folder of a person -> number; empty if the folders below groups are no people.
        notes: what is read in which way, and what is not.
    """

    members: Mapping[str, Sequence[str]]
    people: Mapping[str, int]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, location: str, folder: Path, paths: Sequence[str], tally: Tally) -> "_Groups":
        folders = [path.name for path in subfolders(folder)]
        if not folders:
            raise InputError(
                f"folder:{location}: no group folders in it; expected pictures as {location}/<group>/1.png. "
                f"Put the pictures of each group into a folder of its own.{unpack_first(tally)}"
            )
        members: dict[str, list[str]] = {name: [] for name in folders}
        beside: list[str] = []
        for path in paths:
            name, _, rest = path.partition("/")
            (members[name] if rest else beside).append(path)
        # A link that is not followed is no group; its pictures come at their own place.
        members = {name: own for name, own in members.items() if own or not (folder / name).is_symlink()}
        _check(location, members)
        people = _people(members)
        notes = [_beside(beside)] if beside else []
        notes += _notes_on_depth(members, people)
        return cls(_one_spelling(members, notes), people, tuple(notes))

    def source(self, folder: Path, options: ImportOptions, tally: Tally) -> Source:
        entries = [
            (path, {"group": code}, self.people.get(path.rpartition("/")[0], UNKNOWN))
            for code, paths in enumerate(self.members.values())
            for path in paths
        ]
        notes = (*self.notes, *tally.notes())
        records = _records(folder, entries, options.size)
        return Source("folder", len(entries), records, {"group": tuple(self.members)}, notes)


def _records(
    folder: Path, entries: Sequence[tuple[str, dict[str, int], int]], size: int
) -> Callable[[], Iterator[Record]]:
    def records() -> Iterator[Record]:
        for path, attributes, identity in entries:
            load = functools.partial(load_picture, folder / path, size, centre_square)
            yield Record(load, visible(path), attributes, identity=identity)

    return records


def _check(location: str, members: Mapping[str, Sequence[str]]) -> None:
    """Refuses folders that cannot be groups."""
    empty = [f"'{visible(name)}'" for name, paths in members.items() if not paths]
    if empty:
        folders, them = ("folder", "it") if len(empty) == 1 else ("folders", "them")
        raise InputError(
            f"folder:{location}: no pictures in the group {folders} {', '.join(empty)}. Fill or "
            f"remove {them}."
        )
    parts = [name for name in members if name.lower() in PART_NAMES]
    if len(parts) > 1 or len(parts) == len(members):
        raise InputError(
            f"folder:{location}: its folders ({listed(parts)}) are parts of a data set, not groups. "
            f"Give one of them, e.g. folder:{location}/{parts[0]}."
        )
    _check_kind(location, members)
    num_pictures = sum(map(len, members.values()))
    are_people = all(map(_PERSON_ID.fullmatch, members))
    if num_pictures < _FEW * len(members):
        are_people |= all(map(_is_person, members, members.values()))
    if are_people or len(members) > MAX_VALUES:
        what = (
            "one a person, as in LFW or VGGFace2"
            if are_people
            else f"more than the {MAX_VALUES} groups that fit"
        )
        raise InputError(
            f"folder:{location}: {counted(len(members), 'folder')} ({listed(list(members))}), {what}. Put "
            f"them into group folders, as {location}/<group>/<person>/1.png, or list the pictures and their "
            "groups in a table (table:FILE.csv)."
        )


def _check_kind(location: str, members: Mapping[str, Sequence[str]]) -> None:
    """Refuses folders that hold the groups, and folders of pictures without faces."""
    for name in members:
        if "".join(filter(str.isalpha, name.lower())) in _NO_FACES:
            raise InputError(
                f"folder:{location}: its folder '{visible(name)}' holds no faces, by its name. Give it "
                f"apart, as --nonfaces folder:{location}/{visible(name)}, and a folder of faces alone here."
            )
    if len(members) > 1:
        return
    ((name, paths),) = members.items()
    inner = list(dict.fromkeys(path.split("/")[1] for path in paths))
    depths = [path.count("/") for path in paths]
    holds_groups = min(depths) > 2 or (min(depths) > 1 and name.lower() in _CONTAINERS)
    if len(inner) > 1 and holds_groups:
        raise InputError(
            f"folder:{location}: all is in its folder '{visible(name)}', and would be one group. If the "
            f"folders in it ({listed(inner)}) are the groups, give folder:{location}/{visible(name)}."
        )


def _is_person(folder: str, paths: Sequence[str]) -> bool:
    if not _PERSON.fullmatch(folder):
        return False
    numbered = re.compile(re.escape(f"{folder}/{folder}") + r"_\d{4}\.\w+")
    return all(numbered.fullmatch(path) for path in paths)


def _people(members: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Numbers of the folders below groups, if all pictures lie in such and none is a container."""
    folders = dict.fromkeys(path.rpartition("/")[0] for paths in members.values() for path in paths)
    parts = [folder.split("/") for folder in folders]
    if any(len(names) != 2 or names[1].lower() in _CONTAINERS for names in parts):
        return {}
    if any(sum(names[0] == group for names in parts) < 2 for group in members):
        return {}  # a single folder is a container, whatever it is called
    times = Counter(names[1] for names in parts if not _PERSON_ID.fullmatch(names[1]))
    if sum(count > 1 for count in times.values()) > len(times) / 2:
        return {}  # the same in most groups, as young/ and old/: a part of each, and no people
    return {folder: number for number, folder in enumerate(folders)}


def _notes_on_depth(members: Mapping[str, Sequence[str]], people: Mapping[str, int]) -> list[str]:
    if people:
        return [
            f"the folders in the group folders are taken for {len(people):,} people ({listed(list(people))})."
        ]
    deep = [path for paths in members.values() for path in paths if path.count("/") > 1]
    if not deep:
        return []
    return [
        f"{counted(len(deep), 'picture')} in subfolders of the group folders belong to these groups: "
        f"{listed(deep)}."
    ]


def _beside(paths: Sequence[str]) -> str:
    lie = (
        "lies beside the group folders, has no group and was"
        if len(paths) == 1
        else ("lie beside the group folders, have no group and were")
    )
    return f"{counted(len(paths), 'picture')} {lie} left out: {listed(paths)}."


def _one_spelling(members: Mapping[str, Sequence[str]], notes: list[str]) -> dict[str, Sequence[str]]:
    """Groups by their names, composed and without outer spaces, as text that any file can hold.

    macOS stores letters and accents apart, others do not; and names on disks may be no text.
    """
    united: dict[str, Sequence[str]] = {}
    for name, paths in members.items():
        composed = unicodedata.normalize("NFC", name).strip()
        if any("\ud800" <= letter <= "\udfff" for letter in composed):
            composed = visible(composed)
            notes.append(f"a folder's name is not UTF-8; its group is called {composed}.")
        if composed in united:
            notes.append(f"two folders are spelled {visible(composed)} and make one group.")
        united[composed] = [*united.get(composed, ()), *paths]
    return united


def _notes_on_people(paths: Sequence[str]) -> list[str]:
    """Says if pictures without faces lie in classes of people, which only `imagenet:` leaves out."""
    found = [path for path in paths if any(is_excluded(part, None) for part in path.split("/")[:-1])]
    if not found:
        return []
    lie = "lies" if len(found) == 1 else "lie"
    return [
        f"{counted(len(found), 'picture')} among the non-faces {lie} in classes of people: {listed(found)}. "
        "The source imagenet: leaves them out."
    ]
