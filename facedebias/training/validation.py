"""How good a model is while it trains, on rows that it does not train on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import sequential_batches
from facedebias.models import losses
from facedebias.models.face_model import FaceModel
from facedebias.scoring.cutoffs import ROUGH, num_allowed, supported_rate, threshold_at_fpr
from facedebias.scoring.threshold_rule import DEFAULT_FPR, LOW_FPR, in_percent
from facedebias.training.tasks import Task

RECALL, ACCURACY = "recall", "accuracy"
LOW = "recall_at_low_fpr"


@dataclass(frozen=True)
class Validation:
    """A model's figures on the validation rows.

    Attributes:
        figure: share of the faces found at the false positive rate of `Validator.rate`; of an
            attribute, share of the pictures whose logit has the right sign. 0 to 1.
        loss: mean cross entropy in nats; faces and non-faces, each by their own mean, count alike.
        low_figure: share of the faces found at `Validator.low_rate`, 0 to 1; None without that rate.
    """

    figure: float
    loss: float
    low_figure: float | None = None

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
        self._num_negatives = len(rows[1])
        # None where an attribute is learned.
        self.rate = supported_rate(self._num_negatives, DEFAULT_FPR) if task.is_detection else None
        self.low_rate = low_rate(self._num_negatives) if task.is_detection else None
        self._score = tf.function(model.score, reduce_retracing=True)

    @property
    def name(self) -> str:
        """Of the figure, as records have it."""
        return ACCURACY if self.rate is None else RECALL

    @property
    def title(self) -> str:
        """Of the figure, where there is room for words, e.g. "recall at 1% FPR"."""
        return ACCURACY if self.rate is None else f"{RECALL} at {in_percent(self.rate)} FPR"

    def row(self, found: Validation) -> dict[str, float]:
        """Columns of `metrics.csv`."""
        low = {} if found.low_figure is None else {f"validation_{LOW}": found.low_figure}
        return {f"validation_{self.name}": found.figure, **low, "validation_loss": found.loss}

    def record(self, found: Validation) -> dict[str, float]:
        """Figures by their names, with the rates that recall was measured at."""
        rates = {} if self.rate is None else {"false_positive_rate": self.rate}
        if self.low_rate is not None and found.low_figure is not None:
            rates |= {LOW: found.low_figure, "low_false_positive_rate": self.low_rate}
        return {self.name: found.figure, **rates, "loss": found.loss}

    def text(self, found: Validation) -> str:
        """The figure, or both, e.g. "recall at 1% FPR 98.1%, at 0.1% FPR 91.4%"."""
        text = f"{self.title} {found.figure:.1%}"
        if self.low_rate is None or found.low_figure is None:
            return text
        return f"{text}, at {in_percent(self.low_rate)} FPR {found.low_figure:.1%}"

    def warning(self) -> str:
        """What to say of a rate other than 1%, and of rates that few non-faces decide; empty otherwise."""
        rates = [rate for rate in (self.rate, self.low_rate) if rate is not None]
        told = []
        if rates and self.rate != DEFAULT_FPR:
            needed = f"{in_percent(DEFAULT_FPR)} needs {round(1.0 / DEFAULT_FPR)} non-faces"
            told.append(f"validation recall is at {in_percent(rates[0])} FPR, as {needed}")
        passing = {rate: num_allowed(self._num_negatives, rate) for rate in rates}
        if few := [f"{count} at {in_percent(rate)} FPR" for rate, count in passing.items() if count < ROUGH]:
            told.append(f"validation recall is rough where few non-faces may pass: {', '.join(few)}")
        return "; ".join(told)

    def __call__(self, pause: Callable[[], None] = lambda: None) -> Validation:
        """Scores the model as it is now.

        Args:
            pause: called before each batch; may raise.
        """
        positives, negatives = (
            np.concatenate([self._score_after(pause, images) for images in batches])
            for batches in self._batches
        )
        losses_of = [
            losses.classification(tf.fill(scores.shape, label), scores).numpy()
            for scores, label in ((positives, 1.0), (negatives, 0.0))
        ]
        if self.rate is not None:
            loss = float(np.mean([part.mean() for part in losses_of]))
            low = None if self.low_rate is None else recall(positives, negatives, self.low_rate)
            return Validation(recall(positives, negatives, self.rate), loss, low)
        is_right = np.concatenate([positives >= 0.0, negatives < 0.0])
        return Validation(float(np.mean(is_right)), float(np.mean(np.concatenate(losses_of))))

    def _score_after(self, pause: Callable[[], None], images: tf.Tensor) -> np.ndarray:
        pause()
        return np.asarray(self._score(images))


def low_rate(num_negatives: int) -> float | None:
    """False positive rate to measure recall at beside 1%: 0.1%, or that of one non-face where that is more.

    None where one non-face is 1% or more.
    """
    rate = supported_rate(num_negatives, LOW_FPR)
    return rate if 0.0 < rate < DEFAULT_FPR else None


def recall(positives: np.ndarray, negatives: np.ndarray, rate: float) -> float:
    """Share of the positives found where the negatives' false positive rate is at most `rate`.

    Args:
        positives: float `(n,)`, their scores.
        negatives: float `(m,)`, theirs.
        rate: in [0, 1).
    """
    return float(np.mean(positives >= threshold_at_fpr(negatives, rate)))
