"""What the importers share: finding pictures in folders, decoding and cropping them."""

from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from PIL import ExifTags, ImageOps, UnidentifiedImageError

from facedebias.data.records import Box, to_square
from facedebias.errors import InputError
from facedebias.reading.files import expanded
from facedebias.reading.pictures import FAILURES, open_picture, reason_of

Crop = Callable[[int, int], Box]  # (width, height) of a picture -> what is cut out of it


def existing_folder(spec_name: str, location: str) -> Path:
    """The folder at a source's location.

    Raises:
        InputError: if there is no such folder.
    """
    folder = expanded(location)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        raise InputError(f"{spec_name}:{location}: {what}. Give the folder that holds the pictures.")
    return folder


def load_picture(file: Path | IO[bytes], size: int, crop: Crop) -> np.ndarray:
    """Decodes a picture, crops it and scales it to uint8 RGB `(size, size, 3)`.

    Raises:
        ValueError: if the file cannot be read or decoded, is too large, or `crop` refuses its dimensions.
    """
    try:
        with open_picture(file) as image:
            # Phones store portraits lying on their side. Asked first: turning decodes in full.
            if image.getexif().get(ExifTags.Base.Orientation, 1) == 1:
                return to_square(image, size, crop(*image.size))
            upright = ImageOps.exif_transpose(image)
            return to_square(upright, size, crop(*upright.size))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ValueError("no such file") from error
    except IsADirectoryError as error:
        raise ValueError("is a folder, not a picture") from error
    except PermissionError as error:
        raise ValueError("may not be read by this user") from error
    except UnidentifiedImageError as error:
        # Pillow's own message shows the name once more, or Python's name for bytes in memory.
        raise ValueError("cannot identify image file; damaged, or in a format that is not read") from error
    except FAILURES as error:
        raise ValueError(reason_of(error)) from error


def whole(width: int, height: int) -> Box:
    """The whole picture, for sources that are square already."""
    return (0, 0, width, height)


def centre_square(width: int, height: int) -> Box:
    """The largest square in the middle."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return (left, top, left + side, top + side)
