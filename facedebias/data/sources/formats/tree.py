"""Every file in a folder and the folders in it: pictures, what is none, and links."""

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from facedebias.reading.pictures import FAILURES, PICTURES, TooLargeError, open_picture
from facedebias.text import counted, listed

# Files that systems leave behind. Like those that begin with a dot, nobody means them.
_LEFT_BEHIND = {"thumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin"}
# Pictures, whether they can be decoded or not: one that cannot is reported as bad, not passed over.
_ALWAYS = {".jpg", ".png", ".webp", ".avif", ".jp2", ".heic", ".heif", ".jxl"}
_RAW = {".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"}
# What a file with another suffix, or none, is opened as.
_KNOWN_BY_CONTENT = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000")

_ARCHIVE = re.compile(r"\.(?:zip|tar|gz|tgz|bz2|xz|7z|rar)(?:\.\d+)?$", re.IGNORECASE)

PICTURE, OTHER, LINK = "picture", "other", "link"


@dataclass(frozen=True)
class Found:
    """A file in a tree.

    Attributes:
        path: relative to the tree, with "/" between folders.
        kind: `PICTURE`; `OTHER` for what is no picture; `LINK` for a link to what is read at its own
            place, or has been, and is not followed.
    """

    path: str
    kind: str


@dataclass
class Tally:
    """Counts what a tree holds beside pictures, for notes; names only the first few."""

    num_others: int = 0
    others: list[str] = field(default_factory=list)
    num_links: int = 0
    links: list[str] = field(default_factory=list)

    def pictures(self, found: Iterator[Found]) -> Iterator[str]:
        """Passes on the paths of the pictures and counts the rest."""
        for file in found:
            if file.kind == PICTURE:
                yield file.path
            elif file.kind == OTHER:
                self.num_others += 1
                _keep_few(self.others, file.path)
            else:
                self.num_links += 1
                _keep_few(self.links, file.path)

    def notes(self) -> tuple[str, ...]:
        """A sentence on each kind of what was left out."""
        notes = []
        if self.num_others:
            are = "is no picture and was" if self.num_others == 1 else "are no pictures and were"
            notes.append(
                f"{counted(self.num_others, 'file')} {are} left out: {listed(self.others, self.num_others)}."
            )
        if self.num_links:
            notes.append(
                f"{counted(self.num_links, 'link')} to what is read at another place left out: "
                f"{listed(self.links, self.num_links)}."
            )
        return tuple(notes)


def walk(root: Path) -> Iterator[Found]:
    """Yields all visible files, those of a folder by name and before those of its subfolders.

    Each real file comes once: a link to something in the tree is not followed, and neither is one
    to what another link has led to already. So loops end.
    """
    return _Walker(root).files(root, "", is_outside=False)


def is_picture_name(name: str) -> bool:
    """Whether a file is a picture by its suffix, in capitals or not."""
    stem, dot, suffix = name.rpartition(".")
    return bool(stem) and dot + suffix.lower() in _suffixes()


def is_left_behind(name: str) -> bool:
    """Whether a file or folder is hidden or a system's own, as `.DS_Store` and `Thumbs.db`."""
    return name.startswith(".") or name.lower() in _LEFT_BEHIND


def subfolders(folder: Path) -> list[Path]:
    """The visible folders in a folder, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_left_behind(path.name))


def is_archive_name(name: str) -> bool:
    """Whether a file is an archive, or a part of one, by its suffix."""
    return _ARCHIVE.search(name) is not None


def unpack_first(tally: Tally) -> str:
    """What to add to "no pictures" if archives lie there; empty if none do."""
    packed = [path for path in tally.others if is_archive_name(path)]
    return f" Archives are not read: unpack {listed(packed)}." if packed else ""


class _Walker:
    """Remembers where it has been, by device and inode."""

    def __init__(self, root: Path):
        self._root = Path(os.path.realpath(root))
        self._seen: set[tuple[int, int]] = set()

    def files(self, folder: Path, prefix: str, is_outside: bool) -> Iterator[Found]:
        # No function that calls itself: a thousand folders in folders are more than Python allows.
        waiting = [(folder, prefix, is_outside)]
        while waiting:
            folder, prefix, is_outside = waiting.pop()
            if prefix and self._has_been(str(folder)):
                yield Found(prefix.removesuffix("/"), LINK)
                continue
            below: list[tuple[Path, str, bool]] = []
            yield from self._files_in(folder, prefix, is_outside, below)
            waiting += reversed(below)

    def _files_in(
        self, folder: Path, prefix: str, is_outside: bool, below: list[tuple[Path, str, bool]]
    ) -> Iterator[Found]:
        """The files right in a folder; enters its folders into `below`."""
        self._is_new(str(folder))
        with os.scandir(folder) as scanned:
            entries = sorted((e for e in scanned if not is_left_behind(e.name)), key=lambda e: e.name)
        for entry in entries:
            is_elsewhere = entry.is_symlink() and self._is_in_the_tree(entry)
            leads_out = is_outside or entry.is_symlink()
            is_folder = _is_folder(entry)
            if is_elsewhere or (leads_out and not is_folder and not self._is_new(entry.path)):
                yield Found(prefix + entry.name, LINK)
            elif is_folder:
                below.append((folder / entry.name, f"{prefix}{entry.name}/", leads_out))
            else:
                yield Found(prefix + entry.name, PICTURE if _is_picture(entry) else OTHER)

    def _is_in_the_tree(self, entry: os.DirEntry[str]) -> bool:
        target = Path(os.path.realpath(entry.path))
        if not target.exists() or not target.is_relative_to(self._root):
            return False  # a broken one is reported as a bad picture, if its name is that of a picture
        return not any(is_left_behind(part) for part in target.relative_to(self._root).parts)

    def _has_been(self, path: str) -> bool:
        status = os.stat(path)
        return (status.st_dev, status.st_ino) in self._seen

    def _is_new(self, path: str) -> bool:
        """Whether it has not been here; notes that it has now."""
        if not os.path.exists(path):
            return True
        is_new = not self._has_been(path)
        status = os.stat(path)
        self._seen.add((status.st_dev, status.st_ino))
        return is_new


def _is_picture(entry: os.DirEntry[str]) -> bool:
    if is_picture_name(entry.name):
        # A pipe or socket would be waited for without end.
        return _is_file(entry) or (entry.is_symlink() and not os.path.exists(entry.path))
    return _is_file(entry) and _has_picture_in_it(entry.path)


# An entry knows its own kind without asking the disk, but fails where links go round.
def _is_folder(entry: os.DirEntry[str]) -> bool:
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()


def _is_file(entry: os.DirEntry[str]) -> bool:
    return os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file()


def _has_picture_in_it(path: str) -> bool:
    try:
        with open_picture(Path(path), _KNOWN_BY_CONTENT):
            return True
    except TooLargeError:
        return True  # it is reported as bad, not passed over
    except FAILURES:
        return False


@functools.cache
def _suffixes() -> frozenset[str]:
    Image.init()
    known = {suffix for suffix, name in Image.registered_extensions().items() if name in PICTURES}
    return frozenset(known | _ALWAYS | _RAW)


def _keep_few(names: list[str], name: str) -> None:
    if len(names) < 10:
        names.append(name)
