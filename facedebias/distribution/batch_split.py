"""Which pictures of a batch each replica works on."""

from dataclasses import dataclass

import numpy as np

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError


@dataclass(frozen=True)
class BatchSplit:
    """Shares a batch out evenly.

    Attributes:
        batch_size: pictures of the whole batch.
        num_first: that many at its beginning are shared out evenly by themselves, such as the faces
            of a batch with non-faces; None where all pictures are alike.
        num_replicas: replicas that share it.

    Raises:
        InputError: if it cannot be shared out evenly.
    """

    batch_size: int
    num_first: int | None
    num_replicas: int

    def __post_init__(self) -> None:
        """Checks that it comes out even: only then means over replicas are means over the batch."""
        if any(size % self.num_replicas for size in self._sizes):
            step = self.num_replicas * len(self._sizes)
            nearest = max(step, round(self.batch_size / step) * step)
            halves = "half of it faces, " if self.num_first is not None else ""
            raise InputError(
                f"{named('batch_size', self.batch_size)}: cannot be shared out evenly, {halves}to "
                f"{self.num_replicas} replicas. Take a multiple of {step}, such as "
                f"{named('batch_size', nearest)}."
            )

    @property
    def _sizes(self) -> list[int]:
        """Of the parts that are shared out evenly."""
        if self.num_first is None:
            return [self.batch_size]
        return [self.num_first, self.batch_size - self.num_first]

    @property
    def own_size(self) -> int:
        """Pictures of one replica."""
        return self.batch_size // self.num_replicas

    @property
    def own_num_first(self) -> int | None:
        """Of these, those from the beginning of the batch; they come first."""
        return None if self.num_first is None else self.num_first // self.num_replicas

    def places(self, replica: int) -> np.ndarray:
        """Places in the batch of the pictures of a replica, int32 `(own_size,)`, ascending.

        Args:
            replica: its number, from 0.
        """
        parts, start = [], 0
        for size in self._sizes:
            share = size // self.num_replicas
            parts.append(start + replica * share + np.arange(share, dtype=np.int32))
            start += size
        return np.concatenate(parts)
