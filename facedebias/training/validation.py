"""How good a model is while it trains, on rows that it does not train on."""

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import sequential_batches
from facedebias.models import losses
from facedebias.models.face_model import FaceModel
from facedebias.scoring.cutoffs import threshold_at_fpr
from facedebias.training.tasks import Task

FALSE_POSITIVE_RATE = 0.01
RECALL, ACCURACY = "recall", "accuracy"


def supported_rate(num_negatives: int) -> float:
    """False positive rate to measure recall at: 1%, or that of one non-face where 1% is less than one.

    With fewer than 100 non-faces none may pass at 1%, so that recall would be at 0%. A single
    non-face supports no other rate.
    """
    return max(FALSE_POSITIVE_RATE, 1.0 / num_negatives) if num_negatives > 1 else 0.0


@dataclass(frozen=True)
class Validation:
    """A model's figures on the validation rows.

    Attributes:
        figure: share of the faces found at the false positive rate of `Validator.rate`; of an
            attribute, share of the pictures whose logit has the right sign. 0 to 1.
        loss: mean cross entropy in nats; faces and non-faces, each by their own mean, count alike.
    """

    figure: float
    loss: float

    def is_better_than(self, other: "Validation") -> bool:
        """By loss: recall takes few values once nearly every face is found."""
        return self.loss < other.loss


WORST = Validation(figure=0.0, loss=math.inf)  # any epoch is better


class Validator:
    """Scores a model on fixed rows of a face file.

    Args:
        model: the model.
        dataset: the face file.
        task: what is learned, and the rows.
        batch_size: pictures scored at once; changes no figure.
    """

    def __init__(self, model: FaceModel, dataset: FaceDataset, task: Task, batch_size: int = 256):
        rows = (task.rows.validation_positives, task.rows.validation_negatives)
        self._batches = [sequential_batches(dataset, part, batch_size) for part in rows]
        # None where an attribute is learned.
        self.rate = supported_rate(len(rows[1])) if task.is_detection else None
        self._score = tf.function(model.score, reduce_retracing=True)

    @property
    def name(self) -> str:
        """Of the figure, as records have it."""
        return ACCURACY if self.rate is None else RECALL

    @property
    def title(self) -> str:
        """Of the figure, where there is room for words, e.g. "recall at 1% FPR"."""
        return ACCURACY if self.rate is None else f"{RECALL} at {100 * self.rate:.3g}% FPR"

    def record(self, found: Validation) -> dict[str, float]:
        """Figures by their names, with the rate that recall was measured at."""
        rate = {} if self.rate is None else {"false_positive_rate": self.rate}
        return {self.name: found.figure, **rate, "loss": found.loss}

    def warning(self) -> str:
        """What to say of a rate other than 1%; empty otherwise."""
        if self.rate is None or self.rate == FALSE_POSITIVE_RATE:
            return ""
        needed = round(1.0 / FALSE_POSITIVE_RATE)
        return (
            f"validation recall is at {100 * self.rate:.3g}% FPR, as {100 * FALSE_POSITIVE_RATE:g}% needs "
            f"{needed} non-faces"
        )

    def __call__(self) -> Validation:
        """Scores the model as it is now."""
        positives, negatives = (
            np.concatenate([self._score(images).numpy() for images in batches]) for batches in self._batches
        )
        losses_of = [
            losses.classification(tf.fill(scores.shape, label), scores).numpy()
            for scores, label in ((positives, 1.0), (negatives, 0.0))
        ]
        if self.rate is not None:
            threshold = threshold_at_fpr(negatives, self.rate)
            loss = np.mean([part.mean() for part in losses_of])
            return Validation(float(np.mean(positives >= threshold)), float(loss))
        is_right = np.concatenate([positives >= 0.0, negatives < 0.0])
        return Validation(float(np.mean(is_right)), float(np.mean(np.concatenate(losses_of))))
