"""Contact sheets: rows of pictures under their titles."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

from facedebias.data.face_file import FaceDataset
from facedebias.models.face_model import FaceModel

_NUM_SHOWN = 8  # pictures in a row


def contact_sheet(rows: Mapping[str, np.ndarray], scale: int = 1) -> Image.Image:
    """Rows of pictures, each under its title.

    Args:
        rows: title -> pictures `(n, height, width, 3)`, uint8 or float in [0, 1].
        scale: pixels a side that a pixel becomes.
    """
    margin, title_height = 6, 18
    height, width = (side * scale for side in next(iter(rows.values())).shape[1:3])
    columns = max(len(pictures) for pictures in rows.values())
    size = (columns * width + 2 * margin, len(rows) * (height + title_height) + margin)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for number, (title, pictures) in enumerate(rows.items()):
        top = number * (height + title_height)
        draw.text((margin, top + 3), title, "black")
        for column, picture in enumerate(pictures):
            tile = Image.fromarray(_as_bytes(picture)).resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(tile, (margin + column * width, top + title_height))
    return sheet


def faces_sheet(
    model: FaceModel,
    dataset: FaceDataset,
    validation_faces: np.ndarray,
    sampled_rows: np.ndarray,
    probabilities: np.ndarray,
) -> Image.Image:
    """Validation faces and what the model makes of them; the faces drawn most and least.

    Args:
        model: gives `pictures`.
        dataset: the face file.
        validation_faces: int `(n,)`, rows of the file.
        sampled_rows: int `(num_faces,)`, those that the sampler chooses from.
        probabilities: float `(num_faces,)`, of the next draw; if all are equal,
            no face is drawn most.
    """
    faces = validation_faces[:_NUM_SHOWN]
    inputs = dataset.read(faces)
    shown = {"validation faces": inputs, **model.pictures(inputs)}
    return contact_sheet(shown | drawn_faces(dataset, sampled_rows, probabilities), scale=2)


def drawn_faces(
    dataset: FaceDataset, sampled_rows: np.ndarray, probabilities: np.ndarray
) -> dict[str, np.ndarray]:
    """The faces drawn most and least, most extreme first, as rows for `contact_sheet`.

    Args:
        dataset: the face file.
        sampled_rows: int `(num_faces,)`, rows of the file.
        probabilities: float `(num_faces,)`, of the next draw; if all are equal, no face is
            drawn most, and there are no rows.

    Returns:
        title -> pictures uint8 `(up to 8, height, width, 3)`.
    """
    if probabilities.max() == probabilities.min():
        return {}
    order = np.argsort(probabilities, kind="stable")
    times = probabilities * len(probabilities)
    shown = {}
    for name, chosen in (("most", order[::-1][:_NUM_SHOWN]), ("least", order[:_NUM_SHOWN])):
        first, last = times[chosen[[0, -1]]]
        title = f"drawn {name}: {first:.2f} to {last:.2f} times as often as evenly"
        shown[title] = dataset.read(sampled_rows[chosen])
    return shown


def _as_bytes(picture: np.ndarray) -> np.ndarray:
    if picture.dtype == np.uint8:
        return picture
    return (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
