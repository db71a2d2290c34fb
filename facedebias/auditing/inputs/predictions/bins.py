"""Groups of numbers: ranges such as ages 18 to 29."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.errors import InputError


@dataclass(frozen=True)
class Bins:
    """Ranges of a column's numbers: below the first edge, between two, and from the last.

    Attributes:
        name: of the column.
        edges: ascending; a number on an edge belongs to the range above.
    """

    name: str
    edges: tuple[float, ...]

    def find(self, numbers: np.ndarray) -> np.ndarray:
        """The range of each number, int64 `(n,)`, from 0."""
        return np.searchsorted(self.edges, numbers, side="right")

    def labels(self, are_whole: bool) -> tuple[str, ...]:
        """Names of the ranges, as "under 18", "18 to 29" and "60 and over".

        Args:
            are_whole: whether all numbers of the column are, so that 18 to under 30 ends at 29.
        """
        texts = [f"{edge:.15g}" for edge in self.edges]
        between = []
        for low, high, end in zip(texts, texts[1:], self.edges[1:], strict=False):
            last = end - 1
            if are_whole and end == int(end) and float(low) == int(float(low)):
                between.append(low if last == float(low) else f"{low} to {last:.15g}")
            else:
                between.append(f"{low} to under {high}")
        return (f"under {texts[0]}", *between, f"{texts[-1]} and over")


def parse(text: str) -> Bins:
    """Reads "age=18,30,45,60".

    Raises:
        InputError: if that is no column and ascending numbers.
    """
    name, equals, listed = text.rpartition("=")
    try:
        edges = tuple(float(edge) for edge in listed.split(","))
    except ValueError:
        edges = ()
    if not (equals and name.strip() and edges and np.all(np.isfinite(edges)) and np.all(np.diff(edges) > 0)):
        raise InputError(f"--bins={text}: expected a column and ascending numbers, e.g. age=18,30,45,60.")
    return Bins(name.strip(), edges)


def suggest(name: str, numbers: Sequence[float]) -> str:
    """A flag with edges near the quartiles of the column's values.

    Args:
        name: of the column.
        numbers: its values.
    """
    quartiles = np.quantile(numbers, [0.25, 0.5, 0.75])
    step = 10.0 ** np.floor(np.log10(max(np.ptp(quartiles), 1e-9))) / 2
    edges = np.unique(np.round(quartiles / step) * step)
    return f"--bins {name}={','.join(f'{edge:.6g}' for edge in edges)}"
