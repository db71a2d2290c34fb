"""Opens whole portraits for an audit: each is scored by its highest window."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from facedebias.auditing.inputs.picture_sample import Score
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.inputs.window_facts import WindowFacts
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_columns import Attribute
from facedebias.data.portraits import DEFAULT_GROUPS, Portraits, read_portraits
from facedebias.data.records import UNKNOWN
from facedebias.detection.backgrounds import Backgrounds
from facedebias.detection.cutting import square_side
from facedebias.detection.geometry import WindowOptions, check_size, decoded_side, plan
from facedebias.detection.photographs import Picture, Size, load, measure, notes_on, pictures_in
from facedebias.detection.sliding_windows import Detector
from facedebias.scoring.beside import run_beside
from facedebias.scoring.beside.learned import check_tells_faces
from facedebias.scoring.exported_model import ExportedModel
from facedebias.scoring.model_scores import ModelScores
from facedebias.text import visible

_THUMBNAIL, _SMOOTH = 96, Image.Resampling.BILINEAR


def open_sample(
    config: AuditConfig, named: Sequence[tuple[str, Path]], options: WindowOptions
) -> tuple[Sample, Score, tuple[str, ...]]:
    """Opens models, portraits and non-faces; decodes nothing yet.

    Args:
        config: what to audit.
        named: name and folder of each model.
        options: windows.

    Returns:
        As `picture_sample.open_sample`.

    Raises:
        InputError: if something is missing or does not fit.
    """
    models = [ExportedModel(name, path, config.foreign, config.asked_kind) for name, path in named]
    for model in models:
        check_tells_faces(model.path)
    sides = [square_side(model.path, model.image_shape) for model in models]
    portraits = read_portraits(Path(config.data))
    columns = [portraits.attribute(name) for name in config.groups or default_groups(portraits)]
    nonfaces: list[Path] = []
    notes: tuple[str, ...] = ()
    if config.nonfaces:
        folder = Path(config.nonfaces)
        nonfaces = pictures_in(folder, "--nonfaces", with_people=False)
        notes = tuple(f"in {folder}: {note}" for note in notes_on(folder, with_people=False))
    rows = _Rows(portraits.pictures, nonfaces, options, config.seed)
    attributes = {name: rows.extended(attribute) for name, attribute in columns}
    sample = Sample(
        labels=rows.labels,
        attributes=attributes,
        is_shared=~rows.labels,
        data=config.data,
        negatives=config.nonfaces or config.data,
        locate=rows.locate,
        read=rows.read,
        windows=rows.facts(sides[0], options.exhaustive or all(model.scan is None for model in models)),
        notes=(*notes, *(note for model in models for note in run_beside.notes(model.path))),
        identify=lambda chosen: {"path": [rows.locate(int(row)) for row in chosen]},
    )

    def score(show_progress: bool) -> list[ModelScores]:
        pairs = zip(models, sides, strict=True)
        return [_score(model, side, rows, config.batch_size, show_progress) for model, side in pairs]

    return sample, score, tuple(attributes)


def default_groups(portraits: Portraits) -> tuple[str, ...]:
    """Gender and skin, as far as the metadata has them."""
    return tuple(name for name in DEFAULT_GROUPS if name in portraits.columns)


def _score(
    model: ExportedModel, side: int, rows: "_Rows", batch_size: int, show_progress: bool
) -> ModelScores:
    detector = Detector(model, side, rows.options, batch_size, model.scan)
    answers = detector.score(rows.pictures(decoded_side(side, rows.options)))
    # disable=None draws no bar into log files.
    disable = None if show_progress else True
    bar = tqdm(answers, f"scoring {visible(model.name)}", len(rows.labels), unit="picture", disable=disable)
    # Of a picture only the highest answer is kept: a million windows would fill memory.
    highest = [found.highest() for found in bar]
    return model.as_scores([np.array(column) for column in zip(*highest, strict=True)], rows.locate)


class _Rows:
    """Portraits and then non-faces, each of these as large as one of those."""

    def __init__(self, portraits: list[Path], nonfaces: list[Path], options: WindowOptions, seed: int):
        self.options = options
        self._portraits = portraits
        self._sizes = [check_size(str(path), measure(path), options) for path in portraits]
        self._nonfaces = Backgrounds(nonfaces, self._sizes, seed)
        self.labels = np.arange(len(portraits) + len(nonfaces)) < len(portraits)

    def pictures(self, shorter_side: int) -> Iterator[Picture]:
        """All of them, loaded as they are asked for, portraits no larger than needed."""
        return (self._picture(row, shorter_side) for row in range(len(self.labels)))

    def read(self, rows: Sequence[int]) -> np.ndarray:
        """Small copies with grey margins, uint8 `(n, 96, 96, 3)`."""
        side, grey = (_THUMBNAIL, _THUMBNAIL), (128, 128, 128)
        small = (self._picture(int(row), _THUMBNAIL).image for row in rows)
        return np.stack([np.asarray(ImageOps.pad(image, side, _SMOOTH, color=grey)) for image in small])

    def locate(self, row: int) -> str:
        if row < len(self._portraits):
            return str(self._portraits[row])
        return str(self._nonfaces.paths[row - len(self._portraits)])

    def extended(self, attribute: Attribute) -> Attribute:
        """Values of portraits, and none of non-faces."""
        unknown = np.full(int(np.sum(~self.labels)), UNKNOWN, attribute.codes.dtype)
        return Attribute(np.concatenate([attribute.codes, unknown]), attribute.values)

    def facts(self, side: int, exhaustive: bool) -> WindowFacts:
        """How pictures are searched by a model of that side."""
        has_negatives = not self.labels.all()
        return WindowFacts(
            self.options.sizes,
            self.options.stride,
            self._spread(self._sizes, side),
            self._spread(self._nonfaces.sizes, side) if has_negatives else None,
            self._nonfaces.enlarged if has_negatives else None,
            exhaustive,
        )

    def _spread(self, sizes: list[Size], side: int) -> tuple[int, int, int]:
        counts = [sum(level.num_windows for level in plan(size, side, self.options)) for size in sizes]
        return min(counts), int(np.median(counts)), max(counts)

    def _picture(self, row: int, shorter_side: int) -> Picture:
        if row < len(self._portraits):
            return load(self._portraits[row], shorter_side)
        return self._nonfaces.picture(row - len(self._portraits))
