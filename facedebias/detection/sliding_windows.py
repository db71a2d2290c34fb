"""Asks a model about windows of pictures, in full batches, without letting it wait."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from facedebias.detection.cutting import cut, scale
from facedebias.detection.first_pass import around, near_promising_places
from facedebias.detection.geometry import Level, WindowOptions, plan
from facedebias.detection.photographs import Picture
from facedebias.detection.window_answers import Model, WindowAnswers
from facedebias.scoring.picture_scan import Scanner

# Batches made ahead: decoding a large photograph takes as long as several batches.
_AHEAD = 8
_FULL = 32  # where batches are as large as a picture has windows to ask about: a multiple of this


_Made = TypeVar("_Made")


@dataclass
class _Batch:
    """Windows of one or more pictures.

    Attributes:
        images: uint8 RGB `(n, side, side, 3)`.
        shares: picture number -> how many of the windows are its own, in order.
        plans: levels of the pictures that begin in this batch.
    """

    images: np.ndarray
    shares: dict[int, int] = field(default_factory=dict)
    plans: dict[int, list[Level]] = field(default_factory=dict)
    size: int = 0


@dataclass(frozen=True)
class _Scaled:
    """A picture at each of its levels."""

    levels: list[Level]
    pixels: list[np.ndarray]


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
            pictures: each large enough for a window (`geometry.plan` gives levels); taken from a
                thread, a few batches ahead, so that loading may be left to the iterator.
            at_least: logit from which windows matter; None if only the highest does.
        """
        if self._scan is None:
            yield from self._all_windows(pictures)
        else:
            for scaled in _ahead(self._scaled(pictures)):
                yield self._promising_windows(self._scan, scaled, at_least)

    def _all_windows(self, pictures: Iterable[Picture]) -> Iterator[WindowAnswers]:
        waiting: dict[int, tuple[list[Level], list[list[np.ndarray]]]] = {}
        for batch in _ahead(self._batches(pictures)):
            for number, levels in batch.plans.items():
                waiting[number] = (levels, [])
            answers = self._model.answer(batch.images[: batch.size])
            start = 0
            for number, count in batch.shares.items():
                levels, parts = waiting[number]
                parts.append([column[start : start + count] for column in answers])
                start += count
                if sum(len(part[0]) for part in parts) == sum(level.num_windows for level in levels):
                    del waiting[number]
                    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
                    every = [np.arange(level.num_windows) for level in levels]
                    yield WindowAnswers(levels, [every], columns)

    def _batches(self, pictures: Iterable[Picture]) -> Iterator[_Batch]:
        batch = self._new_batch()
        for number, picture in enumerate(pictures):
            batch.plans[number] = levels = plan(picture.size, self._side, self._options)
            for level in levels:
                scaled = scale(picture.image, level)
                done = 0
                while done < level.num_windows:
                    count = min(level.num_windows - done, self._batch_size - batch.size)
                    windows = np.arange(done, done + count)
                    cut(scaled, level, windows, batch.images[batch.size : batch.size + count])
                    batch.shares[number] = batch.shares.get(number, 0) + count
                    batch.size += count
                    done += count
                    if batch.size == self._batch_size:
                        yield batch
                        batch = self._new_batch()
        if batch.size:
            yield batch

    def _scaled(self, pictures: Iterable[Picture]) -> Iterator[_Scaled]:
        for picture in pictures:
            levels = plan(picture.size, self._side, self._options)
            yield _Scaled(levels, [scale(picture.image, level) for level in levels])

    def _promising_windows(self, scan: Scanner, scaled: _Scaled, at_least: float | None) -> WindowAnswers:
        levels = scaled.levels
        scans = [scan(pixels) for pixels in scaled.pixels]
        first = near_promising_places(levels, scans, at_least)
        answers = self._ask(scaled, first)
        further = around(levels, first, answers[0], at_least, scans[0].step)
        if not any(map(len, further)):
            return WindowAnswers(levels, [first], answers)
        both = [np.concatenate(pair) for pair in zip(answers, self._ask(scaled, further), strict=True)]
        return WindowAnswers(levels, [first, further], both)

    def _ask(self, scaled: _Scaled, windows: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Answers for windows of each level, columns of `(n,)`, level by level."""
        count = sum(map(len, windows))
        # Filled up: kernels of convolutions are made anew for every size of a batch.
        images = np.zeros((-(-count // _FULL) * _FULL, self._side, self._side, 3), np.uint8)
        start = 0
        for level, pixels, chosen in zip(scaled.levels, scaled.pixels, windows, strict=True):
            cut(pixels, level, chosen, images[start : start + len(chosen)])
            start += len(chosen)
        starts = range(0, len(images), self._batch_size)
        parts = [self._model.answer(images[i : i + self._batch_size]) for i in starts]
        return [np.concatenate(column)[:count] for column in zip(*parts, strict=True)]

    def _new_batch(self) -> _Batch:
        return _Batch(np.empty((self._batch_size, self._side, self._side, 3), np.uint8))


def _ahead(made: Iterator[_Made]) -> Iterator[_Made]:
    """The same batches or pictures, made in a thread up to `_AHEAD` of them early."""
    # One worker, so that calls of next() run one after another.
    pool = ThreadPoolExecutor(1)
    pending: deque[Future[_Made | None]] = deque()
    try:
        for _ in range(_AHEAD):
            pending.append(pool.submit(next, made, None))
        while (one := pending.popleft().result()) is not None:
            pending.append(pool.submit(next, made, None))
            yield one
    finally:
        # Reached on Ctrl-C too: what has not been started is not worth waiting for.
        pool.shutdown(cancel_futures=True)
