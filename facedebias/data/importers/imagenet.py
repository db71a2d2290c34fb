"""Class trees like ImageNet's: `imagenet:DIR`, with pictures in `DIR/<class>/`.

Pictures lie in the class folders, or in a folder `images/` in each as in Tiny-ImageNet.
Classes of people, known by their WordNet ids, are left out.
"""

import functools
import random
from collections.abc import Iterator
from pathlib import Path

from facedebias.data.importers.pictures import existing_folder, load_picture, picture_names, subfolders
from facedebias.data.records import Box, ImportOptions, Record, Source
from facedebias.data.wordnet import is_excluded
from facedebias.errors import InputError

_SMALLEST_CROP = 0.5  # of the short side


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a class tree: random square crops of its pictures, without a partition."""
    folder = existing_folder("imagenet", location)

    def records() -> Iterator[Record]:
        for path in _pictures(folder, options.exclude):
            for crop_number in range(options.crops_per_image):
                yield _record(folder, path, crop_number, options)

    # Counted by listing the tree twice: a million paths kept would take more memory than all else.
    num_pictures = sum(1 for _ in _pictures(folder, options.exclude))
    if num_pictures == 0:
        raise InputError(
            f"imagenet:{location}: no pictures in class folders; expected {location}/<class>/*.JPEG, e.g. "
            f"{location}/n01440764/1.JPEG. Give the folder right above the class folders."
        )
    return Source("imagenet", num_pictures * options.crops_per_image, records)


def random_square(seed: str, width: int, height: int) -> Box:
    """A square of 50% to 100% of the short side, anywhere in the picture.

    Sizes vary because faces come from pictures that were enlarged as often as shrunk: a
    classifier must not be able to tell non-faces by their sharpness.

    Args:
        seed: any text; the same text gives the same square, whatever came before.
        width: of the picture, in pixels.
        height: likewise.
    """
    generator = random.Random(seed)
    side = generator.uniform(_SMALLEST_CROP, 1) * min(width, height)
    left, top = generator.uniform(0, width - side), generator.uniform(0, height - side)
    return (left, top, left + side, top + side)


def _record(folder: Path, path: str, crop_number: int, options: ImportOptions) -> Record:
    # Keyed by picture and crop, not drawn from one stream: neither the order of the pictures
    # nor the thread that loads one changes its crop.
    crop = functools.partial(random_square, f"{options.seed}/{path}/{crop_number}")
    return Record(functools.partial(load_picture, folder / path, options.size, crop), path)


def _pictures(folder: Path, exclude: frozenset[str] | None) -> Iterator[str]:
    """Paths relative to the tree, in order."""
    for class_folder in subfolders(folder):
        if is_excluded(class_folder.name, exclude):
            continue
        for place in (class_folder.name, f"{class_folder.name}/images"):
            if (folder / place).is_dir():
                for name in picture_names(folder / place):
                    yield f"{place}/{name}"
