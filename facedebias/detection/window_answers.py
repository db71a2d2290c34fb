"""What is asked of a model about windows, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from facedebias.detection.geometry import Level


class Model(Protocol):
    """What is needed of a model; `scoring.exported_model.ExportedModel` has it."""

    def answer(self, images: np.ndarray) -> Sequence[np.ndarray]:
        """Answers to pictures, uint8 RGB `(n, side, side, 3)`: columns of float32 `(n,)`."""
        ...


@dataclass(frozen=True)
class WindowAnswers:
    """What a model said of the windows of a picture that it was asked about.

    Attributes:
        levels: where the windows lie, from the smallest to the largest.
        rounds: in each round of asking: of each level, numbers of the windows asked about.
        columns: the model's answers, each float32 `(num_asked,)`, round by round, level by level.
    """

    levels: list[Level]
    rounds: list[list[np.ndarray]]
    columns: list[np.ndarray]

    @property
    def num_windows(self) -> int:
        """Windows of all sizes."""
        return sum(level.num_windows for level in self.levels)

    @property
    def num_asked(self) -> int:
        """Windows that the model was asked about; at least one."""
        return sum(len(windows) for asked in self.rounds for windows in asked)

    def boxes(self) -> np.ndarray:
        """The windows asked about, int32 `(num_asked, 4)`, as `Level.boxes` has them."""
        pairs = (pair for asked in self.rounds for pair in zip(self.levels, asked, strict=True))
        return np.concatenate([level.boxes(windows) for level, windows in pairs])

    def sides(self) -> np.ndarray:
        """Sides of the windows asked about, as shares of the picture's shorter side."""
        shares = [level.side / min(level.size) for level in self.levels]
        counts = [len(windows) for asked in self.rounds for windows in asked]
        return np.repeat(shares * len(self.rounds), counts)

    def highest(self) -> list[np.float32]:
        """The largest answer of each column; NaN if any is."""
        return [column.max() for column in self.columns]
