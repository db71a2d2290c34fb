"""What an importer yields: pictures with what is known about them."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from facedebias.data.modes import to_rgb

SPLITS = ("train", "val", "test")
TRAINING_CROPS = 3  # random crops of a picture without faces, unless asked otherwise
MAX_VALUES = 127  # codes are int8
UNKNOWN = -1  # code of an attribute, split or identity that the source does not give


@dataclass(frozen=True)
class Record:
    """One picture that has not been decoded yet.

    Attributes:
        load: decodes, crops and resizes; returns uint8 RGB `(size, size, 3)`. Called from
            worker threads; may raise `OSError` or `ValueError` for a damaged picture.
        path: where the picture came from, relative to its source, for reports.
        attributes: attribute name -> code, an index into the source's value names; a
            missing name means unknown.
        split: an index into `SPLITS`, or `UNKNOWN` where the source has no partition.
        identity: number of the person within the source, or `UNKNOWN`.
    """

    load: Callable[[], np.ndarray]
    path: str
    attributes: Mapping[str, int] = field(default_factory=dict)
    split: int = UNKNOWN
    identity: int = UNKNOWN


@dataclass(frozen=True)
class Source:
    """An opened collection of pictures, all of them faces or all of them non-faces.

    Attributes:
        name: what reports call it, e.g. "celeba".
        num_records: how many records `records()` yields.
        records: yields them in a fixed order; can be called again.
        attributes: attribute name -> value names in the order of their codes.
        notes: what was left out, renamed or reinterpreted, a sentence each with how many and which.
    """

    name: str
    num_records: int
    records: Callable[[], Iterator[Record]]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportOptions:
    """What `facedebias.prepare` asks of every importer.

    Attributes:
        kind: "face" or "nonface": which of the two is wanted from sources that hold both.
        size: side of the square pictures, in pixels.
        split: keep only this part, one of `SPLITS`; None keeps all. A source without a
            partition of its own gives everything and leaves `split` unknown.
        crop: "face" or "head", for sources whose pictures show more than the face.
        seed: of random crops and of drawn pictures.
        exclude: WordNet ids left out of class trees; None means the default person classes.
        crops_per_image: random crops cut from each picture of a class tree.
        skew: whether the synthetic set makes dark skin rare among training faces.
        follow_links: whether what a face file points to is read as well, see `FaceDataset`.
    """

    kind: str = "face"
    size: int = 64
    split: str | None = None
    crop: str = "face"
    seed: int = 0
    exclude: frozenset[str] | None = None
    crops_per_image: int = 1
    skew: bool = False
    follow_links: bool = False


_DRAFT_MARGIN = 1.5  # pixels left for each one of the result, after the decoder has shrunk

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels, fractions allowed


def to_square(image: Image.Image, size: int, box: Box | None = None) -> np.ndarray:
    """Cuts out `box` (default: the whole picture) and scales it to a square.

    Returns:
        uint8 RGB `(size, size, 3)`. Shrinking averages over the pixels it merges, so that
        large and small originals come out equally smooth.
    """
    full_width, full_height = image.size
    left, top, right, bottom = box or (0, 0, full_width, full_height)
    # A JPEG decoder shrinks by 2, 4 or 8 in a fraction of the time of decoding in full; with
    # some pixels left over for averaging the difference is below half a grey level.
    spare = min(right - left, bottom - top) / (size * _DRAFT_MARGIN)
    if spare >= 2:
        image.draft(None, (int(full_width / spare), int(full_height / spare)))
        scale = 2 ** -round(math.log2(full_width / image.width))
        left, top, right, bottom = (side * scale for side in (left, top, right, bottom))
    return np.asarray(
        to_rgb(image).resize((size, size), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    )


def size_text(shape: tuple[int | None, ...]) -> str:
    """Height and width of a picture as "64x64"; "any size" if neither is known."""
    if shape[0] is None and shape[1] is None:
        return "any size"
    return "x".join("any" if side is None else str(side) for side in shape[:2])
