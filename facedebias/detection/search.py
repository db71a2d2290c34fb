"""Searches pictures for faces: windows, threshold, suppression."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from facedebias.configuration.setting_names import setting
from facedebias.detection.backgrounds import Backgrounds
from facedebias.detection.cutting import square_side
from facedebias.detection.detect_config import DEFAULT_THRESHOLD, DetectConfig
from facedebias.detection.geometry import check_size, decoded_side
from facedebias.detection.photographs import Picture, Size, load, measure, pictures_in
from facedebias.detection.sliding_windows import Detector
from facedebias.detection.suppression import suppress
from facedebias.detection.window_answers import WindowAnswers
from facedebias.errors import InputError
from facedebias.scoring import cutoffs
from facedebias.scoring.beside.learned import check_tells_faces
from facedebias.scoring.exported_model import ExportedModel
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import LOGIT, SCORE, as_compared
from facedebias.scoring.threshold_rule import DEFAULT_FPR


@dataclass(frozen=True)
class Face:
    """A box that was kept.

    Attributes:
        box: left, top, right, bottom in pixels of the upright picture; the last two exclusive.
        score: probability, or the score of a model that gives no probabilities.
        logit: None if the model gives none.
        window: side of the window as a share of the picture's shorter side.
    """

    box: tuple[int, int, int, int]
    score: float
    logit: float | None
    window: float


@dataclass(frozen=True)
class Searched:
    """What was found in a picture.

    Attributes:
        path: of the picture.
        size: width and height in pixels, upright.
        num_windows: of all sizes.
        num_asked: of them, those that the model was asked about.
        faces: best first.
    """

    path: Path
    size: Size
    num_windows: int
    num_asked: int
    faces: tuple[Face, ...]


@dataclass(frozen=True)
class Threshold:
    """From where a window fires.

    Attributes:
        value: in units of the model's scores.
        rule: where it came from, in words.
    """

    value: float
    rule: str


class FaceFinder:
    """A model that is asked about every window of a picture.

    Args:
        config: what to do; its pictures are not looked at.
        model: the model, if it has been loaded before.

    Raises:
        InputError: if the model is not there, or does not fit.
    """

    def __init__(self, config: DetectConfig, model: ExportedModel | None = None):
        self._config = config
        self.model = model or ExportedModel("model", Path(config.model), config.foreign, config.output_kind)
        if self.model.score_kind is None:
            raise InputError(
                f"{self.model.path}: does not say what its answers are, and one picture is too few to tell; "
                f"give {setting('output_kind')}, e.g. logit."
            )
        check_tells_faces(self.model.path)
        side = square_side(self.model.path, self.model.image_shape)
        self.detector = Detector(self.model, side, config.windows, config.batch_size, self.model.scan)
        self.decoded_side = decoded_side(side, config.windows)

    def fixed_threshold(self) -> Threshold:
        """The threshold given, or the usual one."""
        config, value = self._config, DEFAULT_THRESHOLD
        if config.threshold is not None:
            value = as_compared(config.threshold, config.output_kind)
        kind = self.model.score_kind
        what = kind if kind == SCORE else "probability"
        return Threshold(
            cutoffs.logit(value) if kind == LOGIT else value, f"fixed, {what} at least {value:g}"
        )

    def faces(self, name: str, found: WindowAnswers, threshold: Threshold) -> tuple[Face, ...]:
        """The boxes that are kept of a picture, best first.

        Args:
            name: of the picture, for messages.
            found: what the model said of its windows.
            threshold: from where a window fires.
        """
        scores = self.model.as_scores(found.columns, lambda row: f"window {row} of {name}")
        fires = np.flatnonzero(scores.scores >= threshold.value)
        boxes, sides = found.boxes()[fires], found.sides()[fires]
        kept = suppress(boxes, scores.scores[fires], self._config.iou)
        return tuple(
            Face(tuple(boxes[index].tolist()), *_values(scores, fires[index]), float(sides[index]))
            for index in kept
        )


class Search(FaceFinder):
    """A model and the pictures to search with it.

    Args:
        config: what to do.

    Raises:
        InputError: if the model or a picture named is not there, or does not fit.
    """

    def __init__(self, config: DetectConfig):
        config.validate()
        self.paths = _paths(config.pictures)
        self.failed: dict[Path, str] = {}  # pictures that could not be searched, and why
        super().__init__(config)

    def find_threshold(self, show_progress: bool = False) -> Threshold:
        """The threshold given, or one that few pictures without faces reach.

        Raises:
            InputError: if those pictures cannot be read or are too few.
        """
        config = self._config
        if config.nonfaces:
            return self._calibrated(config.nonfaces, config.fpr or DEFAULT_FPR, show_progress)
        return self.fixed_threshold()

    def results(self, threshold: Threshold, show_progress: bool = False) -> Iterator[Searched]:
        """What is in each picture in turn; those that cannot be searched go into `failed`."""
        loaded: deque[tuple[Path, Size]] = deque()
        answers = self.detector.score(self._pictures(loaded), threshold.value)
        # disable=None draws no bar into log files.
        disable = None if show_progress and len(self.paths) > 1 else True
        with tqdm(answers, "searching", len(self.paths), unit="picture", disable=disable) as bar:
            for found in bar:
                path, size = loaded.popleft()
                faces = self.faces(str(path), found, threshold)
                yield Searched(path, size, found.num_windows, found.num_asked, faces)

    def _calibrated(self, folder: str, fpr: float, show_progress: bool) -> Threshold:
        paths = pictures_in(Path(folder), "--nonfaces", with_people=False)
        cutoffs.check_enough(len(paths), fpr, folder, is_detection=True)
        sizes = [size for path in self.paths if (size := self._measured(path)) is not None]
        if not sizes:
            raise InputError(next(iter(self.failed.values())))
        backgrounds = Backgrounds(paths, sizes, self._config.seed)
        answers = self.detector.score(backgrounds.pictures())
        disable = None if show_progress else True
        bar = tqdm(answers, "setting the threshold", len(paths), unit="picture", disable=disable)
        highest = [found.highest() for found in bar]
        columns = [np.array(column) for column in zip(*highest, strict=True)]
        scores = self.model.as_scores(columns, lambda row: str(paths[row])).scores
        rule = f"at most {fpr:g} of {len(paths):,} pictures of {folder} fire, scaled to the sizes searched"
        if backgrounds.enlarged > 1:
            rule += f" (enlarged {backgrounds.enlarged:.1f} times at the median, which may set it too low)"
        return Threshold(cutoffs.threshold_at_fpr(scores, fpr), rule)

    def _measured(self, path: Path) -> Size | None:
        try:
            return check_size(str(path), measure(path), self._config.windows)
        except InputError as error:
            self.failed[path] = str(error)
            return None

    def _pictures(self, loaded: deque[tuple[Path, Size]]) -> Iterator[Picture]:
        """Loads pictures, from the detector's thread."""
        for path in self.paths:
            try:
                picture = load(path, self.decoded_side)
                check_size(str(path), picture.size, self._config.windows)
            except InputError as error:
                self.failed[path] = str(error)
                continue
            loaded.append((path, picture.size))
            yield picture


def _values(scores: ModelScores, row: int) -> tuple[float, float | None]:
    shown = scores.scores if scores.probabilities is None else scores.probabilities
    return float(shown[row]), float(scores.scores[row]) if scores.kind == LOGIT else None


def _paths(named: tuple[str, ...]) -> list[Path]:
    """Files as they are named, folders as the pictures in them; each once."""
    found: list[Path] = []
    for name in named:
        path = Path(name)
        if not path.exists():
            raise InputError(f"{name}: no such file or folder; expected a picture or a folder of pictures.")
        found += pictures_in(path, "", with_people=True) if path.is_dir() else [path]
    return list(dict.fromkeys(found))
