"""Whole pictures: found, measured by their header, decoded as large as needed, cut to a size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from facedebias.data.modes import to_rgb
from facedebias.data.sources.formats.tree import Tally, walk
from facedebias.data.wordnet import is_excluded
from facedebias.errors import InputError
from facedebias.reading.pictures import FAILURES, open_picture, reason_of
from facedebias.text import counted, listed

Size = tuple[int, int]  # width, height in pixels

_LYING = {5, 6, 7, 8}  # EXIF orientations whose width and height are exchanged
# Pixels left for each one of the most detailed level after the decoder has shrunk, as in
# `data.records.to_square`: the averaging that follows then hides how the decoder did it.
_DRAFT_MARGIN = 1.5


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: RGB, upright; perhaps smaller than the file's, never enlarged.
        size: width and height of the file's, upright: what boxes are measured in.
    """

    image: Image.Image
    size: Size


def pictures_in(folder: Path, flag: str, with_people: bool) -> list[Path]:
    """The pictures in a folder and its subfolders, sorted.

    Args:
        folder: where to look.
        flag: what the user named it with, for messages; "" for an argument.
        with_people: whether to look into classes of people, known by their WordNet ids.

    Raises:
        InputError: if there is no such folder, or none in it.
    """
    named = f"{flag}={folder}" if flag else str(folder)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        raise InputError(f"{named}: {what}. Give a folder of pictures, in it or in its subfolders.")
    found, _ = _find(folder, with_people)
    if not found:
        but = "" if with_people else " (classes of people, by their WordNet ids, do not count)"
        raise InputError(
            f"{named}: no pictures in it or its subfolders{but}; expected JPEG, PNG or another format "
            "that Pillow reads. Give another folder."
        )
    return found


def notes_on(folder: Path, with_people: bool) -> tuple[str, ...]:
    """What `pictures_in` leaves out of a folder, a sentence each with how many and which."""
    return _find(folder, with_people)[1]


def _find(folder: Path, with_people: bool) -> tuple[list[Path], tuple[str, ...]]:
    tally = Tally()
    found: list[str] = []
    people: list[str] = []
    for path in tally.pictures(walk(folder)):
        is_of_people = any(is_excluded(part, None) for part in path.split("/")[:-1])
        (people if is_of_people and not with_people else found).append(path)
    notes = [f"{counted(len(people), 'picture')} in classes of people left out: {listed(people)}."]
    return [folder / path for path in found], (*(notes if people else ()), *tally.notes())


def measure(path: Path) -> Size:
    """Width and height of a picture turned upright, from its header.

    Raises:
        InputError: if it is missing or no picture.
    """
    with _explained(path), open_picture(path) as image:
        return _upright_size(image)


def load(path: Path, shorter_side: int | None = None) -> Picture:
    """Decodes a picture upright.

    Args:
        path: of the picture.
        shorter_side: decode no larger than levels of this shorter side need; None decodes in full.

    Raises:
        InputError: if it is missing, no picture, or damaged.
    """
    with _explained(path), open_picture(path) as image:
        size = _upright_size(image)
        if shorter_side is not None:
            spare = min(size) / (shorter_side * _DRAFT_MARGIN)
            if spare >= 2:
                image.draft(None, (int(image.width / spare), int(image.height / spare)))
        return Picture(to_rgb(ImageOps.exif_transpose(image)), size)


def fit(picture: Picture, size: Size) -> Picture:
    """Scales a picture to cover a size and cuts off what hangs over, evenly on both sides."""
    fitted = ImageOps.fit(picture.image, size, Image.Resampling.BILINEAR)
    return Picture(fitted, size)


def _upright_size(image: Image.Image) -> Size:
    width, height = image.size
    return (height, width) if image.getexif().get(ExifTags.Base.Orientation, 1) in _LYING else (width, height)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns the many ways in which Pillow reports a bad file into one error."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file. Name a picture, or a folder of pictures.") from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path}: is no picture that can be read; expected a JPEG, PNG or another format of Pillow's."
        ) from error
    except FAILURES as error:
        raise InputError(
            f"{path}: cannot be decoded ({reason_of(error)}). Replace or remove the picture."
        ) from error
