"""What a run leaves behind while it trains: a table, TensorBoard curves, pictures."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import TrainingRows
from facedebias.models.dbvae import DBVAE

_NUM_SHOWN = 8  # pictures in a row


class MetricsTable:
    """`metrics.csv`: one row an epoch, written as soon as it is known.

    Args:
        path: the file.
        num_kept: rows of an earlier part of the run to keep; later ones, written by a run
            that was killed before its checkpoint, are cut off.
    """

    def __init__(self, path: Path, num_kept: int = 0):
        self._path = path
        if num_kept == 0:
            path.unlink(missing_ok=True)
        elif path.exists():
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(lines[: num_kept + 1]))

    def write(self, row: Mapping[str, float]) -> None:
        """Appends a row; the first one names the columns."""
        is_new = not self._path.exists()
        with self._path.open("a", newline="") as file:
            writer = csv.DictWriter(file, row)
            if is_new:
                writer.writeheader()
            writer.writerow(row)


class CurveWriter:
    """TensorBoard curves and pictures.

    Args:
        path: the folder that `tensorboard --logdir` is given.
    """

    def __init__(self, path: Path):
        self._writer = tf.summary.create_file_writer(str(path))

    def write_scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        with self._writer.as_default(step):
            for name, value in scalars.items():
                tf.summary.scalar(name, value)

    def write_picture(self, step: int, name: str, picture: Image.Image) -> None:
        """Adds a picture."""
        with self._writer.as_default(step):
            tf.summary.image(name, np.asarray(picture)[None])
        self._writer.flush()


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
    model: DBVAE, dataset: FaceDataset, rows: TrainingRows, probabilities: np.ndarray
) -> Image.Image:
    """Validation faces and what the model makes of them; the faces drawn most and least.

    Args:
        model: encodes and decodes.
        dataset: the face file.
        rows: of the run.
        probabilities: float `(len(rows.train_faces),)`, of the next draw; if all are equal,
            no face is drawn most.
    """
    faces = rows.validation_faces[:_NUM_SHOWN]
    inputs = dataset.read(faces)
    shown = {"validation faces": inputs, "reconstructed": model.reconstruct(inputs).numpy()}
    if probabilities.max() > probabilities.min():
        order = np.argsort(probabilities, kind="stable")
        times = probabilities * len(probabilities)
        for name, chosen in (("most", order[::-1][:_NUM_SHOWN]), ("least", order[:_NUM_SHOWN])):
            first, last = times[chosen[[0, -1]]]
            title = f"drawn {name}: {first:.2f} to {last:.2f} times as often as evenly"
            shown[title] = dataset.read(rows.train_faces[chosen])
    return contact_sheet(shown, scale=2)


def _as_bytes(picture: np.ndarray) -> np.ndarray:
    if picture.dtype == np.uint8:
        return picture
    return (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
