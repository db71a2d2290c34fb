"""Class trees like ImageNet's: `imagenet:DIR`, with pictures in `DIR/<class>/`.

Pictures lie in the class folders or in folders in these, as `images/` in Tiny-ImageNet. Classes
of people, known by their WordNet ids or by name, are left out. Pictures without a class folder, as
in the validation set's own archive, are read, but people can be left out of them only if their own
names hold WordNet ids.
"""

import functools
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from facedebias.data.records import Box, ImportOptions, Record, Source
from facedebias.data.sources.formats.picture_files import existing_folder, load_picture
from facedebias.data.sources.formats.tree import Tally, unpack_first, walk
from facedebias.data.wordnet import id_in, is_excluded
from facedebias.errors import InputError
from facedebias.text import counted, listed, visible

_SMALLEST_CROP = 0.5  # of the short side


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a class tree: random square crops of its pictures, without a partition."""
    folder = existing_folder("imagenet", location)
    tree = _Tree(folder, options.exclude)

    def records() -> Iterator[Record]:
        for path in tree.pictures(Tally()):
            for crop_number in range(options.crops_per_image):
                yield _record(folder, path, crop_number, options)

    # Counted by listing the tree twice: a million paths kept would take more memory than all else.
    tally = Tally()
    num_pictures = sum(1 for _ in tree.pictures(tally))
    if num_pictures == 0:
        but = f" but those of people ({listed(list(tree.people))})" if tree.people else ""
        raise InputError(
            f"imagenet:{location}: no pictures in class folders{but}; expected {location}/<class>/*.JPEG, "
            f"e.g. {location}/n01440764/1.JPEG. Give the folder right above the class folders."
            f"{unpack_first(tally)}"
        )
    notes = (*tree.notes(), *tally.notes())
    return Source("imagenet", num_pictures * options.crops_per_image, records, notes=notes)


class _Tree:
    """A class tree, and what the last listing of it left out.

    Args:
        folder: the tree.
        exclude: WordNet ids to leave out; None means those of people.
    """

    def __init__(self, folder: Path, exclude: frozenset[str] | None):
        self._folder, self._exclude = folder, exclude
        self.people: Counter[str] = Counter()  # pictures of each class left out
        self._classes: dict[str, bool] = {}  # class folder -> whether it has a WordNet id
        self._outside: list[str] = []

    def pictures(self, tally: Tally) -> Iterator[str]:
        """Paths relative to the tree, in order."""
        self.people.clear()
        self._outside.clear()
        for path in tally.pictures(walk(self._folder)):
            *folders, file = path.split("/")
            classes = folders
            if not folders and (own := id_in(file)):
                classes = [own]  # n01440764_tench.JPEG, beside those of other classes
            excluded = next((name for name in classes if is_excluded(name, self._exclude)), None)
            if excluded is not None:
                self.people[excluded] += 1
                continue
            if folders:
                self._classes[folders[0]] = any(id_in(name) for name in folders)
            elif not classes:
                self._outside.append(path)
            yield path

    def notes(self) -> list[str]:
        """What was left out, and where people could not be."""
        notes = []
        if self.people:
            what = "of people " if self._exclude is None else ""
            classes = "1 class" if len(self.people) == 1 else f"{len(self.people):,} classes"
            notes.append(
                f"{counted(self.people.total(), 'picture')} in {classes} {what}left out (--exclude names "
                f"others): {listed(list(self.people))}."
            )
        found = {id_in(name) for name in self.people}
        if absent := sorted((self._exclude or frozenset()) - found):
            notes.append(
                f"no class of --exclude={listed(absent)} is there, so that nothing was left out for it."
            )
        if self._outside:
            lie = "lies" if len(self._outside) == 1 else "lie"
            notes.append(
                f"{counted(len(self._outside), 'picture')} {lie} outside class folders "
                f"({listed(self._outside)}): classes of people could not be left out of them."
            )
        nameless = [name for name, has_id in self._classes.items() if not has_id]
        if nameless:
            have = "has" if len(nameless) == 1 else "have"
            notes.append(
                f"{len(nameless):,} of {counted(len(self._classes), 'class folder')} {have} no WordNet id "
                f"({listed(nameless)}): people are left out of them only by a few names, e.g. groom."
            )
        return notes


def random_square(seed: str, width: int, height: int) -> Box:
    """A square of 50% to 100% of the short side, anywhere in the picture.

    Sizes vary because faces come from pictures that were enlarged as often as shrunk: a
    classifier must not be able to tell non-faces by their sharpness.

    Args:
        seed: any text; the same text gives the same square, whatever came before.
        width: of the picture, in pixels.
        height: likewise.
    """
    generator = random.Random(os.fsencode(seed))  # names of files need not be UTF-8
    side = generator.uniform(_SMALLEST_CROP, 1) * min(width, height)
    left, top = generator.uniform(0, width - side), generator.uniform(0, height - side)
    return (left, top, left + side, top + side)


def _record(folder: Path, path: str, crop_number: int, options: ImportOptions) -> Record:
    # Keyed by picture and crop, not drawn from one stream: neither the order of the pictures
    # nor the thread that loads one changes its crop.
    crop = functools.partial(random_square, f"{options.seed}/{path}/{crop_number}")
    return Record(functools.partial(load_picture, folder / path, options.size, crop), visible(path))
