"""Drawn pictures: `synthetic:N`, faces or clutter as asked for."""

import functools
import re
from collections.abc import Iterator

import numpy as np

from facedebias.data.drawn import ATTRIBUTES, Scene, draw, sample_clutter, sample_face
from facedebias.data.records import SPLITS, ImportOptions, Record, Source
from facedebias.errors import InputError

_NUMBER = re.compile("0*[1-9][0-9]{0,8}")
_TRAIN, _VAL, _TEST = range(len(SPLITS))
# Of ten pictures, where no part is asked for: eight to train, one to validate, one to test.
_PATTERN = (_TRAIN,) * 8 + (_VAL, _TEST)


def open_source(location: str, options: ImportOptions) -> Source:
    """Draws N pictures; number i is the same whatever N is, and differs between parts.

    With `options.split` all of them are of that part. With `options.skew` dark skin is rare among
    faces to train and validate on, and every tone equally likely among those to test on.
    """
    if not _NUMBER.fullmatch(location):
        raise InputError(f"synthetic:{location}: expected a number of pictures, as in synthetic:4000.")
    num_pictures = int(location)
    only = None if options.split is None else SPLITS.index(options.split)

    def records() -> Iterator[Record]:
        for number in range(num_pictures):
            split = _PATTERN[number % len(_PATTERN)] if only is None else only
            scene = _scene(options, split, number)
            path = f"{options.kind}/{SPLITS[split]}/{number:06d}"
            yield Record(functools.partial(draw, scene, options.size), path, scene.attributes(), split)

    return Source("synthetic", num_pictures, records, ATTRIBUTES if options.kind == "face" else {})


def _scene(options: ImportOptions, split: int, number: int) -> Scene:
    is_face = options.kind == "face"
    rng = np.random.default_rng([options.seed, is_face, split, number])
    return sample_face(rng, options.skew and split != _TEST) if is_face else sample_clutter(rng)
