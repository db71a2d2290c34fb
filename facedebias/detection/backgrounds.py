"""Pictures without faces, made as large as pictures that are searched, so that chance has as many windows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from facedebias.detection.photographs import Picture, Size, fit, load, measure


class Backgrounds:
    """Scales and crops each picture to the size of one that is searched.

    Args:
        paths: of the pictures.
        sizes: width and height of those that are searched, at least one.
        seed: decides which picture gets which size; all sizes come equally often.

    Raises:
        InputError: if a picture cannot be read.
    """

    def __init__(self, paths: Sequence[Path], sizes: Sequence[Size], seed: int):
        rng = np.random.default_rng(seed)
        self.paths = list(paths)
        self.sizes: list[Size] = []
        while len(self.sizes) < len(paths):
            self.sizes += [sizes[index] for index in rng.permutation(len(sizes))]
        del self.sizes[len(paths) :]
        pairs = zip(map(measure, paths), self.sizes, strict=True)
        # The larger of the two scales: the picture must cover the size.
        self._scales = [max(new[0] / old[0], new[1] / old[1]) for old, new in pairs]

    @property
    def enlarged(self) -> float:
        """How many times the pictures are enlarged, at the median; below 1 they are shrunk."""
        return float(np.median(self._scales))

    def picture(self, number: int) -> Picture:
        """One of them; decoded in full, as what is cropped away is not known before."""
        return fit(load(self.paths[number]), self.sizes[number])

    def pictures(self) -> Iterator[Picture]:
        """All of them, loaded as they are asked for."""
        return map(self.picture, range(len(self.paths)))
