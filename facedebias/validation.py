"""How good a model is while it trains, on rows that it does not train on."""

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from facedebias import losses
from facedebias.audit.thresholds import threshold_at_fpr
from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import sequential_batches
from facedebias.models.face_model import FaceModel

FALSE_POSITIVE_RATE = 0.01


@dataclass(frozen=True)
class Validation:
    """A model's figures on the validation rows.

    Attributes:
        recall: share of the faces found at a false positive rate of at most 1%.
        loss: mean of the faces' and the non-faces' mean cross entropy, in nats.
    """

    recall: float
    loss: float

    def is_better_than(self, other: "Validation") -> bool:
        """By loss: recall takes few values once nearly every face is found."""
        return self.loss < other.loss


WORST = Validation(recall=0.0, loss=math.inf)  # any epoch is better


class Validator:
    """Scores a model on fixed rows of a face file.

    Args:
        model: the model.
        dataset: the face file.
        faces: int64 rows of faces.
        nonfaces: int64 rows of non-faces.
        batch_size: pictures scored at once; changes no figure.
    """

    def __init__(
        self,
        model: FaceModel,
        dataset: FaceDataset,
        faces: np.ndarray,
        nonfaces: np.ndarray,
        batch_size: int = 256,
    ):
        self._batches = [sequential_batches(dataset, rows, batch_size) for rows in (faces, nonfaces)]
        self._score = tf.function(model.score, reduce_retracing=True)

    def __call__(self) -> Validation:
        """Scores the model as it is now."""
        faces, nonfaces = (
            np.concatenate([self._score(images).numpy() for images in batches]) for batches in self._batches
        )
        threshold = threshold_at_fpr(nonfaces, FALSE_POSITIVE_RATE)
        loss = np.mean(
            [
                losses.classification(tf.fill(scores.shape, label), scores).numpy().mean()
                for scores, label in ((faces, 1.0), (nonfaces, 0.0))
            ]
        )
        return Validation(recall=float(np.mean(faces >= threshold)), loss=float(loss))
