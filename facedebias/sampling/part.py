"""The rows that a sampler draws from, and what it may know of them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Part:
    """A part of the training set.

    Attributes:
        purpose: tells the random numbers of two samplers of one run apart.
        seed: of the run.
        labels: uint8 `(num_rows,)`, 1 for positives.
        groups: int32 `(num_rows,)`, the known group of each row; -1 where none is known.
        latent_dim: latents that the model gives of a picture; 0 for none.
        group_sizes: int `(num_groups,)`, rows of each group in both classes together; None where
            the classes are faces and non-faces.
    """

    purpose: str
    seed: int
    labels: np.ndarray
    groups: np.ndarray
    latent_dim: int = 0
    group_sizes: np.ndarray | None = None

    @property
    def num_rows(self) -> int:
        """Rows to draw from."""
        return len(self.labels)

    @property
    def cells(self) -> np.ndarray:
        """Group and label of each row as one number, int32 `(num_rows,)`."""
        return 2 * self.groups + self.labels
