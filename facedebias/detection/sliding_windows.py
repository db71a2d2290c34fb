"""Asks a model about windows of pictures, in full batches, without letting it wait."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from facedebias.configuration.setting_names import setting
from facedebias.data.records import size_text
from facedebias.detection.first_pass import promising
from facedebias.detection.geometry import Level, WindowOptions, plan
from facedebias.detection.photographs import Picture
from facedebias.errors import InputError
from facedebias.scoring.picture_scan import Scanner

# Batches made ahead: decoding a large photograph takes as long as several batches.
_AHEAD = 8


class Model(Protocol):
    """What is needed of a model; `audit.scoring.ExportedModel` has it."""

    def answer(self, images: np.ndarray) -> Sequence[np.ndarray]:
        """Answers to pictures, uint8 RGB `(n, side, side, 3)`: columns of float32 `(n,)`."""
        ...


@dataclass(frozen=True)
class WindowAnswers:
    """What a model said of the windows of a picture that it was asked about.

    Attributes:
        levels: where the windows lie, from the smallest to the largest.
        asked: of each level: numbers of its windows that the model was asked about, ascending.
        columns: the model's answers, each float32 `(num_asked,)`, level by level.
    """

    levels: list[Level]
    asked: list[np.ndarray]
    columns: list[np.ndarray]

    @property
    def num_windows(self) -> int:
        """Windows of all sizes."""
        return sum(level.num_windows for level in self.levels)

    @property
    def num_asked(self) -> int:
        """Windows that the model was asked about; at least one."""
        return sum(map(len, self.asked))

    def boxes(self) -> np.ndarray:
        """The windows asked about, int32 `(num_asked, 4)`, as `Level.boxes` has them."""
        return np.concatenate(
            [level.boxes(windows) for level, windows in zip(self.levels, self.asked, strict=True)]
        )

    def sides(self) -> np.ndarray:
        """Sides of the windows asked about, as shares of the picture's shorter side."""
        shares = [level.side / min(level.size) for level in self.levels]
        return np.repeat(shares, list(map(len, self.asked)))

    def highest(self) -> list[np.float32]:
        """The largest answer of each column; NaN if any is."""
        return [column.max() for column in self.columns]


@dataclass
class _Batch:
    """Windows of one or more pictures.

    Attributes:
        images: uint8 RGB `(n, side, side, 3)`.
        shares: picture number -> how many of the windows are its own, in order.
        plans: what is asked of the pictures that begin in this batch.
    """

    images: np.ndarray
    shares: dict[int, int] = field(default_factory=dict)
    plans: dict[int, "_Plan"] = field(default_factory=dict)
    size: int = 0


@dataclass(frozen=True)
class _Plan:
    """What a picture's windows are, and which of each level are asked about."""

    levels: list[Level]
    asked: list[np.ndarray]


class Detector:
    """Scores windows.

    A picture is scaled once for each window size, so that windows are plain slices of it, and
    batches run on from size to size and from picture to picture; a thread makes them ahead.

    Args:
        model: to ask.
        side: of the square pictures that it takes.
        options: sizes and stride, and whether all windows are asked about.
        batch_size: windows asked about at once; changes no answer.
        scan: the model's look at whole pictures, which tells where asking is worth it; None if it has none.
    """

    def __init__(
        self, model: Model, side: int, options: WindowOptions, batch_size: int, scan: Scanner | None = None
    ):
        self._model, self._side, self._options, self._batch_size = model, side, options, batch_size
        self._scan = None if options.exhaustive else scan

    @property
    def is_exhaustive(self) -> bool:
        """Whether the model is asked about every window."""
        return self._scan is None

    def score(self, pictures: Iterable[Picture], at_least: float | None = None) -> Iterator[WindowAnswers]:
        """Answers for each picture in turn.

        Args:
            pictures: each large enough for a window (`windows.plan` gives levels); taken from a
                thread, a few batches ahead, so that loading may be left to the iterator.
            at_least: logit from which windows matter; None if only the highest does.
        """
        waiting: dict[int, tuple[_Plan, list[list[np.ndarray]]]] = {}
        for batch in _ahead(self._batches(pictures, at_least)):
            for number, planned in batch.plans.items():
                waiting[number] = (planned, [])
            answers = self._model.answer(batch.images[: batch.size])
            start = 0
            for number, count in batch.shares.items():
                planned, parts = waiting[number]
                parts.append([column[start : start + count] for column in answers])
                start += count
                if sum(len(part[0]) for part in parts) == sum(map(len, planned.asked)):
                    del waiting[number]
                    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
                    yield WindowAnswers(planned.levels, planned.asked, columns)

    def _batches(self, pictures: Iterable[Picture], at_least: float | None) -> Iterator[_Batch]:
        batch = self._new_batch()
        for number, picture in enumerate(pictures):
            levels = plan(picture.size, self._side, self._options)
            scaled = [scale(picture.image, level) for level in levels]
            batch.plans[number] = planned = _Plan(levels, self._asked(levels, scaled, at_least))
            for level, pixels, windows in zip(levels, scaled, planned.asked, strict=True):
                done = 0
                while done < len(windows):
                    count = min(len(windows) - done, self._batch_size - batch.size)
                    images = batch.images[batch.size : batch.size + count]
                    cut(pixels, level, windows[done : done + count], images)
                    batch.shares[number] = batch.shares.get(number, 0) + count
                    batch.size += count
                    done += count
                    if batch.size == self._batch_size:
                        yield batch
                        batch = self._new_batch()
        if batch.size:
            yield batch

    def _asked(
        self, levels: Sequence[Level], scaled: Sequence[np.ndarray], at_least: float | None
    ) -> list[np.ndarray]:
        if self._scan is None:
            return [np.arange(level.num_windows) for level in levels]
        return promising(levels, [self._scan(pixels) for pixels in scaled], at_least)

    def _new_batch(self) -> _Batch:
        return _Batch(np.empty((self._batch_size, self._side, self._side, 3), np.uint8))


def square_side(path: Path, shape: tuple[int | None, ...]) -> int:
    """Side of the windows for a model.

    Args:
        path: of the model, for messages.
        shape: height, width and 3 of the pictures it takes, None where any size will do.

    Raises:
        InputError: if they are not square, or of any size.
    """
    height, width = shape[:2]
    if height is None or width is None:
        raise InputError(
            f"{path}: takes pictures of {size_text(shape)}; say how large windows are to be for it with "
            f"{setting('input_size')}, e.g. 64."
        )
    if height != width:
        raise InputError(
            f"{path}: takes pictures of {size_text(shape)}, but windows are square; give a model that takes "
            "squares."
        )
    return height


def scale(image: Image.Image, level: Level) -> np.ndarray:
    """The picture at a level's size, uint8 RGB `(height, width, 3)`.

    Averages over the pixels it merges, as `data.records.to_square` does for training.
    """
    # Shrinking whole factors first, with twice the pixels to spare, is faster and looks the same.
    return np.asarray(image.resize(level.size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def cut(scaled: np.ndarray, level: Level, windows: np.ndarray, images: np.ndarray) -> None:
    """Copies windows of these numbers, `(n,)`, into `images`, uint8 `(n, side, side, 3)`."""
    side = level.side
    lefts, tops = level.corners(windows)
    for image, left, top in zip(images, lefts.tolist(), tops.tolist(), strict=True):
        image[:] = scaled[top : top + side, left : left + side]


def _ahead(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """The same batches, made in a thread up to `_AHEAD` of them early."""
    # One worker, so that calls of next() run one after another.
    pool = ThreadPoolExecutor(1)
    pending: deque[Future[_Batch | None]] = deque()
    try:
        for _ in range(_AHEAD):
            pending.append(pool.submit(next, batches, None))
        while (batch := pending.popleft().result()) is not None:
            pending.append(pool.submit(next, batches, None))
            yield batch
    finally:
        # Reached on Ctrl-C too: what has not been started is not worth waiting for.
        pool.shutdown(cancel_futures=True)
