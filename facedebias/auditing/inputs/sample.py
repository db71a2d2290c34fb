"""What is audited: rows with labels and attributes, and the scores that models gave them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.inputs.excluded_facts import ExcludedFacts
from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.auditing.inputs.window_facts import WindowFacts
from facedebias.data.face_columns import Attribute

FILE_COLUMN = "file"  # of `Sample.identify`: where a row lies


@dataclass(frozen=True)
class Sample:
    """Rows that every model answered.

    Attributes:
        labels: bool `(n,)`, whether a row is positive: a face, an attribute that is present.
        attributes: name -> values of the rows.
        is_shared: bool `(n,)`: rows that belong to no group because none of their label does,
            as pictures without a face; they set thresholds and count in overall figures.
        data: where positives came from, for messages.
        negatives: where negatives came from.
        locate: names a row, for messages and captions.
        read: pictures of rows, uint8 `(k, height, width, 3)`; None where there are none.
        windows: how whole pictures were searched; None if a row is scored as it is.
        target: what is audited of faces; None for faces against non-faces, and for predictions.
        notes: what was left out, renamed or reinterpreted on the way in, a sentence each with how
            many rows and which.
        weights: float64 `(n,)`, above 0, how much each row counts; None if all count the same.
        sha256: of the bytes that `data` was read from; empty if they can be read again.
        identify: names by which rows can be told apart in a file, e.g. of rows 3 and 5
            `{"file": ["a.h5", "a.h5"], "row": ["3", "5"], "path": ["x.png", "y.png"]}`; None
            where rows have no such names.
        excluded: rows that were left out by a file; None if there is none.
    """

    labels: np.ndarray
    attributes: Mapping[str, Attribute]
    is_shared: np.ndarray
    data: str
    negatives: str
    locate: Callable[[int], str]
    read: Callable[[Sequence[int]], np.ndarray] | None = None
    windows: WindowFacts | None = None
    target: TargetFacts | None = None
    notes: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    sha256: str = ""
    identify: Callable[[Sequence[int] | np.ndarray], dict[str, list[str]]] | None = None
    excluded: ExcludedFacts | None = None

    @property
    def is_detection(self) -> bool:
        """Whether positives are pictures of faces, and negatives pictures without."""
        return self.read is not None and self.target is None
