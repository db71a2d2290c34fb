"""`inside/`: what a report shows of a run's sampler and latents, as files it can read without a model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import sequential_batches
from facedebias.models.face_model import FaceModel
from facedebias.safekeeping import atomic
from facedebias.training.hooks import Hook, RunContext
from facedebias.training.records.metrics_table import SAMPLE_SIZES, MetricsTable
from facedebias.training.records.picture_sheets import contact_sheet, drawn_faces

_NUM_ENCODED = 512  # validation faces that the spread of a latent is taken over
_NUM_LATENTS = 8  # traversed, a row each
_DEVIATIONS = np.arange(-3, 4)  # of a traversal's columns from the mean
_BATCH_SIZE = 64


@dataclass(frozen=True)
class Sheet:
    """Rows of pictures and what is said of them.

    Attributes:
        title: a short caption.
        description: what is shown, for those who cannot see it.
        rows: title -> pictures, as `contact_sheet` takes them; none if there is nothing to show.
    """

    title: str = ""
    description: str = ""
    rows: Mapping[str, np.ndarray] = field(default_factory=dict)


class LatentReport(Hook):
    """The folder `inside/` of a run whose model has latents."""

    def on_start(self, context: RunContext) -> None:
        """Makes the folder and goes on with its table."""
        self._folder, self._dataset, self._trainer = (
            context.output / "inside",
            context.dataset,
            context.trainer,
        )
        self._validation_faces = context.task.validation_faces
        self._folder.mkdir(exist_ok=True)
        self._sample_sizes = MetricsTable(context.output / SAMPLE_SIZES, self._trainer.step)

    def on_steps(self, step: int, means: Mapping[str, float]) -> None:
        """Adds a row to `effective_sample_size.csv`."""
        self._sample_sizes.write({"step": step, "effective_sample_size": means["effective_sample_size"]})

    def on_end(self) -> None:
        """Writes the pictures of the model as it is now, and `inside.json`, which lists them.

        Without any difference between the faces' probabilities `raised.png` is left out.
        """
        rows, probabilities = self._trainer.sampled_rows, self._trainer.probabilities()
        sheets = {
            "raised.png": raised(self._dataset, rows, probabilities),
            "traversals.png": traversals(self._trainer.model, self._validation_latents()),
        }
        pictures = []
        for name, sheet in sheets.items():
            if sheet.rows:
                with atomic.replacing(self._folder / name) as partial:
                    contact_sheet(sheet.rows, scale=2).save(partial, "PNG")
                pictures.append({"file": name, "title": sheet.title, "description": sheet.description})
        content = {
            "num_faces": len(rows),
            "effective_sample_size": Path(SAMPLE_SIZES).name,
            "pictures": pictures,
        }
        # Last: where this file is, those it names are.
        atomic.write_text(self._folder / "inside.json", json.dumps(content, indent=2) + "\n")

    def _validation_latents(self) -> np.ndarray:
        """Latent means of validation faces, float32 `(up to 512, latent_dim)`."""
        faces = self._validation_faces
        # A file holds one collection after the other: its first faces may all be of one.
        places = np.linspace(0, len(faces) - 1, min(len(faces), _NUM_ENCODED)).round().astype(int)
        batches = sequential_batches(self._dataset, faces[places], _BATCH_SIZE)
        encode = self._trainer.model.encode
        return np.concatenate([np.asarray(encode(images)[0]) for images in batches])


def raised(dataset: FaceDataset, sampled_rows: np.ndarray, probabilities: np.ndarray) -> Sheet:
    """The training faces that the sampler draws most and least.

    Args:
        dataset: the face file.
        sampled_rows: int `(num_faces,)`, rows of the file.
        probabilities: float `(num_faces,)`, of each face to be drawn next.

    Returns:
        Two rows of up to 8 faces; none if all faces are drawn evenly.
    """
    rows = drawn_faces(dataset, sampled_rows, probabilities)
    if not rows:
        return Sheet()
    (above, most), (below, _) = rows.items()
    description = (
        f"Two rows of {len(most)} of the {len(sampled_rows):,} training faces, by how often the sampler "
        f"draws a face at the end of training. Above, {above}. Below, {below}."
    )
    return Sheet("Training faces that the sampler draws most and least", description, rows)


def traversals(model: FaceModel, latents: np.ndarray) -> Sheet:
    """What the decoder makes of a mean face while one latent at a time changes.

    With m and s the mean and the standard deviation of each latent over these faces, the row
    of latent j shows decode(m + k * s_j * e_j) for k = -3 to 3, e_j being 1 at j and 0 elsewhere.

    Args:
        model: decodes.
        latents: float `(num_faces, latent_dim)`, the encoder's `z_mean` of faces.

    Returns:
        A row of 7 faces for each of the 8 latents with the largest s, largest first; none for
        latents that do not vary.
    """
    mean, spread = latents.mean(axis=0, dtype=np.float64), latents.std(axis=0, dtype=np.float64)
    widest = np.argsort(-spread, kind="stable")[:_NUM_LATENTS]
    widest = widest[spread[widest] > 0.0]
    if not len(widest):
        return Sheet()
    changed = np.tile(mean, (len(widest), len(_DEVIATIONS), 1))
    changed[np.arange(len(widest)), :, widest] += spread[widest, None] * _DEVIATIONS
    flat = changed.reshape(-1, latents.shape[1]).astype(np.float32)
    pictures = np.asarray(model.decode(flat))
    pictures = pictures.reshape(len(widest), len(_DEVIATIONS), *pictures.shape[1:])
    low, high = _DEVIATIONS[[0, -1]]
    titles = [f"latent {j}: {low:+d} to {high:+d} standard deviations of {spread[j]:.3g}" for j in widest]
    listed = ", ".join(f"{j} ({spread[j]:.3g})" for j in widest)
    description = (
        f"Decoded faces, {len(_DEVIATIONS)} in a row; {len(widest)} of {latents.shape[1]} latents, those "
        f"that vary most over {len(latents):,} validation faces, have a row each. Along a row its latent "
        f"goes from {low:+d} to {high:+d} standard deviations around its mean and the others stay at their "
        f"means, so that the middle column is the mean face. From the top, latents (numbered from 0) "
        f"and their standard deviations: {listed}."
    )
    return Sheet(
        "What single latents change in a face", description, dict(zip(titles, pictures, strict=True))
    )
